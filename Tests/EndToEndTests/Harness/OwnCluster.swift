import Foundation

/// An OpenSearch of a test's own, with settings that no other test could bear, started by `scripts/opensearch`.
final class OwnCluster: Sendable {
    static var isPossible: Bool { Servers.hasOpenSearch2 && Servers.environment["OPENSEARCH_HOME"] != nil }
    static let absent = "no OpenSearch of its own can be started: OPENSEARCH_HOME is not set"

    let address: String
    private let folder: URL
    private static let script = URL(filePath: #filePath).appending(path: "../../../../scripts/opensearch").standardized
        .path

    /// - Parameter settings: lines of opensearch.yml.
    static func start(nodes: Int = 1, heap: String = "512m", settings: [String] = []) async throws -> OwnCluster {
        let folder = FileManager.default.temporaryDirectory.appending(path: "reindex-cluster-\(UUID().uuidString)")
        var environment = Servers.environment
        environment["OPENSEARCH_HEAP"] = heap
        environment["OPENSEARCH_EXTRA"] = settings.joined(separator: "\n")
        environment["OPENSEARCH_URL"] = nil
        let started = try ChildProcess(
            "/bin/bash", [script, "start", folder.path, "\(nodes)"], environment: environment,
            in: FileManager.default.temporaryDirectory)
        let result = await started.wait()
        guard let address = result.output.firstMatch(of: /OPENSEARCH_URL=(\S+)/)?.output.1 else {
            throw Failure("no cluster: \(result.errors)")
        }
        return OwnCluster(address: String(address), folder: folder)
    }

    private init(address: String, folder: URL) {
        self.address = address
        self.folder = folder
    }

    /// The process of a node, from 1 on.
    func process(ofNode number: Int) throws -> pid_t {
        let text = try String(contentsOf: folder.appending(path: "node-\(number)/pid"), encoding: .utf8)
        guard let id = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Failure("no pid: \(text)")
        }
        return id
    }

    func signal(_ number: Int32, node: Int) throws { kill(try process(ofNode: node), number) }

    func stop() async {
        let stopping = try? ChildProcess(
            "/bin/bash", [Self.script, "stop", folder.path], environment: Servers.environment,
            in: FileManager.default.temporaryDirectory)
        _ = await stopping?.wait()
        try? FileManager.default.removeItem(at: folder)
    }
}
