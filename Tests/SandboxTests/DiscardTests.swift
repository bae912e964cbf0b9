import Testing

@testable import Sandbox

@Suite struct DiscardTests {
    private let service = Service(isDiscarding: true)

    private func answer(_ target: String, _ body: String, pieces: Int) throws -> Response {
        var sink = try #require(Discard.sink(for: Request("POST", target), in: service))
        let bytes = Array(body.utf8)
        var start = 0
        while start < bytes.count {
            let end = min(start + pieces, bytes.count)
            bytes[start..<end].withUnsafeBytes { sink.feed($0) }
            start = end
        }
        sink.record(in: service)
        return sink.finish()
    }

    private let body =
        #"{"index":{"_id":"a\"b","version":1}}"# + "\n{\"x\":\"_id\"}\n" + #"{"delete":{"_id":"2"}}"# + "\n"
        + #"{"create":{ "_id" : "3"}}"# + "\n{}\n"

    @Test(arguments: [1, 2, 3, 7, 50, 10_000]) func `however the body is cut, the answer is the same`(pieces: Int)
        throws
    {
        let json = try answer("/a/_bulk?filter_path=took,errors,items.*._id,items.*.status", body, pieces: pieces)
            .parsed
        let items = try #require(json.at("items")?.array)
        #expect(
            items == [
                ["index": ["_id": "a\"b", "status": 201]], ["delete": ["_id": "2", "status": 200]],
                ["create": ["_id": "3", "status": 201]],
            ])
        #expect(json.at("errors")?.bool == false)
        let count = InProcess(service).send("GET", "/a/_count").at("count")?.int
        #expect(count == 3)
    }

    @Test func `without a filter each item has the members of a real one`() throws {
        let item = try answer("/_bulk", #"{"index":{"_index":"b","_id":"1"}}"# + "\n{}\n", pieces: 100).parsed.at(
            "items", 0, "index")
        #expect(
            item?.at("_index")?.text == "b" && item?.at("result")?.text == "created" && item?.at("_version")?.int == 1)
    }

    @Test func `the fence holds here too`() throws {
        let json = try answer("/none/_bulk?require_alias=true", body, pieces: 100).parsed
        #expect(json.at("errors")?.bool == true)
        #expect(json.at("items", 0, "index", "error", "type")?.text == "index_not_found_exception")
    }

    @Test func `a body without its last newline fails whole`() throws {
        #expect(try answer("/a/_bulk", String(body.dropLast()), pieces: 100).status == 400)
    }

    @Test func `only bulk requests are discarded`() {
        #expect(Discard.sink(for: Request("POST", "/a/_search"), in: service) == nil)
        #expect(Discard.sink(for: Request("POST", "/a/_bulk"), in: Service()) == nil)
    }
}
