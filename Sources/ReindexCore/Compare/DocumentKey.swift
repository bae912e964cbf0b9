/// What makes a document one: `_id` and routing, byte by byte (a String's `==` takes canonically equivalent texts for one).
package struct DocumentKey: Sendable, Hashable, Comparable {
    package let id: [UInt8]
    /// Empty is none.
    package let routing: [UInt8]

    package init(id: [UInt8], routing: [UInt8] = []) {
        self.id = id
        self.routing = routing
    }

    /// From raw JSON, between the quotes.
    init(rawID: UnsafeBufferPointer<UInt8>, rawRouting: UnsafeBufferPointer<UInt8>?) {
        unsafe self.init(id: Self.unescaped(rawID), routing: rawRouting.map { unsafe Self.unescaped($0) } ?? [])
    }

    package var text: String { String(decoding: id, as: UTF8.self) }
    package var routingText: String? { routing.isEmpty ? nil : String(decoding: routing, as: UTF8.self) }

    package static func < (left: DocumentKey, right: DocumentKey) -> Bool {
        (left.id.count, left.text, left.routing.count) < (right.id.count, right.text, right.routing.count)
    }

    private static func unescaped(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        guard unsafe raw.contains(UInt8(ascii: "\\")) else { return unsafe Array(raw) }
        return unsafe JSONScanner.unescaped(Array(raw)[...]).map { Array($0.utf8) } ?? Array(raw)
    }
}

extension DocumentHash {
    /// Of one item's `_id`, and of its key: the same where there is no routing.
    struct Item: Sendable {
        var id: UInt64 = 0
        var key: UInt64 = 0
    }

    /// Of the key alone. Both sides may escape it in their own way.
    func key(rawID: UnsafeBufferPointer<UInt8>, rawRouting: UnsafeBufferPointer<UInt8>?) -> UInt64 {
        unsafe item(rawID: rawID, rawRouting: rawRouting).key
    }

    func item(rawID: UnsafeBufferPointer<UInt8>, rawRouting: UnsafeBufferPointer<UInt8>?) -> Item {
        let isEscaped =
            unsafe rawID.contains(UInt8(ascii: "\\"))
            || (rawRouting.map { unsafe $0.contains(UInt8(ascii: "\\")) } ?? false)
        if isEscaped { return unsafe item(DocumentKey(rawID: rawID, rawRouting: rawRouting)) }
        let id = unsafe self(rawID)
        guard let routing = unsafe rawRouting, !routing.isEmpty else { return Item(id: id, key: id) }
        return unsafe Item(id: id, key: self(routing, salt: id))
    }

    func key(_ key: DocumentKey) -> UInt64 { item(key).key }

    private func item(_ key: DocumentKey) -> Item {
        let id = unsafe key.id.withUnsafeBufferPointer { unsafe self($0) }
        if key.routing.isEmpty { return Item(id: id, key: id) }
        return unsafe Item(id: id, key: key.routing.withUnsafeBufferPointer { unsafe self($0, salt: id) })
    }
}

/// Where the parts of one bulk item stand: raw JSON of id and routing, and the document without its newline.
@unsafe package struct BulkItem {
    package let id: UnsafeBufferPointer<UInt8>
    package let routing: UnsafeBufferPointer<UInt8>?
    package let source: UnsafeBufferPointer<UInt8>
}

extension BulkBody {
    /// Lends the parts of an item that was encoded here: an `index` action and its document.
    package func withItem<Result, Failure: Error>(
        _ item: Int, _ use: (BulkItem) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe withBytes(ofItems: item..<item + 1) { bytes throws(Failure) -> Result in
            let (id, routing, keyEnd) = unsafe Self.key(in: bytes)
            var end = keyEnd
            while unsafe bytes[end] != UInt8(ascii: "\n") { end += 1 }
            return try unsafe use(
                BulkItem(
                    id: id, routing: routing,
                    source: UnsafeBufferPointer(rebasing: bytes[end + 1..<bytes.count - 1])))
        }
    }

    /// Lends raw JSON of an item's id and routing alone.
    func withKey<Result>(
        ofItem item: Int, _ use: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>?) -> Result
    ) -> Result {
        unsafe withBytes(ofItems: item..<item + 1) { bytes in
            let (id, routing, _) = unsafe Self.key(in: bytes)
            return unsafe use(id, routing)
        }
    }

    private static func key(
        in bytes: UnsafeBufferPointer<UInt8>
    ) -> (id: UnsafeBufferPointer<UInt8>, routing: UnsafeBufferPointer<UInt8>?, end: Int) {
        let start = actionPrefix.utf8CodeUnitCount
        let idEnd = unsafe endOfString(bytes, from: start)
        let id = unsafe UnsafeBufferPointer(rebasing: bytes[start..<idEnd])
        let marker: StaticString = #","routing":""#
        guard unsafe stands(marker, in: bytes, at: idEnd + 1) else { return unsafe (id, nil, idEnd + 1) }
        let routingStart = idEnd + 1 + marker.utf8CodeUnitCount
        let end = unsafe endOfString(bytes, from: routingStart)
        return unsafe (id, UnsafeBufferPointer(rebasing: bytes[routingStart..<end]), end)
    }

    /// The routing in an item's action line, as text.
    package func unescapedRouting(ofItem item: Int) -> String? {
        unsafe withBytes(ofItems: item..<item + 1) { bytes -> String? in
            let idEnd = unsafe Self.endOfString(bytes, from: Self.idOffset(bytes))
            let marker: StaticString = #","routing":""#
            guard unsafe Self.stands(marker, in: bytes, at: idEnd + 1) else { return nil }
            let start = idEnd + 1 + marker.utf8CodeUnitCount
            return unsafe JSONScanner.unescaped(Array(bytes[start..<Self.endOfString(bytes, from: start)])[...])
        }
    }

    private static func endOfString(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var end = start
        while unsafe bytes[end] != UInt8(ascii: "\"") { end += unsafe bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
        return end
    }

    private static func stands(_ text: StaticString, in bytes: UnsafeBufferPointer<UInt8>, at place: Int) -> Bool {
        guard place + text.utf8CodeUnitCount <= bytes.count else { return false }
        for offset in 0..<text.utf8CodeUnitCount where unsafe bytes[place + offset] != text.utf8Start[offset] {
            return false
        }
        return true
    }
}
