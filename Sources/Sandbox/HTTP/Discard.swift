#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The null sink: reads a bulk body as it arrives, answers success for each item, stores nothing.
///
/// It stands for a cluster that is never the limit, so it works on the pieces where they lie: a newline is found by
/// `memchr`, an `_id` is copied from its action line as it is, and only an action line that two pieces share is put together.
struct Discard {
    /// What each item is answered with, as written between its `_id` and its end.
    struct Outcome: Sendable {
        var isAccepted: Bool
        /// What stands before `"_id"` in the item.
        var prefix: [UInt8]
        var created: [UInt8]
        var deleted: [UInt8]
    }

    private enum Place { case action, document }

    private let pathIndex: String?
    private let outcome: (String) -> Outcome
    private var chosen: Outcome?
    /// What stands before an item's `_id`, or before its end where there is none, and behind it; by verb.
    private var around: [(before: [UInt8], behind: [UInt8], whole: [UInt8])] = []
    private var place = Place.action
    private var partial: [UInt8] = []
    private var answer: [UInt8] = []
    private var isMalformed = false
    private var lastByte: UInt8 = 0x0A
    private(set) var itemCount = 0
    /// The index or alias that the body is for: that of the path, else of the first action.
    private(set) var indexName: String?

    /// - Parameter outcome: asked once, with the name of the index.
    init(pathIndex: String?, outcome: @escaping (String) -> Outcome) {
        self.pathIndex = pathIndex
        self.outcome = outcome
    }

    /// Takes the next piece of the body.
    mutating func feed(_ piece: UnsafeRawBufferPointer) {
        guard var position = piece.baseAddress, piece.count > 0 else { return }
        let end = unsafe position + piece.count
        lastByte = unsafe piece[piece.count - 1]
        while unsafe position < end {
            // The result of memchr lies inside the piece, or there is none.
            guard let newline = unsafe memchr(position, 0x0A, end - position) else {
                if place == .action {
                    unsafe partial.append(contentsOf: UnsafeRawBufferPointer(start: position, count: end - position))
                }
                return
            }
            let next = unsafe UnsafeRawPointer(newline) + 1
            if place == .document {
                place = .action
            } else if partial.isEmpty {
                unsafe action(UnsafeRawBufferPointer(start: position, count: UnsafeRawPointer(newline) - position))
            } else {
                unsafe partial.append(
                    contentsOf: UnsafeRawBufferPointer(start: position, count: UnsafeRawPointer(newline) - position))
                var line: [UInt8] = []
                swap(&line, &partial)
                unsafe line.withUnsafeBytes { unsafe action($0) }
                line.removeAll(keepingCapacity: true)
                swap(&line, &partial)
            }
            unsafe position = next
        }
    }

    /// Whether the items were taken; they all share one fate.
    var isAccepted: Bool { chosen?.isAccepted == true }

    /// The whole answer, in the shape of `_bulk`'s.
    func finish() -> Response {
        if lastByte != 0x0A {
            return Response(.illegalArgument("The bulk request must be terminated by a newline [\\n]"))
        }
        if isMalformed { return Response(.illegalArgument("Malformed action/metadata line")) }
        if itemCount == 0 { return Response(.invalidRequest("no requests added")) }
        let hasErrors = !isAccepted
        var body = Array("{\"took\":0,\"errors\":\(hasErrors),\"items\":[".utf8)
        body.append(contentsOf: answer.dropLast())
        body.append(contentsOf: "]}".utf8)
        return Response(status: 200, body: .bytes(body))
    }

    private static let idKey = Array("\"_id\"".utf8)
    private static let indexKey = Array("\"_index\"".utf8)
    private static let opening = ["index", "create", "delete"].map { Array("{\"\($0)\":{".utf8) }

    private mutating func action(_ line: UnsafeRawBufferPointer) {
        if line.count == 0 { return }
        // The verb is told by its first letter: {"i…, {"c…, {"d…
        guard let quote = unsafe line.firstIndex(of: 0x22), quote + 1 < line.count,
            let verb = Discard.verb(unsafe line[quote + 1])
        else {
            isMalformed = true
            return
        }
        if verb != 2 { place = .document }
        if chosen == nil { unsafe choose(by: line) }
        let parts = around[verb]
        if let id = unsafe Discard.value(of: Discard.idKey, in: line) {
            answer.append(contentsOf: parts.before)
            unsafe answer.append(contentsOf: id)
            answer.append(contentsOf: parts.behind)
        } else {
            answer.append(contentsOf: parts.whole)
        }
        itemCount += 1
    }

    private mutating func choose(by line: UnsafeRawBufferPointer) {
        let named = unsafe Discard.value(of: Discard.indexKey, in: line).map {
            unsafe String(decoding: $0, as: UTF8.self)
        }
        let name = pathIndex ?? named ?? ""
        let outcome = outcome(name)
        (indexName, chosen) = (name, outcome)
        around = Discard.opening.enumerated().map { verb, opening in
            let end = (verb == 2 ? outcome.deleted : outcome.created) + Array("}},".utf8)
            return (
                opening + outcome.prefix + Discard.idKey + Array(":\"".utf8), Array("\",".utf8) + end,
                opening + outcome.prefix + end
            )
        }
        answer.reserveCapacity(256 * 1024)
    }

    private static func verb(_ letter: UInt8) -> Int? {
        switch letter {
        case UInt8(ascii: "i"): 0
        case UInt8(ascii: "c"): 1
        case UInt8(ascii: "d"): 2
        default: nil
        }
    }

    /// The text behind a key, still escaped; nil where the key is not there.
    private static func value(of key: [UInt8], in line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard let base = line.baseAddress else { return nil }
        var start = 0
        // A key begins with a quote: memchr leaps from one to the next, inside the line.
        while true {
            guard let quote = unsafe memchr(base + start, 0x22, line.count - start) else { return nil }
            unsafe start = UnsafeRawPointer(quote) - base
            if start + key.count > line.count { return nil }
            let isKey = unsafe key.withUnsafeBytes { wanted in
                unsafe wanted.baseAddress.map { unsafe memcmp(quote, $0, key.count) == 0 } ?? false
            }
            if isKey { break }
            start += 1
        }
        start += key.count
        while start < line.count, unsafe line[start] != 0x22 { start += 1 }
        start += 1
        var end = start
        while end < line.count, unsafe line[end] != 0x22 { unsafe end += line[end] == 0x5C ? 2 : 1 }
        guard end <= line.count, start <= end else { return nil }
        return unsafe UnsafeRawBufferPointer(rebasing: line[start..<end])
    }
}
