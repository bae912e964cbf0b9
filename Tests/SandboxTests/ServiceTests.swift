import Testing

@testable import Sandbox

@Suite struct ServiceTests {
    @Test(arguments: [
        Step("GET", "/_nodes/hot_threads"), Step("POST", "/_reindex", "{}"), Step("GET", "/a/_termvectors/1"),
        Step("GET", "/?nonsense=1"), Step("POST", "/a/_search", #"{"aggs":{}}"#),
        Step("POST", "/a/_search", #"{"query":{"fuzzy":{"a":"b"}}}"#),
        .bulk("/a/_bulk", #"{"update":{"_id":"1"}}"#, "{}"),
    ])
    func `what it does not know it refuses with 501 and the name`(step: Step) {
        let sandbox = InProcess()
        sandbox.send("PUT", "/a", "{}")
        let response = sandbox.send(step)
        #expect(response.status == 501)
        #expect(response.parsed.at("error", "reason")?.text?.contains("does not know") == true)
    }

    @Test func `it says that it is a sandbox`() {
        let root = InProcess().send("GET", "/")
        #expect(root.at("version", "distribution")?.text == "opensearch")
        #expect(root.at("version", "sandbox")?.bool == true)
    }

    @Test func `it can claim to be Elasticsearch, which names no distribution`() {
        let root = InProcess(Service(distribution: "elasticsearch", versionNumber: "8.1.0")).send("GET", "/")
        #expect(root.at("version", "distribution") == nil)
        #expect(root.at("version", "number")?.text == "8.1.0")
    }

    @Test func `without the right credentials it answers 401`() {
        let service = Service(credentials: "Basic YTpi")
        #expect(service.reply(to: Request("GET", "/")).response.status == 401)
        #expect(service.reply(to: Request("GET", "/")).response.headers["WWW-Authenticate"] != nil)
        #expect(service.reply(to: Request("GET", "/", authorization: "Basic YTpi")).response.status == 200)
    }

    @Test func `a document shows in searches after a refresh or its interval, and never with -1`() {
        let time = TestClock()
        let sandbox = InProcess(Service(clock: time.clock))
        sandbox.send("PUT", "/on", "{}")
        sandbox.send("PUT", "/off", #"{"settings":{"refresh_interval":"-1"}}"#)
        for index in ["on", "off"] { sandbox.send("PUT", "/\(index)/_doc/1", "{}") }
        func counts() -> [Int?] { ["on", "off"].map { sandbox.send("GET", "/\($0)/_count").at("count")?.int } }
        #expect(counts() == [0, 0])
        time.advance(1000)
        #expect(counts() == [1, 0])
        sandbox.send("POST", "/off/_refresh")
        #expect(counts() == [1, 1])
    }

    @Test func `a deleted document's version is remembered for gc_deletes`() {
        let time = TestClock()
        let sandbox = InProcess(Service(clock: time.clock))
        sandbox.send("DELETE", "/a/_doc/1?version=9&version_type=external")
        let write = Step("PUT", "/a/_doc/1?version=5&version_type=external_gte", "{}")
        #expect(sandbox.send(write).status == 409)
        time.advance(60_001)
        #expect(sandbox.send(write).status == 201)
    }

    @Test func `a scroll goes on with what it began with, page by page`() {
        let sandbox = InProcess()
        for id in 1...5 { sandbox.send("PUT", "/a/_doc/\(id)?refresh=true", #"{"n":\#(id)}"#) }
        var page = sandbox.send("POST", "/a/_search?scroll=1m", #"{"size":2,"sort":["_doc"]}"#)
        sandbox.send("DELETE", "/a/_doc/5?refresh=true")
        let id = page.at("_scroll_id")?.text ?? ""
        var ids: [String] = []
        while let hits = page.at("hits", "hits")?.array, !hits.isEmpty {
            ids += hits.compactMap { $0.at("_id")?.text }
            page = sandbox.send("POST", "/_search/scroll", #"{"scroll":"1m","scroll_id":"\#(id)"}"#)
        }
        #expect(ids == ["1", "2", "3", "4", "5"])
        #expect(sandbox.send(Step("DELETE", "/_search/scroll", #"{"scroll_id":["\#(id)"]}"#)).status == 200)
        #expect(sandbox.send(Step("POST", "/_search/scroll", #"{"scroll_id":"\#(id)"}"#)).status == 404)
    }

    @Test func `slices of a scroll share the documents without overlap`() {
        let sandbox = InProcess()
        for id in 1...50 { sandbox.send("PUT", "/a/_doc/\(id)", "{}") }
        sandbox.send("POST", "/a/_refresh")
        let ids = (0..<3).flatMap { number -> [String] in
            let body = #"{"size":100,"slice":{"id":\#(number),"max":3}}"#
            let hits = sandbox.send("POST", "/a/_search?scroll=1m", body).at("hits", "hits")?.array ?? []
            return hits.compactMap { $0.at("_id")?.text }
        }
        #expect(ids.count == 50 && Set(ids).count == 50)
    }

    @Test(arguments: [1, 3]) func `a point in time is listed shard by shard and page by page, as it was`(shards: Int) {
        let sandbox = InProcess()
        sandbox.send("PUT", "/a", #"{"settings":{"number_of_shards":\#(shards)}}"#)
        for id in 1...20 { sandbox.send("PUT", "/a/_doc/\(id)", "{}") }
        sandbox.send("POST", "/a/_refresh")
        let opened = sandbox.send("POST", "/a/_search/point_in_time?keep_alive=1m")
        let id = opened.at("pit_id")?.text ?? ""
        #expect(opened.at("_shards", "total")?.int == shards)
        sandbox.send("DELETE", "/a/_doc/5?refresh=true")
        sandbox.send("PUT", "/a/_doc/6?refresh=true", "{}")
        let point = #""pit":{"id":"\#(id)","keep_alive":"1m"}"#
        var ids: [String] = []
        for shard in 0..<shards {
            let slice = shards > 1 ? #","slice":{"field":"_seq_no","id":\#(shard),"max":\#(shards)}"# : ""
            var after = ""
            while true {
                let body = #"{"size":3,"sort":["_doc"],"track_total_hits":false,\#(point)\#(slice)\#(after)}"#
                let hits = sandbox.send("POST", "/_search", body).at("hits", "hits")?.array ?? []
                guard let last = hits.last?.at("sort", 0)?.int else { break }
                ids += hits.compactMap { $0.at("_id")?.text }
                after = #","search_after":[\#(last)]"#
            }
        }
        #expect(ids.count == 20 && Set(ids).count == 20)
        let counted = sandbox.send("POST", "/_search", #"{"size":0,"track_total_hits":true,\#(point)}"#)
        #expect(counted.at("hits", "total", "value")?.int == 20)
        let greatest = sandbox.send("POST", "/a/_search", #"{"size":1,"sort":[{"_doc":"desc"}]}"#)
        #expect(shards > 1 || greatest.at("hits", "hits", 0, "sort", 0)?.int == 18)
        #expect(sandbox.send("GET", "/_search/point_in_time/_all").at("pits")?.array?.count == 1)
        #expect(sandbox.send(Step("DELETE", "/_search/point_in_time", #"{"pit_id":["\#(id)"]}"#)).status == 200)
        #expect(sandbox.send(Step("POST", "/_search", "{\(point)}")).status == 404)
        #expect(sandbox.send("GET", "/_search/point_in_time/_all").at("pits")?.array?.isEmpty == true)
    }

    @Test func `an alias with a filter shows the documents that pass it`() {
        let sandbox = InProcess()
        sandbox.send("PUT", "/a/_doc/1", #"{"n":1}"#)
        sandbox.send("PUT", "/a/_doc/2?refresh=true", #"{"n":2}"#)
        sandbox.send("POST", "/_aliases", #"{"actions":[{"add":{"index":"a","alias":"f","filter":{"term":{"n":2}}}}]}"#)
        #expect(sandbox.send("GET", "/f/_count").at("count")?.int == 1)
        #expect(sandbox.send("GET", "/f/_search").at("hits", "hits", 0, "_id")?.text == "2")
    }
}

/// A clock that stands still until it is told otherwise.
final class TestClock: @unchecked Sendable {
    // Used by one test at a time.
    private var now = 1_700_000_000_000

    var clock: Clock { Clock { self.now } }

    func advance(_ milliseconds: Int) { now += milliseconds }
}
