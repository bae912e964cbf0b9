import Testing

@testable import ReindexCore

@Suite struct BulkResponseTests {
    private func read(_ text: String, _ body: BulkBody) throws(BulkResponse.Malformed) -> BulkResponse {
        try BulkResponse(reading: Array(text.utf8), sent: body, items: 0..<body.itemCount)
    }

    private func isMalformed(_ text: String, _ body: BulkBody) -> Bool {
        do throws(BulkResponse.Malformed) {
            _ = try read(text, body)
            return false
        } catch { return true }
    }

    static let answer =
        #"{"took":30,"errors":true,"items":[{"index":{"_id":"a","status":201}},{"index":{"_id":"b","status":400,"#
        + #""error":{"type":"mapper_parsing_exception","reason":"failed to parse field [x] of type [long]","#
        + #""caused_by":{"type":"illegal_argument_exception","reason":"For input string: \"ü\""}}}}]}"#

    @Test func `items come back in order with status and error`() throws {
        let response = try read(Self.answer, .of(["a", "b"]))
        #expect(response.hasErrors)
        #expect(response.items.map(\.status) == [201, 400])
        #expect(response.items[0].error == nil)
        #expect(response.items[1].error?.type == "mapper_parsing_exception")
        #expect(
            response.items[1].error?.reason
                == "failed to parse field [x] of type [long]: For input string: \"ü\"")
    }

    @Test func `cut at any byte it is malformed`() {
        let body = BulkBody.of(["a", "b"])
        let bytes = Array(Self.answer.utf8)
        for end in 0..<bytes.count {
            #expect(throws: BulkResponse.Malformed.self, "cut after \(end)") {
                try BulkResponse(reading: Array(bytes[..<end]), sent: body, items: 0..<2)
            }
        }
    }

    @Test func `too few, too many, none, swapped, repeated and foreign items are malformed`() {
        #expect(isMalformed(Self.answer, .of(["a"])))
        #expect(isMalformed(Self.answer, .of(["a", "b", "c"])))
        #expect(isMalformed(Self.answer, .of(["b", "a"])))
        #expect(isMalformed(Self.answer, .of(["a", "a"])))
        #expect(isMalformed(Self.answer, .of(["a", "other"])))
        #expect(isMalformed(#"{"took":1,"errors":false}"#, .of(["a"])))
        #expect(isMalformed(#"{"took":1,"errors":false,"items":[]}"#, .of(["a"])))
        #expect(
            isMalformed(#"{"items":[{"index":{"_id":"a","status":201},"index":{"_id":"a","status":201}}]}"#, .of(["a"]))
        )
    }

    @Test(arguments: [
        #"{"items":[{"index":{"_id":"a"}}]}"#, #"{"items":[{"index":{"status":201}}]}"#, #"{"items":[{}]}"#,
        #"{"items":[{"index":{"_id":"a","status":0}}]}"#, #"{"items":[{"index":{"_id":"a","status":-1}}]}"#,
        #"{"items":[{"index":{"_id":"a","status":"201"}}]}"#, #"{"items":[{"index":{"_id":7,"status":201}}]}"#,
        #"{"items":[{"index":{"_id":"a","status":201.5}}]}"#, #"{"items":[null]}"#, #"{"items":{"0":1}}"#,
        #"{"items":[{"index":{"_id":"a","status":201}}],}"#, #"{"items":[{"index":{"_id":"a","status":201}}]} x"#,
        #"{"items":[{"index":{"_id":"a","status":99999999999999999999999999}}]}"#, #"[]"#, "null", "", "<html>",
        #"{"error":{"type":"x"},"status":200}"#, "{\"items\":[{\"index\":{\"_id\":\"a\u{0}\",\"status\":201}}]}",
    ]) func `what is not an answer to one item is malformed`(text: String) {
        #expect(isMalformed(text, .of(["a"])))
    }

    @Test(arguments: ["a\"b", "back\\slash", "tab\tand\nline", "ü€😀", "", "\u{1}", "a/b", "{\"index\"", "\\u0041"])
    func `ids that JSON escapes are recognised, however they are escaped`(id: String) throws {
        let body = BulkBody.of([id])
        #expect(body.unescapedID(ofItem: 0) == id)
        let escaped = id.utf16.map { unit in
            let hex = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        }.joined()
        for spelling in [id.quoted, "\"\(escaped)\""] {
            _ = try read("{\"items\":[{\"index\":{\"_id\":\(spelling),\"status\":201}}]}", body)
        }
        #expect(isMalformed("{\"items\":[{\"index\":{\"_id\":\"\(escaped)x\",\"status\":201}}]}", body))
    }

    @Test func `an id that only looks the same is another id`() {
        let body = BulkBody.of(["caf\u{e9}"])
        #expect(isMalformed("{\"items\":[{\"index\":{\"_id\":\"cafe\u{301}\",\"status\":201}}]}", body))
        #expect(isMalformed("{\"items\":[{\"index\":{\"_id\":\"caf\\u0065\\u0301\",\"status\":201}}]}", body))
        #expect(isMalformed("{\"items\":[{\"index\":{\"_id\":\"c\",\"status\":201}}]}", body))
    }

    @Test(arguments: [#""\u+041""#, #""\u-041""#, #""\u00""#, #""\x41""#, #""\"#, #""\u00zz""#])
    func `a bad escape is no string`(text: String) {
        #expect(throws: BulkResponse.Malformed.self) {
            var scanner = JSONScanner(Array(text.utf8))
            _ = try scanner.string()
        }
    }

    @Test func `64 levels are read, 65 are not, and 100,000 do not crash`() {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        func isRead(_ depth: Int) -> Bool {
            do throws(BulkResponse.Malformed) {
                var scanner = JSONScanner(nested(depth))
                try scanner.skip()
                try scanner.end()
                return true
            } catch { return false }
        }
        #expect(isRead(64) && !isRead(65) && !isRead(100_000))
    }

    @Test func `a piece of a body is matched with its own items`() throws {
        let body = BulkBody.of(["a", "b", "c", "d"])
        let text = #"{"items":[{"index":{"_id":"b","status":201}},{"index":{"_id":"c","status":200}}]}"#
        let response = try BulkResponse(reading: Array(text.utf8), sent: body, items: 1..<3)
        #expect(response.items.map(\.status) == [201, 200])
        #expect(throws: BulkResponse.Malformed.self) {
            try BulkResponse(reading: Array(text.utf8), sent: body, items: 0..<2)
        }
    }

    @Test func `a null reason, other members and white space are no trouble`() throws {
        let text = """
             { "items" : [ { "index" : { "_index" : "x", "_version": 1e3, "_shards": {"total": [1, -2.5e-3, {}]},
            "_id" : "a" , "status" : 400 , "error" : { "type" : "t" , "reason" : null, "caused_by": {"type": "u",
            "reason": null, "caused_by": {"reason": "deep"}}, "x": true } } } ] , "ingest_took" : false }
            """
        let response = try read(text, .of(["a"]))
        #expect(response.items.map(\.status) == [400])
        #expect(response.items[0].error == BulkResponse.ItemError(type: "t", reason: ""))
    }

    @Test(.timeLimit(.minutes(5))) func `20,000 items and a reason of 4 MB are read`() throws {
        let ids = (0..<20_000).map { "id-\($0)" }
        let reply = BulkReply.items(ids.map { ($0, .created) })
        let response = try BulkResponse(reading: reply.body, sent: .of(ids), items: 0..<ids.count)
        #expect(response.items.count == 20_000)
        let long = String(repeating: "long reason ", count: 350_000)
        let one = BulkReply.items([("a", ItemAnswer(status: 400, type: "t", reason: long))])
        #expect(try BulkResponse(reading: one.body, sent: .of(["a"]), items: 0..<1).items[0].error?.reason == long)
    }

    /// The statuses are what matters: a damaged answer must not turn a refusal into an acknowledgement unseen, which only
    /// the bytes of a status or an error itself could do.
    @Test(.timeLimit(.minutes(5)), arguments: 0..<40)
    func `damaged answers never crash and never change the number of items`(
        seed: Int
    ) {
        var generator = SplitMix(seed: seed)
        let body = BulkBody.of(["a", "b"])
        let original = Array(Self.answer.utf8)
        let alphabet = Array(#"{}[]",:\u0aé9-. tfn"#.utf8) + [0, 0x1f, 0x80, 0xff]
        for _ in 0..<250 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let at = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[at] = alphabet.randomElement(using: &generator) ?? 0
                case 1: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: at)
                case 2: bytes.remove(at: at)
                default:
                    let end = Int.random(in: at..<bytes.count, using: &generator)
                    bytes.insert(contentsOf: bytes[at...end], at: Int.random(in: bytes.indices, using: &generator))
                }
            }
            guard let response = try? BulkResponse(reading: bytes, sent: body, items: 0..<2) else { continue }
            #expect(response.items.count == 2)
            #expect(response.items.allSatisfy { $0.status > 0 })
        }
    }
}
