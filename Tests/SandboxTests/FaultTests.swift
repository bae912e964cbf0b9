import Testing

@testable import Sandbox

@Suite struct FaultTests {
    private func script(_ text: String) throws -> FaultScript { try FaultScript(text) }

    @Test func `a rule acts on what its method and path match`() throws {
        var faults = try script("POST */_bulk 503")
        #expect(faults.action(method: "GET", path: "/a/_bulk") == nil)
        #expect(faults.action(method: "POST", path: "/a/_search") == nil)
        #expect(faults.action(method: "POST", path: "/a/_bulk") == .unavailable)
        #expect(faults.action(method: "POST", path: "/a/_bulk") == .unavailable)
    }

    @Test func `nth acts once, on that request`() throws {
        var faults = try script("* * nth=3 cut")
        let actions = (1...5).map { _ in faults.action(method: "GET", path: "/") }
        #expect(actions == [nil, nil, .cut, nil, nil])
    }

    @Test func `nth and times act on a run of requests`() throws {
        var faults = try script("* * nth=2 times=2 cut")
        let actions = (1...5).map { _ in faults.action(method: "GET", path: "/") }
        #expect(actions == [nil, .cut, .cut, nil, nil])
    }

    @Test func `every acts again and again, until times is used up`() throws {
        var faults = try script("* * every=2 times=2 hang-up")
        let actions = (1...8).map { _ in faults.action(method: "GET", path: "/") }
        #expect(actions == [nil, .hangUp, nil, .hangUp, nil, nil, nil, nil])
    }

    @Test func `the first rule that acts wins, and the later ones still count`() throws {
        var faults = try script("* * nth=1 413\n# a comment\n\n* * nth=2 503")
        #expect(faults.action(method: "GET", path: "/") == .tooLarge)
        #expect(faults.action(method: "GET", path: "/") == .unavailable)
    }

    @Test(arguments: [
        "POST", "POST /", "POST / nth=0 cut", "POST / nth=x cut", "POST / explode", "POST / late", "POST / status 42",
    ])
    func `a line that is no rule is refused with its number`(line: String) {
        #expect(throws: APIError.self) { try FaultScript("# first\n\(line)") }
        do {
            _ = try FaultScript("# first\n\(line)")
        } catch {
            #expect(error.reason.contains("line 2"))
        }
    }

    private static let two = #"{"index":{"_id":"1"}}"# + "\n{}\n" + #"{"index":{"_id":"2"}}"# + "\n{}\n"

    private func reply(_ rule: String, _ service: Service = Service()) throws -> (Service.Reply, InProcess) {
        let sandbox = InProcess(service)
        sandbox.send("PUT", "/_sandbox/faults", rule)
        let request = Request("POST", "/a/_bulk", body: Array(FaultTests.two.utf8), contentType: "application/x-ndjson")
        let fault = service.fault(method: "POST", path: request.rawPath)
        let reply = service.reply(to: request, fault: fault)
        sandbox.send("DELETE", "/_sandbox/faults")
        sandbox.send("POST", "/_refresh")
        return (reply, sandbox)
    }

    @Test(arguments: [
        ("POST * cut", Service.Reply.Ending.half, 0), ("POST * apply-then-cut", .dropped, 0),
        ("POST * late 250", .whole, 250),
    ])
    func `a write is applied although its answer is lost or late`(
        rule: String, ending: Service.Reply.Ending, delay: Int
    ) throws {
        let (reply, sandbox) = try reply(rule)
        #expect(reply.ending == ending && reply.delayMilliseconds == delay)
        #expect(sandbox.send("GET", "/a/_count").at("count")?.int == 2)
    }

    @Test(arguments: [
        ("POST * 413", 413), ("POST * 503", 503), ("POST * 429", 429), ("POST * html 502", 502),
        ("POST * status 403", 403),
        ("POST * wrong", 200),
    ])
    func `a refused request leaves nothing behind`(rule: String, status: Int) throws {
        let (reply, sandbox) = try reply(rule)
        #expect(reply.response.status == status && reply.ending == .whole)
        #expect(sandbox.send("GET", "/a/_count").at("status")?.int == 404)
    }

    @Test(arguments: ["POST * nothing 50", "POST * hang-up", "POST * cut-request"])
    func `a request without an answer leaves nothing behind`(rule: String) throws {
        let (reply, sandbox) = try reply(rule)
        #expect(reply.ending == .dropped)
        #expect(sandbox.send("GET", "/a/_count").at("status")?.int == 404)
    }

    @Test func `a share of the items is refused for load and not applied`() throws {
        let (reply, sandbox) = try reply("POST * 429-items 0.5")
        let items = try #require(reply.response.parsed.at("items")?.array)
        #expect(items.map { $0.at("index", "status")?.int } == [201, 429])
        #expect(items[1].at("index", "error", "type")?.text == "rejected_execution_exception")
        #expect(reply.response.parsed.at("errors")?.bool == true)
        #expect(sandbox.send("GET", "/a/_count").at("count")?.int == 1)
    }

    @Test(arguments: [
        ("POST * fewer-items", ["1"]), ("POST * more-items", ["1", "2", "2"]), ("POST * repeat-id", ["1", "1"]),
    ])
    func `the items told are not those that were applied`(rule: String, ids: [String]) throws {
        let (reply, sandbox) = try reply(rule)
        let items = try #require(reply.response.parsed.at("items")?.array)
        #expect(items.map { $0.at("index", "_id")?.text } == ids)
        #expect(sandbox.send("GET", "/a/_count").at("count")?.int == 2)
    }

    @Test func `429 may say when to come again`() throws {
        let (reply, _) = try reply("POST * 429 7")
        #expect(reply.response.headers["Retry-After"] == "7")
    }

    @Test func `what the rules did can be read`() {
        let sandbox = InProcess()
        sandbox.send("PUT", "/_sandbox/faults", "GET /x nth=2 413")
        _ = sandbox.service.fault(method: "GET", path: "/x")
        let rules = sandbox.send("GET", "/_sandbox/faults")
        #expect(rules.at("rules", 0, "matched")?.int == 1)
        #expect(rules.at("rules", 0, "fired")?.int == 0)
    }

    @Test func `a bad script is refused and the old one stays`() {
        let sandbox = InProcess()
        sandbox.send("PUT", "/_sandbox/faults", "GET /x 413")
        #expect(sandbox.send("PUT", "/_sandbox/faults", "nonsense").at("status")?.int == 400)
        #expect(sandbox.service.fault(method: "GET", path: "/x") == .tooLarge)
    }
}
