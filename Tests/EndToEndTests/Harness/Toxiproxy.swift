import Foundation

/// A toxiproxy-server of a test's own, with one proxy before PostgreSQL and one before OpenSearch.
final class Toxiproxy: Sendable {
    enum Server: String, Sendable, CaseIterable { case postgres, openSearch }

    /// A fault of the network. Source: Toxiproxy's README, "Toxics".
    struct Toxic: Sendable, CustomStringConvertible {
        enum Direction: String, Sendable { case upstream, downstream }

        var name: String
        var type: String
        var attributes: String
        var directions: [Direction]
        var description: String { name }

        init(_ name: String, _ type: String, _ attributes: String, _ directions: Direction...) {
            self.name = name
            self.type = type
            self.attributes = attributes
            self.directions = directions
        }
    }

    static let program = Servers.environment["REINDEX_TEST_TOXIPROXY"]
    static let absent = "no toxiproxy-server: REINDEX_TEST_TOXIPROXY is not set"

    private let process: ChildProcess
    private let api: String
    private let ports: [Server: UInt16]

    static func start(postgres: String, openSearch: String) async throws -> Toxiproxy {
        let proxy = try Toxiproxy(postgres, openSearch)
        for _ in 0..<200 {
            if let answer = try? await Web.request("GET", "\(proxy.api)/version"), answer.status == 200 { break }
            try await Task.sleep(for: .milliseconds(25))
        }
        for (server, upstream) in [(Server.postgres, postgres), (.openSearch, openSearch)] {
            try await proxy.ask(
                "POST", "proxies",
                #"{"name": "\#(server)", "listen": "127.0.0.1:\#(proxy.ports[server] ?? 0)", "upstream": "\#(upstream)"}"#
            )
        }
        return proxy
    }

    private init(_ postgres: String, _ openSearch: String) throws {
        let port = try Servers.freePort()
        api = "http://127.0.0.1:\(port)"
        ports = [.postgres: try Servers.freePort(), .openSearch: try Servers.freePort()]
        process = try ChildProcess(
            Self.program ?? "", ["-host", "127.0.0.1", "-port", "\(port)"],
            environment: Servers.environment.merging(["LOG_LEVEL": "error"]) { $1 },
            in: FileManager.default.temporaryDirectory)
    }

    /// What a process gets so that it goes this way.
    var environment: [String: String] {
        [
            "PGHOST": "127.0.0.1", "PGPORT": "\(ports[.postgres] ?? 0)",
            "OPENSEARCH_URL": "http://127.0.0.1:\(ports[.openSearch] ?? 0)",
        ]
    }

    func add(_ toxic: Toxic, to server: Server) async throws {
        for direction in toxic.directions {
            try await ask(
                "POST", "proxies/\(server)/toxics",
                #"{"name": "\#(direction)", "type": "\#(toxic.type)", "stream": "\#(direction)", "attributes": \#(toxic.attributes)}"#
            )
        }
    }

    /// Takes the toxics off. Connections that they left half open stay so: `cuts` ends them, as a router that restarts does.
    func heal(_ server: Server, cuts: Bool) async throws {
        if cuts { try await ask("POST", "proxies/\(server)", #"{"enabled": false}"#) }
        try await ask("POST", "reset", "{}")
    }

    func stop() async {
        process.signal(SIGKILL)
        _ = await process.wait()
    }

    private func ask(_ method: String, _ path: String, _ body: String) async throws {
        let answer = try await Web.request(method, "\(api)/\(path)", body: body)
        guard (200..<300).contains(answer.status) else {
            throw Failure("toxiproxy: \(method) \(path): \(answer.status) \(answer.body)")
        }
    }
}
