/// What became of one value.
enum ValueOutcome: UInt8 {
    case written
    /// JSON or OpenSearch cannot hold it: nothing was written, and the caller writes null or leaves the field out.
    case replaced
    /// The document is rejected; ``ValueWriter/failure`` says why.
    case failed
}

/// Why a value rejects its document. The text is for people and holds no value.
struct ValueFailure: Sendable, Hashable {
    /// `malformed_value`, `invalid_json` or `unrepresentable_value`.
    let type: String
    let reason: String
}

/// Writes JSON behind a ``BulkBody``'s last byte: the encoders of all types are its extensions.
///
/// Room is made before each value and not for each byte: whoever calls ``write(_:as:)`` makes
/// ``room(forValueOf:)`` first, which is enough for every scalar whose length its binary form bounds; the others
/// (long text, numeric, json, arrays …) make more as they go. So a row of 60 MB never needs six times its size.
@safe struct ValueWriter {
    /// The longest piece of text that is escaped at once.
    static let chunk = 4096
    /// More levels than this, the document's own among them, are rejected: far below the depth at which OpenSearch's
    /// parser has been seen to overflow its stack, which ends the node.
    static let maxDepth = 200

    var out: ByteCursor
    /// Behind it are `ByteCursor.overrun` bytes more.
    private var limit: UnsafeMutablePointer<UInt8>
    private var roomStart: UnsafeMutablePointer<UInt8>
    /// The body's bytes before `roomStart`.
    private var filled: Int
    let body: BulkBody
    private var ends: [Int] = []
    /// nil where nobody wants them.
    private var hashes: ItemHashes?
    private var itemHash = DocumentHash.Item()

    private let steps: UnsafeBufferPointer<EncodingStep>
    private let literals: UnsafePointer<UInt8>

    let isStrict: Bool
    /// Whether NaN, infinities and years BC are written as text after all: in an `_id` and a key for people.
    var spellsEverything = false
    var replacedCount = 0
    var failure: ValueFailure?
    /// Objects and arrays that are open around the value.
    var depth = 1
    var scan = JSONScan()

    /// `literals` has ``ByteCursor/overrun`` readable bytes behind its end; both outlive the writer.
    init(
        body: BulkBody, steps: UnsafeBufferPointer<EncodingStep>, literals: UnsafePointer<UInt8>, isStrict: Bool,
        hashes: ItemHashes? = nil
    ) {
        self.body = body
        self.hashes = hashes
        unsafe self.steps = unsafe steps
        unsafe self.literals = unsafe literals
        self.isStrict = isStrict
        filled = body.byteCount
        let room = unsafe body.reserve(ByteCursor.overrun)
        unsafe roomStart = unsafe room
        unsafe limit = unsafe room
        out = unsafe ByteCursor(room)
    }

    /// Bytes from the body's beginning to the cursor.
    var position: Int { unsafe filled + (out.next - roomStart) }

    /// Takes back what was written behind a position.
    mutating func rewind(to position: Int) { out.back(self.position - position) }

    /// Room for `count` bytes, and for the overrun of wide stores behind them.
    @inline(__always) mutating func makeRoom(_ count: Int) {
        if unsafe limit - out.next < count { moreRoom(count) }
    }

    @inline(__always) static func room(forValueOf count: Int) -> Int { 96 &+ 6 &* min(count, chunk) }

    @inline(never) private mutating func moreRoom(_ count: Int) {
        commit()
        let wanted = max(count, 32 * 1024)
        let room = unsafe body.reserve(wanted + ByteCursor.overrun)
        unsafe roomStart = unsafe room
        unsafe limit = unsafe room + wanted
        out = unsafe ByteCursor(room)
    }

    /// Tells the body how far it is filled.
    private mutating func commit() {
        unsafe body.fill(upTo: out.next)
        filled = body.byteCount
        unsafe roomStart = unsafe out.next
    }

    /// Ends the document and its item. Kept aside, for each access to the body would be checked for exclusivity.
    @inline(__always) mutating func endItem() {
        ends.append(position)
        hashes?.append(itemHash)
    }

    /// Keeps the hash of the item's key, whose parts stand between these positions; `routing` is empty where there is none.
    @inline(__always) mutating func hashKey(id: Range<Int>, routing: Range<Int>) {
        guard let hash = hashes?.hash else { return }
        // Neither part has moved since it was written: both are in the body, whose last byte is behind them.
        let start = unsafe out.next - position
        itemHash = unsafe hash.item(
            rawID: UnsafeBufferPointer(start: start + id.lowerBound, count: id.count),
            rawRouting: routing.isEmpty
                ? nil : UnsafeBufferPointer(start: start + routing.lowerBound, count: routing.count))
    }

    /// Hands all items to the body.
    mutating func finish() {
        commit()
        body.endItems(at: ends, hashes)
    }

    /// A copy of what was written behind a position.
    func written(since position: Int) -> [UInt8] {
        let count = self.position - position
        return unsafe [UInt8](UnsafeBufferPointer(start: out.next - count, count: count))
    }

    @inline(__always) func step(_ index: Int) -> EncodingStep { unsafe steps[index] }

    @inline(__always) mutating func putLiteral(of step: EncodingStep) {
        unsafe out.put(paddedFrom: literals + Int(step.literalStart), count: Int(step.literalCount))
    }

    /// JSON or OpenSearch cannot hold this value.
    @inline(never) mutating func unrepresentable(_ what: StaticString) -> ValueOutcome {
        if isStrict {
            failure = ValueFailure(type: "unrepresentable_value", reason: "\(what) has no form in JSON or OpenSearch")
            return .failed
        }
        replacedCount += 1
        return .replaced
    }

    @inline(never) mutating func malformed(_ type: StaticString) -> ValueOutcome {
        failure = ValueFailure(type: "malformed_value", reason: "the bytes are not a value of type \(type)")
        return .failed
    }

    /// A special value in a key or an `_id`, where it must be told apart although JSON has no form for it.
    mutating func spell(_ text: StaticString, or what: StaticString) -> ValueOutcome {
        guard spellsEverything else { return unrepresentable(what) }
        out.put(UInt8(ascii: "\""))
        out.put(text)
        out.put(UInt8(ascii: "\""))
        return .written
    }
}
