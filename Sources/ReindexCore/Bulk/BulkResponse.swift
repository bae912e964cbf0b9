/// The answer to a `_bulk` request, read strictly: one item for each that was sent, in their order, with their ids.
///
/// Anything else (cut, too deep, other items, a doubled id) is malformed, and the whole request counts as not answered:
/// every write is idempotent by its epoch, so sending it again is safe and believing it is not.
/// Source: OpenSearch documentation, "Bulk"; `filter_path=took,errors,items.*._id,items.*.status,items.*.error`.
package struct BulkResponse: Sendable {
    package var items: [Item] = []
    package var hasErrors = false
    /// Milliseconds of the server's own; nil where it told none.
    package var took: Int?

    package struct Item: Sendable, Hashable {
        package var status: Int
        package var error: ItemError?

        init(status: Int) { self.status = status }
    }

    package struct ItemError: Sendable, Hashable {
        package var type: String
        package var reason: String
        package init(type: String, reason: String) {
            self.type = type
            self.reason = reason
        }
    }

    package struct Malformed: Error, Sendable, Hashable {
        package let reason: String
    }

    /// - Parameters:
    ///   - body: what was sent; its items' ids must come back. Where it has their hashes it is not looked at.
    package init(
        reading bytes: [UInt8], sent body: BulkBody, items range: Range<Int>
    ) throws(Malformed) {
        items.reserveCapacity(range.count)
        let hashes = body.hashes
        var reader = JSONScanner(bytes)
        var expected = range.lowerBound
        try reader.object { key, reader throws(Malformed) in
            switch key {
            case "took": took = try reader.integer()
            case "errors": hasErrors = try reader.bool()
            case "items":
                try reader.array { reader throws(Malformed) in
                    guard expected < range.upperBound else { throw Malformed(reason: "more items than were sent") }
                    let status =
                        if let hashes { reader.plainItem(hashes, at: expected) } else {
                            reader.plainItem(sent: body, at: expected)
                        }
                    if let status {
                        items.append(Item(status: status))
                    } else {
                        items.append(try Self.item(&reader, sent: body, at: expected))
                    }
                    expected += 1
                }
            default: try reader.skip()
            }
        }
        try reader.end()
        guard expected == range.upperBound else {
            throw Malformed(reason: "\(items.count) items for the \(range.count) that were sent")
        }
    }

    private static func item(
        _ reader: inout JSONScanner, sent body: BulkBody, at index: Int
    ) throws(Malformed) -> Item {
        var item = Item(status: 0)
        var hasID = false
        var isSeen = false
        try reader.object { _, reader throws(Malformed) in
            guard !isSeen else { throw Malformed(reason: "two actions in one item") }
            isSeen = true
            try reader.object { key, reader throws(Malformed) in
                switch key {
                case "_id":
                    let id = try reader.stringBytes()
                    guard body.hasID(id, item: index) else { throw Malformed(reason: "another id at item \(index)") }
                    hasID = true
                case "status": item.status = try reader.integer()
                case "error": item.error = try error(&reader)
                default: try reader.skip()
                }
            }
        }
        guard hasID, item.status > 0 else { throw Malformed(reason: "an item without id or status") }
        return item
    }

    /// `{"type": …, "reason": …, "caused_by": {…}}`, the cause's reason added where it says more.
    private static func error(_ reader: inout JSONScanner) throws(Malformed) -> ItemError {
        var error = ItemError(type: "", reason: "")
        var cause = ""
        try reader.object { key, reader throws(Malformed) in
            switch key {
            case "type": error.type = try reader.string()
            case "reason": error.reason = try reader.optionalString()
            case "caused_by":
                try reader.object { key, reader throws(Malformed) in
                    if key == "reason" { cause = try reader.optionalString() } else { try reader.skip() }
                }
            default: try reader.skip()
            }
        }
        if !cause.isEmpty, !error.reason.hasSuffix(cause) { error.reason += ": " + cause }
        return error
    }
}

extension JSONScanner {
    /// The status of an item that was indexed, in exactly the bytes that OpenSearch writes for it: nearly every item is.
    ///
    /// `{"index":{"_id":"42","status":201}}`; anything else, an escaped id too, is nil and left to the careful reading.
    fileprivate mutating func plainItem(_ sent: ItemHashes, at item: Int) -> Int? {
        unsafe take(BulkBody.actionPrefix, then: Self.created, last: "}}") { unsafe sent.hash($0) == sent.ids[item] }
    }

    /// The same by the body itself.
    fileprivate mutating func plainItem(sent body: BulkBody, at item: Int) -> Int? {
        unsafe body.withBytes(ofItems: item..<item + 1) { sent in
            // The id with all before it and its closing quote, as it was sent: escapes that come back otherwise do not match.
            var idEnd = unsafe BulkBody.idOffset(sent)
            while idEnd < sent.count, unsafe sent[idEnd] != UInt8(ascii: "\"") {
                idEnd += unsafe sent[idEnd] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard idEnd < sent.count else { return nil }
            return unsafe take(UnsafeBufferPointer(rebasing: sent[...idEnd]), then: Self.created, last: "}}")
        }
    }

    /// All of a status but its last digit.
    private static var created: StaticString { #","status":20"# }
}

extension BulkBody {
    /// Whether `id` (raw JSON bytes between the quotes) is the one in the item's action line.
    fileprivate func hasID(_ id: ArraySlice<UInt8>, item: Int) -> Bool {
        let isSame = unsafe withBytes(ofItems: item..<item + 1) { bytes in
            let start = unsafe Self.idOffset(bytes)
            guard bytes.count > start + id.count, unsafe bytes[start + id.count] == UInt8(ascii: "\"") else {
                return false
            }
            for (offset, byte) in id.enumerated() where unsafe bytes[start + offset] != byte { return false }
            return true
        }
        if isSame { return true }
        // Byte by byte: String's == takes canonically equivalent texts for one, and they are different ids.
        guard let id = JSONScanner.unescaped(id), let sent = unescapedID(ofItem: item) else { return false }
        return id.utf8.elementsEqual(sent.utf8)
    }

    /// The `_id` in an item's action line, as text.
    package func unescapedID(ofItem item: Int) -> String? {
        let raw = unsafe withBytes(ofItems: item..<item + 1) { bytes -> [UInt8] in
            let start = unsafe Self.idOffset(bytes)
            var end = start
            while end < bytes.count, unsafe bytes[end] != UInt8(ascii: "\"") {
                end += unsafe bytes[end] == UInt8(ascii: "\\") ? 2 : 1
            }
            return unsafe end <= bytes.count ? Array(bytes[start..<end]) : []
        }
        return JSONScanner.unescaped(raw[...])
    }

    /// Every action line of an encoded row begins so; those of a repair with `create` or `delete` instead of `index`.
    package static let actionPrefix: StaticString = #"{"index":{"_id":""#

    static func idOffset(_ item: UnsafeBufferPointer<UInt8>) -> Int {
        let isIndex = unsafe item.count > 2 && item[2] == UInt8(ascii: "i")
        return isIndex ? actionPrefix.utf8CodeUnitCount : actionPrefix.utf8CodeUnitCount + 1
    }
}
