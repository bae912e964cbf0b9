import Testing

@testable import ReindexCore

/// Bodies that have the hashes of their keys: answers and digests are read by them, and no less strictly.
@Suite struct ItemHashesTests {
    private static let hash = DocumentHash(seed: 42)

    /// - Parameter keys: each an id and a routing; an empty one is none.
    private func encode(_ keys: [(id: String, routing: String)], hasRouting: Bool = false) throws -> BulkBody {
        var fixture = Fixture(["id": .base("text"), "r": .base("text")])
        if hasRouting { fixture.rules.routing = "r" }
        let template = try DocumentTemplate(
            description: fixture.description, rules: fixture.rules, keyHash: Self.hash)
        let rows = keys.map { [Binary.text($0.id), Binary.text($0.routing)] as [[UInt8]?] }
        let batch = RowBatch(
            fetched: FetchedRows(rows: FixtureRows(rows), children: []), firstRow: 0, endRow: rows.count,
            epoch: Epoch(version: 7), slice: 0, end: KeyPlace(values: [], text: []))
        let body = template.encode(batch).body
        #expect(body.hashes?.count == body.itemCount)
        return body
    }

    private func encode(_ ids: [String]) throws -> BulkBody { try encode(ids.map { ($0, "") }) }

    private func answer(_ ids: [String], status: Int = 201) -> [UInt8] {
        let items = ids.map { "{\"index\":{\"_id\":\($0.quoted),\"status\":\(status)}}" }
        return Array("{\"took\":3,\"errors\":false,\"items\":[\(items.joined(separator: ","))]}".utf8)
    }

    private func read(_ bytes: [UInt8], _ body: BulkBody) throws -> [Int] {
        try BulkResponse(reading: bytes, sent: body, items: 0..<body.itemCount).items.map(\.status)
    }

    static let ids = [
        "1", "22", "333", "4444", "1234567", "12345678", "123456789012345", "1234567890123456",
        "9b2e4f0c-2f4e-4c43-9d29-6f4a0f6c7f11", "ü€😀", "a/b", "quo\"te", "back\\slash", "tab\tand\nline",
        String(repeating: "x", count: 512),
    ]

    @Test func `ids of any length, escaped ones too, are recognised`() throws {
        #expect(try read(answer(Self.ids), encode(Self.ids)) == Self.ids.map { _ in 201 })
        #expect(try read(answer(Self.ids, status: 200), encode(Self.ids)) == Self.ids.map { _ in 200 })
        #expect(try read(answer(Self.ids, status: 409), encode(Self.ids)) == Self.ids.map { _ in 409 })
    }

    @Test(arguments: ids) func `another id of the same length is malformed, whichever byte differs`(id: String) throws {
        let body = try encode(["before", id, "behind"])
        for (place, scalar) in id.unicodeScalars.enumerated() {
            var other = Array(id.unicodeScalars)
            other[place] = scalar == "7" ? "8" : "7"
            var text = ""
            text.unicodeScalars.append(contentsOf: other)
            #expect(throws: BulkResponse.Malformed.self) { try read(answer(["before", text, "behind"]), body) }
        }
        #expect(throws: BulkResponse.Malformed.self) { try read(answer([id, "before", "behind"]), body) }
        #expect(throws: BulkResponse.Malformed.self) { try read(answer(["before", id + "7", "behind"]), body) }
        #expect(throws: BulkResponse.Malformed.self) { try read(answer(["before", "", "behind"]), body) }
    }

    @Test func `cut at any byte it is malformed`() throws {
        let body = try encode(["a", "b"])
        let bytes = answer(["a", "b"])
        for end in bytes.indices {
            #expect(throws: BulkResponse.Malformed.self) { try read(Array(bytes[..<end]), body) }
        }
    }

    @Test func `an answer is no JSON where a control character stands in its id, whatever its hash`() throws {
        let raw = Array("{\"items\":[{\"index\":{\"_id\":\"a\nb\",\"status\":201}}]}".utf8)
        #expect(throws: BulkResponse.Malformed.self) { try read(raw, encode(["a\nb"])) }
    }

    @Test(arguments: [
        #"{"items":[{"index":{"_id":"a","status":202}}]}"#, #"{"items":[{"index":{"_id":"a","status":2010}}]}"#,
        #"{"items":[{"create":{"_id":"a","status":201}}]}"#, #"{"items":[{"index":{"_id":"\u0061","status":201}}]}"#,
        #"{"items":[{"index":{"status":201,"_id":"a"}}]}"#,
        #"{"items":[{"index":{"_id":"a","status":201,"error":{"type":"t","reason":"r"}}}]}"#,
    ]) func `what is written otherwise is read as without hashes`(text: String) throws {
        let plain = try BulkResponse(reading: Array(text.utf8), sent: .of(["a"]), items: 0..<1).items
        #expect(try BulkResponse(reading: Array(text.utf8), sent: encode(["a"]), items: 0..<1).items == plain)
    }

    @Test func `what is sent again is recognised by its own hashes`() throws {
        let body = try encode(Self.ids)
        let again = body.subset([1, 5, 12])
        #expect(again.hashes?.count == 3)
        #expect(try read(answer([1, 5, 12].map { Self.ids[$0] }), again) == [201, 201, 201])
        #expect(throws: BulkResponse.Malformed.self) { try read(answer([1, 5, 11].map { Self.ids[$0] }), again) }
        let piece = try BulkResponse(reading: answer([Self.ids[3]]), sent: body, items: 3..<4)
        #expect(piece.items.map(\.status) == [201])
    }

    @Test func `a routing is in the key's hash, and not in the id's`() throws {
        let keys = Self.ids.enumerated().map { ($1, ["", "r", "an \"escaped\" one", $1][$0 % 4]) }
        let body = try encode(keys, hasRouting: true)
        #expect(try read(answer(Self.ids), body) == Self.ids.map { _ in 201 })
        let expected = keys.map { id, routing in
            Self.hash.key(DocumentKey(id: Array(id.utf8), routing: Array(routing.utf8)))
        }
        #expect(body.hashes?.keys == expected)
        #expect(body.subset([2, 1]).hashes?.keys == [expected[2], expected[1]])
    }

    @Test func `a digest is the same by hashes, by the lines, and by hashes of another seed`() throws {
        let keys = Self.ids.map { ($0, $0.count % 2 == 0 ? "r" : "") }
        let body = try encode(keys, hasRouting: true)
        for hash in [Self.hash, DocumentHash(seed: 7)] {
            var (digest, side) = (KeyDigest(hash), SideDigest(hash))
            digest.add(body)
            side.add(body)
            #expect(digest.isEqual(to: side))
            digest.add(body.subset([0]))
            #expect(!digest.isEqual(to: side))
            digest.remove(DocumentKey(id: Array(keys[0].0.utf8), routing: Array(keys[0].1.utf8)))
            #expect(digest.isEqual(to: side))
        }
    }

    @Test func `a row that is rejected leaves no hash`() throws {
        let body = try encode([("a", ""), ("", ""), ("b", "")])
        #expect(body.itemCount == 2)
        #expect(try read(answer(["a", "b"]), body) == [201, 201])
    }

    @Test func `a body without hashes has none, and one that was added to by hand`() throws {
        #expect(BulkBody.of(["a"]).hashes == nil)
        let body = try encode(["a"])
        body.append("{\"index\":{\"_id\":\"b\"}}\n{}\n")
        #expect(body.hashes == nil)
        #expect(try read(answer(["a", "b"]), body) == [201, 201])
    }
}
