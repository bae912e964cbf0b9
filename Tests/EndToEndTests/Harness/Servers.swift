import Foundation
import Synchronization

/// What the end-to-end tests run against, from the environment; `scripts/test` starts it all and says where it is.
enum Servers {
    /// Where an index is made.
    enum Target: String, Sendable, CaseIterable {
        case sandbox
        case openSearch2 = "real"
        case openSearch3 = "real-3"
    }

    static let environment = ProcessInfo.processInfo.environment

    static var hasPostgres: Bool { environment["PGHOST"] != nil }
    static let noPostgres = "no PostgreSQL: PGHOST is not set (scripts/test starts one)"
    static var hasOpenSearch2: Bool { environment["REINDEX_TEST_OPENSEARCH"] != nil }
    static let noOpenSearch2 = "no OpenSearch 2: REINDEX_TEST_OPENSEARCH is not set"
    static var hasOpenSearch3: Bool { environment["REINDEX_TEST_OPENSEARCH_3"] != nil }
    static let noOpenSearch3 = "no OpenSearch 3: REINDEX_TEST_OPENSEARCH_3 is not set"

    /// The folder of the built binaries: where the test bundle itself is, or REINDEX_TEST_BINARIES.
    static let binaries: URL = {
        if let folder = environment["REINDEX_TEST_BINARIES"] { return URL(filePath: folder) }
        #if os(macOS)
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL ?? Bundle.main.bundleURL
        return bundle.deletingLastPathComponent()
        #else
        return Bundle.main.bundleURL
        #endif
    }()

    static var reindex: String { binaries.appending(path: "reindex").path }

    static func address(of target: Target) async throws -> String {
        switch target {
        case .openSearch2: environment["REINDEX_TEST_OPENSEARCH"] ?? ""
        case .openSearch3: environment["REINDEX_TEST_OPENSEARCH_3"] ?? ""
        case .sandbox: try await sharedSandbox.address
        }
    }

    /// One stand-in for all tests that do not ask for faults.
    private static let sharedSandbox = SharedSandbox()

    private actor SharedSandbox {
        private var starting: Task<Sandbox, any Error>?

        var address: String {
            get async throws {
                let task = starting ?? Task { try await Sandbox.start([]) }
                starting = task
                return try await task.value.address
            }
        }
    }

    /// The first of these that can be run.
    static func program(_ name: String) -> String? {
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// A port of loopback that nobody listens on at the moment.
    static func freePort() throws -> UInt16 {
        #if canImport(Glibc)
        let kind = Int32(SOCK_STREAM.rawValue)
        #else
        let kind = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, kind, 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw Failure("no free port on loopback") }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// A stand-in of a test's own. Those still running are killed when the tests end.
final class Sandbox: Sendable {
    let address: String
    private let process: ChildProcess
    private static let running = Mutex<Set<pid_t>>([])
    private static let killsAtExit: Void = {
        atexit { Sandbox.running.withLock { $0.forEach { kill($0, SIGKILL) } } }
    }()

    private init(address: String, process: ChildProcess) {
        self.address = address
        self.process = process
    }

    static func start(_ arguments: [String]) async throws -> Sandbox {
        _ = killsAtExit
        let portFile = FileManager.default.temporaryDirectory.appending(path: "reindex-e2e-\(UUID().uuidString).port")
        defer { try? FileManager.default.removeItem(at: portFile) }
        let process = try ChildProcess(
            Servers.binaries.appending(path: "opensearch-sandbox").path,
            ["--port", "0", "--port-file", portFile.path] + arguments,
            environment: Servers.environment, in: FileManager.default.temporaryDirectory)
        _ = running.withLock { $0.insert(process.id) }
        for _ in 0..<400 {
            let text = (try? String(contentsOf: portFile, encoding: .utf8)) ?? ""
            if let port = UInt16(text.trimmingCharacters(in: .whitespacesAndNewlines)) {
                return Sandbox(address: "http://127.0.0.1:\(port)", process: process)
            }
            try await Task.sleep(for: .milliseconds(25))
        }
        process.signal(SIGKILL)
        throw Failure("the stand-in does not open its port: \(await process.wait().errors)")
    }

    func stop() async {
        process.signal(SIGKILL)
        _ = await process.wait()
        _ = Sandbox.running.withLock { $0.remove(process.id) }
    }
}
