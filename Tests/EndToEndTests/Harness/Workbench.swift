import Foundation
import Testing

/// What one test has to itself: a database, a folder to work in, and a prefix that its indices and aliases begin with.
///
/// In files of a case the prefix is written `e2e-`; it is replaced by this test's own, and put back in what is printed.
struct Workbench: Sendable {
    let target: Servers.Target
    let openSearch: String
    let database: String
    let folder: URL
    let prefix: String
    /// What `reindex` gets, and nothing else of the tests' own environment.
    var environment: [String: String]
    /// Of a PostgreSQL of the test's own: for psql.
    var postgres: [String: String] = [:]

    /// Makes the database and the folder, lends them, and removes them with every index that was made.
    static func use(
        _ target: Servers.Target, at address: String? = nil, databaseOptions: String = "",
        _ body: (inout Workbench) async throws -> Void
    ) async throws {
        await Turnstile.shared.enter()
        do {
            var bench = try await Workbench(target, at: address, databaseOptions: databaseOptions)
            do { try await body(&bench) } catch { Issue.record(error) }
            await bench.cleanUp()
        } catch { Issue.record(error) }
        await Turnstile.shared.leave()
    }

    private init(_ target: Servers.Target, at address: String?, databaseOptions: String) async throws {
        self.target = target
        let given = try await Servers.address(of: target)
        openSearch = address ?? given
        let name = String(UInt32.random(in: 0 ... .max), radix: 36)
        database = "e2e_\(name)"
        prefix = "e2e-\(name)-"
        folder = FileManager.default.temporaryDirectory.appending(path: "reindex-\(database)")
        environment = Servers.environment.filter {
            $0.key.hasPrefix("PG") || ["PATH", "HOME", "TMPDIR"].contains($0.key)
        }
        environment["PGDATABASE"] = database
        environment["OPENSEARCH_URL"] = openSearch
        environment["TZ"] = "Asia/Kolkata"  // nothing may depend on the machine's own
        try FileManager.default.createDirectory(
            at: folder.appending(path: "mappings"), withIntermediateDirectories: true)
        try await sql("create database \(database) \(databaseOptions)", database: "postgres")
    }

    private func cleanUp() async {
        try? FileManager.default.removeItem(at: folder)
        _ = try? await sql("drop database if exists \(database) with (force)", database: "postgres")
        for index in (try? await indices()) ?? [] { _ = try? await Web.request("DELETE", "\(openSearch)/\(index)") }
    }

    // MARK: PostgreSQL

    /// Runs SQL with psql and returns its lines, unaligned and without headings.
    @discardableResult
    func sql(_ text: String, database: String? = nil) async throws -> [String] {
        let file = folder.appending(path: "\(UUID().uuidString).sql")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await psql(["-f", file.path], database: database)
    }

    @discardableResult
    func psql(_ arguments: [String], database: String? = nil) async throws -> [String] {
        guard let psql = Servers.program("psql") else { throw Failure("no psql in PATH") }
        var own = Servers.environment
        own["PGDATABASE"] = database ?? self.database
        own.merge(postgres) { $1 }
        own["PGCLIENTENCODING"] = "UTF8"
        own["PGOPTIONS"] = "-c client_min_messages=warning"
        let process = try ChildProcess(
            psql, ["-XAtq", "-v", "ON_ERROR_STOP=1"] + arguments, environment: own, in: folder)
        let result = await process.wait()
        guard result.status == 0 else { throw Failure("psql: \(result.errors)") }
        return result.output.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    }

    // MARK: files and the command

    func write(_ text: String, to name: String) throws {
        let file = folder.appending(path: "mappings/\(name)")
        try Data(text.replacing("e2e-", with: prefix).utf8).write(to: file)
    }

    func start(_ arguments: [String], with more: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess(
            Servers.reindex, arguments, environment: environment.merging(more) { $1 }, in: folder)
    }

    func reindex(_ arguments: String..., with more: [String: String] = [:]) async throws -> ChildProcess.Result {
        await (try start(arguments, with: more)).wait()
    }

    /// Runs the command and expects it to be done.
    @discardableResult
    func succeed(
        _ arguments: String..., with more: [String: String] = [:], at location: SourceLocation = #_sourceLocation
    ) async throws -> ChildProcess.Result {
        let result = await (try start(arguments, with: more)).wait()
        #expect(result.status == 0, "\(arguments): \(result.errors)", sourceLocation: location)
        return result
    }

    // MARK: OpenSearch

    @discardableResult
    func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> Web.Answer {
        try await Web.request(method, "\(openSearch)/\(path)", body: body)
    }

    /// Every index of this test, hidden ones too, in order.
    func indices() async throws -> [String] {
        let answer = try await ask("GET", "\(prefix)*?expand_wildcards=all")
        return answer.object.keys.filter { $0.hasPrefix(prefix) }.sorted()
    }

    /// The indices that an alias points at.
    func alias(_ name: String) async throws -> [String] {
        let answer = try await ask("GET", "_alias/\(name.replacing("e2e-", with: prefix))")
        return answer.status == 200 ? answer.object.keys.sorted() : []
    }
}

/// Lets a few tests in at a time: each one runs several processes.
actor Turnstile {
    static let shared = Turnstile(8)
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func enter() async {
        if free > 0 { free -= 1 } else { await withCheckedContinuation { waiting.append($0) } }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
