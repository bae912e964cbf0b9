import Foundation
import ReindexCore
import Testing

@testable import OpenSearchIndex

@Suite struct TransportTests {
    private func request(_ method: HTTPRequest.Method = .get, _ path: String = "/x", body: RequestBody = .none)
        -> HTTPRequest
    {
        HTTPRequest(method, path, body: body, doing: "testing")
    }

    private func timeouts(firstByte: Duration = .seconds(20), stall: Duration = .seconds(20)) -> OpenSearchTimeouts {
        var timeouts = OpenSearchTimeouts()
        (timeouts.firstByte, timeouts.stall) = (firstByte, stall)
        return timeouts
    }

    @Test func `a request arrives as it was made, without Expect, with its length`() async throws {
        let server = try ScriptedServer { _, _ in .json(200, "{}") }
        let transport = try server.transport()
        for method in [HTTPRequest.Method.get, .post, .put, .delete] {
            _ = try await transport.send(request(method, "/a%2Fb/../c?x=1"))
        }
        _ = try await transport.send(request(.put, body: .json(["a": 1])))
        let seen = server.history
        #expect(seen.map(\.method) == ["GET", "POST", "PUT", "DELETE", "PUT"])
        #expect(seen[0].path == "/a%2Fb/../c?x=1" && seen[1].headers["content-length"] == "0")
        #expect(seen[4].body == #"{"a":1}"# && seen[4].headers["content-type"] == "application/json")
        #expect(seen.allSatisfy { $0.headers["expect"] == nil && $0.headers["transfer-encoding"] == nil })
        #expect(seen.allSatisfy { $0.headers["accept-encoding"] == nil && $0.headers["authorization"] == nil })
    }

    @Test func `a body of several megabytes arrives whole, straight from the batch`() async throws {
        let server = try ScriptedServer { request, _ in .json(200, String(request.body.utf8.count)) }
        let text = String(repeating: "x", count: 3 << 20)
        let body = bulkBody([("1", "{}"), ("2", #"{"t":"\#(text)"}"#), ("3", "{}")])
        let reply = try await OpenSearchBulkSink(server.transport()).send(
            body, items: 1..<3, to: BulkDestination(writerAlias: "w", pipeline: nil, compresses: false), label: "t")
        #expect(String(decoding: reply.body, as: UTF8.self) == String(body.byteRange(ofItems: 1..<3).count))
        let seen = try #require(server.history.first)
        #expect(seen.headers["content-type"] == "application/x-ndjson" && seen.headers["expect"] == nil)
        #expect(seen.body.hasSuffix("{}\n"))
    }

    @Test func `a bulk request carries the parameters that the fence relies on`() async throws {
        let server = try ScriptedServer { _, _ in .json(200, "{}") }
        let sink = OpenSearchBulkSink(try server.transport())
        for pipeline in [nil, "p&q"] {
            let destination = BulkDestination(writerAlias: "w-ä-1", pipeline: pipeline, compresses: pipeline != nil)
            _ = try await sink.send(bulkBody([("1", "{}")]), items: 0..<1, to: destination, label: "t")
        }
        let filter = "&filter_path=took,errors,items.*._id,items.*.status,items.*.error"
        #expect(
            server.history.map(\.path) == [
                "/w-%C3%A4-1/_bulk?require_alias=true&timeout=10s&pipeline=_none" + filter,
                "/w-%C3%A4-1/_bulk?require_alias=true&timeout=10s&pipeline=p%26q" + filter,
            ])
        #expect(server.history.map { $0.headers["content-encoding"] } == [nil, "gzip"])
        #expect(server.history.map { $0.headers["x-opaque-id"] } == ["t", "t"])
    }

    @Test func `a request that is still worked on is found by its label`() async throws {
        let tasks = #"{"nodes":{"n":{"tasks":{"n:1":{"headers":{}},"n:2":{"headers":{"X-Opaque-Id":"w-%C3%A4-7"}}}}}}"#
        let server = try ScriptedServer { _, _ in .json(200, tasks) }
        let sink = OpenSearchBulkSink(try server.transport())
        #expect(try await sink.isWorking(on: "w-ä-7") == true)
        #expect(try await sink.isWorking(on: "w-ä-8") == false)
        #expect(server.history.allSatisfy { $0.path.hasPrefix("/_tasks?actions=indices:data/write/bulk*") })
        let silent = try ScriptedServer { _, _ in .json(403, "{}") }
        let deaf = OpenSearchBulkSink(try silent.transport())
        #expect(try await deaf.isWorking(on: "w") == nil)
    }

    @Test func `a connection is kept for the next request`() async throws {
        let server = try ScriptedServer { _, _ in .json(200, "{}") }
        let transport = try server.transport()
        for _ in 0..<5 { _ = try await transport.send(request()) }
        #expect(server.history.map(\.connection) == [0, 0, 0, 0, 0])
        var alone = request()
        alone.needsNewConnection = true
        _ = try await transport.send(alone)
        #expect(server.history.last?.connection == 1)
    }

    @Test func `many requests at once all get their own answer`() async throws {
        let server = try ScriptedServer { request, _ in .json(200, "\"\(request.path)\"") }
        let transport = try server.transport()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let response = try await transport.send(HTTPRequest(.get, "/\(number)", doing: "testing"))
                    return String(decoding: response.body, as: UTF8.self) == "\"/\(number)\""
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func `any status is an answer, with Retry-After where it says seconds`() async throws {
        let server = try ScriptedServer { request, _ in
            request.path == "/429" ? .full(429, ["Retry-After: 7"], "slow down") : .json(503, "{}")
        }
        let transport = try server.transport()
        let busy = try await transport.send(request(.get, "/429"))
        #expect(busy.status == 429 && busy.retryAfter == .seconds(7) && busy.body == Array("slow down".utf8))
        let away = try await transport.send(request(.get, "/503"))
        #expect(away.status == 503 && away.retryAfter == nil && away.address == server.url)
    }

    @Test func `a redirect is not followed`() async throws {
        let server = try ScriptedServer { _, _ in .full(302, ["Location: /elsewhere"], "") }
        #expect(try await server.transport().send(request()).status == 302)
        #expect(server.history.count == 1)
    }

    @Test(
        arguments: [
            ScriptedServer.Answer.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"),
            .raw("HTTP/1.1 200 OK\r\nContent-Le"), .raw("\u{0}\u{1}garbage\r\n\r\n"), .raw("HTTP/1.1 abc\r\n\r\n"),
            .raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), .close,
        ])
    func `an answer that is cut or none is incomplete`(answer: ScriptedServer.Answer) async throws {
        let server = try ScriptedServer { _, _ in answer }
        let transport = try server.transport()
        let error = await targetError { _ = try await transport.send(request(.post, body: .json([:]))) }
        #expect(error?.kind == .incompleteAnswer && error?.address == server.url && error?.doing == "testing")
        #expect(error?.message.isEmpty == false)
        // The next request works: nothing of the broken one is left.
        #expect(server.history.count == 1)
    }

    @Test func `an answer longer than is accepted is given up`() async throws {
        let server = try ScriptedServer { _, _ in .json(200, String(repeating: "x", count: 100_000)) }
        let transport = try server.transport(answerLimit: 99_999)
        let error = await targetError { _ = try await transport.send(request()) }
        #expect(error?.kind == .incompleteAnswer && error?.message == "the answer is longer than 99999 bytes")
        #expect(try await server.transport(answerLimit: 100_000).send(request()).body.count == 100_000)
    }

    @Test func `a server that takes the request and says nothing is given up after the time for a first byte`()
        async throws
    {
        let server = try ScriptedServer { _, _ in .stall("") }
        let transport = try server.transport(timeouts: timeouts(firstByte: .milliseconds(200)))
        let error = await targetError { _ = try await transport.send(request(.post, body: .json([:]))) }
        #expect(error?.kind == .incompleteAnswer && error?.message == "no answer within 0.2 s")
    }

    @Test func `an answer that stops in the middle is given up after the time for a stall`() async throws {
        let server = try ScriptedServer { _, _ in .stall("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this") }
        let transport = try server.transport(timeouts: timeouts(stall: .milliseconds(200)))
        let error = await targetError { _ = try await transport.send(request()) }
        #expect(error?.kind == .incompleteAnswer && error?.message == "no byte moved for 0.2 s")
    }

    @Test func `a cancelled task gives its request up, and others go on`() async throws {
        let server = try ScriptedServer { request, _ in request.path == "/stall" ? .stall("") : .json(200, "{}") }
        let transport = try server.transport()
        let waiting = Task { try await transport.send(HTTPRequest(.get, "/stall", doing: "waiting")) }
        while server.history.isEmpty { await Task.yield() }
        waiting.cancel()
        let error = await targetError { _ = try await waiting.value }
        #expect(error?.kind == .incompleteAnswer && error?.message == "the request was given up")
        #expect(try await transport.send(request()).status == 200)
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await transport.send(HTTPRequest(.get, "/early", doing: "waiting"))
        }
        #expect(await targetError { _ = try await early.value }?.kind == .incompleteAnswer)
        #expect(!server.history.contains { $0.path == "/early" })
    }

    @Test func `user and password are sent and never shown`() async throws {
        let server = try ScriptedServer { _, _ in .json(200, "{}") }
        let url = "http://al%40ice:s%3Acret@127.0.0.1:\(server.port)/pre/"
        let transport = try OpenSearchTransport(OpenSearchSettings(urls: [url], user: "other", password: "wrong"))
        let response = try await transport.send(request())
        let expected = "Basic " + Data("al@ice:s:cret".utf8).base64EncodedString()
        #expect(server.history.first?.headers["authorization"] == expected)
        #expect(server.history.first?.path == "/pre/x")
        #expect(
            response.address == "http://127.0.0.1:\(server.port)/pre" && transport.shownAddresses == response.address)
    }

    // MARK: Several addresses

    @Test func `an address that cannot be reached is passed over, and requests take turns`() async throws {
        let answer: ScriptedServer.Script = { _, _ in .json(200, "{}") }
        let (first, second) = (try ScriptedServer(answer), try ScriptedServer(answer))
        let transport = try OpenSearchTransport(
            OpenSearchSettings(urls: ["http://127.0.0.1:1", first.url, second.url]))
        for _ in 0..<6 { #expect(try await transport.send(request()).status == 200) }
        #expect(first.history.count + second.history.count == 6)
        #expect(min(first.history.count, second.history.count) >= 2)
    }

    @Test func `a request that may have been received is not sent to another address`() async throws {
        // A clock that stands still: the address that failed rests as long as the test lasts.
        let stopped = ContinuousClock.now
        let first = try ScriptedServer { _, _ in .close }
        let second = try ScriptedServer { _, _ in .json(200, "{}") }
        let transport = try OpenSearchTransport(OpenSearchSettings(urls: [first.url, second.url]), now: { stopped })
        #expect(await targetError { _ = try await transport.send(request(.post)) }?.kind == .incompleteAnswer)
        #expect(second.history.isEmpty)
        // From then on the other one is asked first.
        _ = try await transport.send(request(.post))
        _ = try await transport.send(request(.post))
        #expect(first.history.count == 1 && second.history.count == 2)
    }

    @Test func `on a kept connection that ends without an answer, what has a label is not sent again in silence`()
        async throws
    {
        let server = try ScriptedServer { _, all in all.count == 2 ? .close : .json(200, "{}") }
        let transport = try server.transport()
        _ = try await transport.send(request())
        var labelled = request(.post, body: .json(["a": 1]))
        labelled.label = "w-7"
        #expect(await targetError { _ = try await transport.send(labelled) }?.kind == .incompleteAnswer)
        #expect(server.history.count == 2, "sent once")
        #expect(try await transport.send(labelled).status == 200, "a handle that was used so is as good as new")
    }

    @Test func `when no address answers, the error names one`() async throws {
        let transport = try OpenSearchTransport(
            OpenSearchSettings(urls: ["http://u:secret@127.0.0.1:1", "http://127.0.0.1:2"]))
        let error = await targetError { _ = try await transport.send(request()) }
        #expect(error?.kind == .unreachable)
        #expect(error?.address == "http://127.0.0.1:1" && error?.message.contains("secret") == false)
    }
}
