import Foundation
import Testing

@testable import Sandbox

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The server itself, over loopback.
@Suite struct ServerTests {
    /// One server for the suite: it lives as long as the process, as the command's does.
    private enum Shared {
        static let service = Service(maxContentLength: 2 << 20)
        static let port = Server.start(service, port: 0)?.port
    }

    private func send(
        _ method: String, _ target: String, _ body: Data? = nil, headers: [String: String] = [:]
    ) async throws -> (status: Int, headers: [AnyHashable: Any], data: Data) {
        let port = try #require(Shared.port)
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(target)")))
        request.httpMethod = method
        request.httpBody = body
        request.timeoutInterval = 20
        request.setValue("application/x-ndjson", forHTTPHeaderField: "Content-Type")
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        // A session of its own: a connection that a fault closed must not be what another test is given.
        let session = URLSession(configuration: .ephemeral)
        defer { session.finishTasksAndInvalidate() }
        let (data, response) = try await session.data(for: request)
        let answer = try #require(response as? HTTPURLResponse)
        return (answer.statusCode, answer.allHeaderFields, data)
    }

    private func setFaults(_ text: String) {
        _ = Shared.service.reply(to: Request("PUT", "/_sandbox/faults", body: Array(text.utf8)))
    }

    // One test, one after the other: the faults are the server's, not a request's.
    @Test func `requests, large bodies and each way to break off`() async throws {
        let root = try await send("GET", "/")
        #expect(root.status == 200)
        #expect(String(decoding: root.data, as: UTF8.self).contains("sandbox"))

        let document = #"{"index":{"_id":"a"}}"# + "\n{\"t\":\"" + String(repeating: "x", count: 1 << 20) + "\"}\n"
        #expect(try await send("POST", "/large/_bulk?refresh=true", Data(document.utf8)).status == 200)
        let stored = try await send("GET", "/large/_source/a")
        #expect(stored.data.count == (1 << 20) + 8)
        #expect(
            try await send(
                "PUT", "/large/_doc/a%2Fb%3F", Data("{}".utf8), headers: ["Content-Type": "application/json"]
            ).status == 201)
        #expect(try await send("GET", "/large/_doc/a%2Fb%3F").status == 200)

        let tooLarge = Data(String(repeating: document, count: 3).utf8)
        #expect(try await status(orNil: "POST", "/large/_bulk", tooLarge).map { $0 == 413 } != false)

        // gzip of {"index":{"_id":"z"}}\n{}\n
        let gzip = try #require(Data(base64Encoded: "H4sIAAAAAAACA6tWysxLSa1QsqpWis9MUbJSqlKqreWqruUCAPq6TyMZAAAA"))
        #expect(try await send("POST", "/large/_bulk", gzip, headers: ["Content-Encoding": "gzip"]).status == 200)
        #expect(try await send("GET", "/large/_doc/z").status == 200)
        #expect(
            try await send("POST", "/large/_bulk", Data([1, 2]), headers: ["Content-Encoding": "gzip"]).status == 400)

        for broken in ["cut", "hang-up", "apply-then-cut", "cut-request", "nothing 20"] {
            setFaults("POST /broken/_bulk \(broken)")
            let body = Data(("{\"index\":{\"_id\":\"1\"}}\n{}\n").utf8)
            await #expect(throws: URLError.self, "\(broken)") { try await send("POST", "/broken/_bulk", body) }
        }
        setFaults("GET / late 300\nGET /_alias 429 3")
        let clock = ContinuousClock()
        let began = clock.now
        #expect(try await send("GET", "/").status == 200)
        #expect(clock.now - began >= .milliseconds(300))
        let refused = try await send("GET", "/_alias")
        #expect(refused.status == 429 && refused.headers["Retry-After"] as? String == "3")
        setFaults("")
    }

    /// A server that refuses a body before it has it may close first: then there is no status to see.
    private func status(orNil method: String, _ target: String, _ body: Data) async throws -> Int? {
        do {
            return try await send(method, target, body).status
        } catch is URLError {
            return nil
        }
    }
}
