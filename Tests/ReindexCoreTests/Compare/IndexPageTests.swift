import Testing

@testable import ReindexCore

@Suite struct IndexPageTests {
    private static let keysAlone = ListingForm(hasSource: false, hasVersions: false)

    private func read(_ hits: String, _ form: ListingForm = keysAlone) throws -> [String] {
        let text = "{\"timed_out\":false,\"_shards\":{\"failed\":0},\"hits\":{\"hits\":[\(hits)]}}"
        let page = try IndexPage(reading: Array(text.utf8), form: form)
        return page.documents.map { document in
            let routing = document.routing.map { " " + String(decoding: page.bytes[$0], as: UTF8.self) } ?? ""
            return String(decoding: page.bytes[document.id], as: UTF8.self) + routing
        }
    }

    @Test func `hits are read however they are written`() throws {
        #expect(
            try read(#"{"_id":"1","sort":[0]},{"_id":"a\"b"},{"_id":"c","_routing":"r"},{ "_id" : "d" },{"_id":""}"#)
                == [
                    "1", #"a\"b"#, "c r", "d", "",
                ])
        #expect(try read("").isEmpty)
    }

    @Test(arguments: [
        #"{"_id":"1"}{"_id":"2"}"#, #"{"_id":"1"},"#, #"{"_id":"1""#, #"{"_id":"1"}}"#, #"{"_routing":"1"}"#,
        #"{"_id":1}"#,
        "{\"_id\":\"a\nb\"}", #"{"_id":"1\"}"#, "null",
    ]) func `what is no list of hits is malformed`(hits: String) {
        #expect(throws: BulkResponse.Malformed.self) { try read(hits) }
    }

    @Test func `a hit without the versions that were asked for is malformed`() throws {
        let form = ListingForm(hasSource: false, hasVersions: true)
        #expect(throws: BulkResponse.Malformed.self) { try read(#"{"_id":"1"}"#, form) }
        #expect(try read(#"{"_id":"1","_seq_no":3,"_primary_term":1}"#, form) == ["1"])
    }

    @Test func `a digest of a listing equals one of what was sent`() throws {
        let ids = ["1", "a\"b", "ü", "back\\slash"]
        let hash = DocumentHash(seed: 3)
        var (sent, listed) = (KeyDigest(hash), KeyDigest(hash))
        sent.add(.of(ids))
        let hits = ids.map { "{\"_id\":\($0.quoted)}" }
        for part in [hits[..<3], hits[3...]] {
            #expect(!listed.isEqual(to: sent))
            let text =
                "{\"_scroll_id\":\"s\",\"_shards\":{\"failed\":0},\"hits\":{\"hits\":[\(part.joined(separator: ","))]}}"
            listed.add(try IndexPage(reading: Array(text.utf8), form: Self.keysAlone))
        }
        #expect(listed.isEqual(to: sent) && !listed.isEqual(to: KeyDigest(DocumentHash(seed: 4))))
    }
}
