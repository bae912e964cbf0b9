import Foundation
import ReindexCore
import Testing

@testable import PostgresRows

// Needs pgbouncer in PATH or /usr/sbin, and a PostgreSQL that the PG* variables name: what a pooler lets through is its own.
@Suite(.enabled(if: TestDatabase.isAvailable && PgBouncer.program != nil)) struct PgBouncerTests {
    @Test func `rows and children are read through a pooler in transaction mode`() async throws {
        let database = try await TestDatabase(
            """
            create table t (id int primary key, at timestamptz); insert into t select i, now() from generate_series(1, 500) i;
            create table r (t_id int, n int); insert into r select i, i from generate_series(1, 500) i; analyze;
            """)
        let pooler = try PgBouncer()
        let child = DocumentRules.ChildRule(
            name: "r", query: "select t_id, n from r where t_id = any($1)", parent: ["t_id"])
        let settings = database.settings("host=127.0.0.1 port=\(pooler.port)")
        let plain = database.source(table: "t", key: ["id"], settings: settings)
        #expect(try await plain.readAll(rowCount: 90).map { $0.integer($1, 0) } == Array(1...500))
        let source = database.source(table: "t", key: ["id"], children: [child], settings: settings)
        let reader = source.reader(try await source.describe())
        try await reader.open(from: nil, through: nil)
        let first = try #require(try await reader.fetch(rowCount: 100, byteCount: 1000))
        // The transaction ends, and the pooler may give the connection to somebody else.
        try await reader.open(from: [first].places([0]).last, through: nil)
        let rest = try await reader.rest(rowCount: 100)
        #expect(rest.map { $0.integer($1, 0) } == Array(100...500))
        #expect(rest.reduce(0) { $0 + $1.children[0].rowCount } == 401)
        await reader.close()
        let row = try await source.row(atKey: ["7"])
        #expect(row?.children[0].rowCount == 1)
        // Nothing that was set stays behind on the server's connection.
        let connection = try PostgresConnection.open(settings)
        let left = try connection.run(Statement("select current_setting('row_security')"), doing: "asking")
        #expect(left.text(0, 0) == "on")
    }

    @Test func `who cannot connect through it learns why`() async throws {
        let pooler = try PgBouncer()
        let settings = PostgresSettings(url: "host=127.0.0.1 port=\(pooler.port) dbname=reindex_not_there")
        do throws(SourceError) {
            _ = try PostgresConnection.open(settings)
            Issue.record("connected")
        } catch {
            #expect([.authentication, .unreachable].contains(error.kind))
            #expect(error.message.contains("reindex_not_there"))
        }
    }
}

/// A pgbouncer of one test's own, in transaction mode with one connection for each database.
final class PgBouncer {
    static let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    let port = Int.random(in: 20000..<30000)
    private let process = Process()
    private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        let user = environment["PGUSER"] ?? NSUserName()
        try "\"\(user)\" \"\"\n".write(to: folder.appending(path: "users"), atomically: true, encoding: .utf8)
        try """
        [databases]
        * = host=\(environment["PGHOST"] ?? "") port=\(environment["PGPORT"] ?? "5432")
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = \(port)
        unix_socket_dir =
        auth_type = trust
        auth_file = \(folder.path)/users
        pool_mode = transaction
        default_pool_size = 1
        """.write(to: folder.appending(path: "pgbouncer.ini"), atomically: true, encoding: .utf8)
        process.executableURL = URL(filePath: Self.program ?? "")
        // It refuses to run as root.
        process.arguments = ["-q"] + (getuid() == 0 ? ["-u", "nobody"] : []) + [folder.path + "/pgbouncer.ini"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        for _ in 0..<200 where !answers { usleep(20_000) }
        try #require(answers, "pgbouncer did not start")
    }

    deinit {
        // Not SIGTERM: a process that was started on a thread of Dispatch has it blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    private var answers: Bool {
        (try? PostgresConnection.open(PostgresSettings(url: "host=127.0.0.1 port=\(port) dbname=postgres"))) != nil
    }
}
