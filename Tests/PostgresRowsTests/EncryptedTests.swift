import Foundation
import ReindexCore
import Testing

@testable import PostgresRows

// An encrypted connection's rows are read by libpq, all others by the WireChannel: both have to bring the same.
@Suite(.enabled(if: TestDatabase.isAvailable && EncryptedServer.hasOpenSSL), .serialized) struct EncryptedTests {
    @Test func `rows, large ones and children too, are the same over TLS`() async throws {
        let server = try EncryptedServer()
        defer { server.stop() }
        try server.psql(
            """
            create table t (id int primary key, v text, n numeric);
            insert into t select i, case when i % 7 > 0 then repeat('ä', i % 50) end, i / 3.0 from generate_series(1, 5000) i;
            create table large (id int primary key, v text); insert into large select i, 'small' from generate_series(1, 300) i;
            update large set v = repeat('x', 3000000) where id in (7, 8, 290);
            create table child (t_id int, n int); insert into child select 1 + i % 4000, i from generate_series(1, 20000) i;
            """)
        let child = DocumentRules.ChildRule(
            name: "c", query: "select t_id, n from child where t_id = any($1) order by t_id, n", parent: ["t_id"])
        for (table, children) in [("t", []), ("t", [child]), ("large", []), ("large", [child])] {
            let plain = try await server.read(table, children, "sslmode=disable")
            let encrypted = try await server.read(table, children, "sslmode=require")
            #expect(plain == encrypted)
            #expect(plain[0].count == (table == "t" ? 5000 : 300))
            #expect(children.isEmpty || plain[1].count == (table == "t" ? 20000 : 1500))
        }
    }

    @Test func `a connection over TLS that is cut is lost, and can be opened again`() async throws {
        let server = try EncryptedServer()
        defer { server.stop() }
        try server.psql(
            "create table t (id int primary key, v text); insert into t select i, repeat('v', 900) from generate_series(1, 50000) i"
        )
        let source = server.source("t", [], "sslmode=require")
        let reader = source.reader(try await source.describe())
        try await reader.open(from: nil, through: nil)
        _ = try await reader.fetch(rowCount: 100, byteCount: 1 << 20)
        try server.psql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'reindex'")
        let error = await sourceError { while try await reader.fetch(rowCount: 1000, byteCount: 1 << 20) != nil {} }
        #expect(error?.kind == .connectionLost)
        try await reader.open(from: nil, through: nil)
        var count = 0
        while let batch = try await reader.fetch(rowCount: 1000, byteCount: 1 << 20) { count += batch.rows.rowCount }
        #expect(count == 50000)
        await reader.close()
    }
}

/// A PostgreSQL of its own that speaks TLS, by `scripts/postgres`.
struct EncryptedServer {
    private static let script = URL(filePath: #filePath).appending(path: "../../../scripts/postgres").standardized
    private let folder: URL
    private let host: String
    private let port: String

    static let hasOpenSSL = (try? shell("command -v openssl")) != nil

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "reindex-tls-\(UUID().uuidString)")
        let exports = try Self.shell(
            """
            mkdir -p '\(folder.path)' && chmod a+rx '\(folder.path)' && cd '\(folder.path)'
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem 2>&1 > /dev/null
            if [ "$(id -u)" = 0 ]; then chown postgres key.pem cert.pem; fi
            chmod 600 key.pem
            # A server that keeps what this process is watched by would be waited for.
            for each in /proc/self/fd/*; do if [ "${each##*/}" -gt 2 ]; then eval "exec ${each##*/}>&-"; fi; done
            POSTGRES_EXTRA="ssl = on
            ssl_cert_file = '$PWD/cert.pem'
            ssl_key_file = '$PWD/key.pem'" '\(Self.script.path)' start "$PWD/server"
            """)
        func value(_ name: String) -> String {
            let word = exports.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("\(name)=") }
            return String(word?.dropFirst(name.count + 1) ?? "")
        }
        (host, port) = (value("PGHOST"), value("PGPORT"))
    }

    func stop() {
        _ = try? Self.shell("'\(Self.script.path)' stop '\(folder.path)/server'; rm -rf '\(folder.path)'")
    }

    func psql(_ sql: String) throws {
        try Self.shell("psql -XqAt -v ON_ERROR_STOP=1 -h '\(host)' -p \(port) -U postgres -d postgres", input: sql)
    }

    func source(_ table: String, _ children: [DocumentRules.ChildRule], _ more: String) -> PostgresSource {
        let settings = PostgresSettings(
            url: "host=127.0.0.1 port=\(port) user=postgres dbname=postgres \(more)")
        return PostgresSource(
            settings: settings, rules: SourceRules(rows: .table(table), key: ["id"]), children: children)
    }

    /// The values of all rows, and of all children of the one child.
    func read(
        _ table: String, _ children: [DocumentRules.ChildRule], _ more: String
    ) async throws -> [[[[UInt8]?]]] {
        let batches = try await source(table, children, more).readAll(rowCount: 700, byteCount: 200_000)
        let rows = batches.map { $0.values($1) }
        let found = batches.flatMap { batch in
            batch.children.flatMap { child in (0..<child.rowCount).map { child.values($0) } }
        }
        return [rows, found]
    }

    @discardableResult
    private static func shell(_ text: String, input: String = "") throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["bash", "-euo", "pipefail", "-c", text]
        let output = Pipe(), given = Pipe()
        process.standardInput = given
        process.standardOutput = output
        try process.run()
        given.fileHandleForWriting.write(Data(input.utf8))
        try given.fileHandleForWriting.close()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: printed, as: UTF8.self)
    }
}
