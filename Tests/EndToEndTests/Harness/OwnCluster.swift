import Foundation
import Synchronization
import Testing

/// An OpenSearch of a suite's own, by `scripts/opensearch`: its nodes may be paused, killed and robbed of their disks.
/// Nodes still there are killed when the tests end, however they end.
final class OwnCluster: Sendable {
    /// The cluster of the suite that is running: see ``ClusterTrait``.
    @TaskLocal static var current: OwnCluster?

    static let home = Servers.environment["OPENSEARCH_HOME"]
    static let absent = "no OpenSearch of its own: OPENSEARCH_HOME is not set"
    private static let script = URL(filePath: #filePath).appending(path: "../../../../scripts/opensearch").standardized

    /// The first node's.
    let address: String
    /// All of them, for `OPENSEARCH_URL`.
    let addresses: String
    private let folder: URL
    private let nodeCount: Int

    private static let running = Mutex<[pid_t: String]>([:])
    private static let killsAtExit: Void = {
        atexit { OwnCluster.running.withLock { $0.keys.forEach { kill($0, SIGKILL) } } }
    }()

    /// - Parameter settings: lines for opensearch.yml.
    static func start(nodes: Int, settings: String) async throws -> OwnCluster {
        _ = killsAtExit
        let folder = FileManager.default.temporaryDirectory.appending(path: "reindex-cluster-\(UUID().uuidString)")
        var environment = Servers.environment
        environment["OPENSEARCH_URL"] = nil
        environment["OPENSEARCH_HEAP"] = "512m"
        environment["OPENSEARCH_EXTRA"] = settings
        let process = try ChildProcess(
            "/bin/bash", [script.path, "start", folder.path, "\(nodes)"], environment: environment,
            in: FileManager.default.temporaryDirectory)
        let result = await process.wait()
        let port = result.output.firstMatch(of: /127\.0\.0\.1:([0-9]+)/).flatMap { Int($0.output.1) }
        guard result.status == 0, let port else {
            try? FileManager.default.removeItem(at: folder)
            throw Failure("no cluster: \(result.errors)")
        }
        let cluster = OwnCluster(folder: folder, ports: Array(port..<port + nodes))
        for node in 1...nodes { try cluster.remember(node) }
        return cluster
    }

    private init(folder: URL, ports: [Int]) {
        self.folder = folder
        nodeCount = ports.count
        let all = ports.map { "http://127.0.0.1:\($0)" }
        address = all[0]
        addresses = all.joined(separator: ",")
    }

    func stop() async {
        let process = try? ChildProcess(
            "/bin/bash", [Self.script.path, "stop", folder.path], environment: Servers.environment,
            in: FileManager.default.temporaryDirectory)
        _ = await process?.wait()
        Self.running.withLock { running in
            for (id, owner) in running where owner == folder.path {
                kill(id, SIGKILL)
                running[id] = nil
            }
        }
        try? FileManager.default.removeItem(at: folder)
    }

    // MARK: One node, from 1

    func signal(_ number: Int32, to node: Int) throws { kill(try id(of: node), number) }

    /// `kill -9`, and gone from the cluster.
    func killNode(_ node: Int) async throws {
        let id = try id(of: node)
        kill(id, SIGKILL)
        try await wait("node \(node) to leave") { kill(id, 0) != 0 }
        _ = Self.running.withLock { $0.removeValue(forKey: id) }
    }

    /// All it ever stored is gone; a killed node only.
    func loseDisk(of node: Int) throws { try FileManager.default.removeItem(at: place(of: node, "data")) }

    /// A killed node comes back with what is left of its disk.
    func start(_ node: Int) async throws {
        try? FileManager.default.removeItem(at: place(of: node, "pid"))
        let starter = place(of: node, "start").path
        let result = await (try ChildProcess(starter, [], environment: Servers.environment, in: folder)).wait()
        guard result.status == 0 else { throw Failure("node \(node) does not start: \(result.errors)") }
        try await wait("node \(node) to start") { (try? self.id(of: node)) != nil }
        try remember(node)
        try await wait("node \(node) to come back") {
            try await self.ask("GET", "_cluster/health?wait_for_nodes=\(self.nodeCount)&timeout=1s").status == 200
        }
    }

    private func place(of node: Int, _ name: String) -> URL { folder.appending(path: "node-\(node)/\(name)") }

    private func id(of node: Int) throws -> pid_t {
        let text = try String(contentsOf: place(of: node, "pid"), encoding: .utf8)
        guard let id = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Failure("node \(node) has no process id")
        }
        return id
    }

    private func remember(_ node: Int) throws {
        let id = try id(of: node)
        Self.running.withLock { $0[id] = folder.path }
    }

    // MARK: The whole

    @discardableResult
    func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> Web.Answer {
        try await Web.request(method, "\(address)/\(path)", body: body)
    }

    func wait(_ what: String, until isSo: () async throws -> Bool) async throws {
        for _ in 0..<1200 {
            if try await isSo() { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failure("waited in vain for \(what)")
    }
}

/// One cluster for all tests of a suite, which is `OwnCluster.current` for them.
struct ClusterTrait: SuiteTrait, TestScoping {
    let nodes: Int
    let settings: String

    func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? { test.isSuite ? self : nil }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let cluster = try await OwnCluster.start(nodes: nodes, settings: settings)
        do { try await OwnCluster.$current.withValue(cluster) { try await function() } } catch { Issue.record(error) }
        await cluster.stop()
    }
}

extension Trait where Self == ClusterTrait {
    static func cluster(nodes: Int, settings: String = "") -> Self { ClusterTrait(nodes: nodes, settings: settings) }
}
