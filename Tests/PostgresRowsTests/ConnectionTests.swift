import Foundation
import ReindexCore
import Testing

@testable import PostgresRows

// Needs a PostgreSQL that the PG* variables name: connecting to it, and being refused by it.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct ConnectionTests {
    private func error(_ settings: PostgresSettings) -> SourceError? {
        do throws(SourceError) {
            _ = try PostgresConnection.open(settings)
            return nil
        } catch {
            return error
        }
    }

    @Test func `who cannot connect learns why`() async throws {
        #expect(error(PostgresSettings(url: "host=127.0.0.1 port=1"))?.kind == .unreachable)
        #expect(error(PostgresSettings(url: "host=/nowhere"))?.kind == .unreachable)
        let noDatabase = error(PostgresSettings(url: "dbname=reindex_not_there"))
        #expect(noDatabase?.kind == .authentication)
        #expect(noDatabase?.sqlState == "3D000")
        #expect(noDatabase?.message.contains("reindex_not_there") == true)
        #expect(error(PostgresSettings(url: "dbname=postgres user=reindex_nobody"))?.kind == .authentication)
    }

    @Test func `a database that may not be entered is not allowed`() async throws {
        let database = try await TestDatabase()
        try await database.run("revoke connect on database \(database.name) from public")
        #expect(error(database.asRole)?.kind == .notAllowed)
    }

    @Test func `a URL that cannot be read is refused without quoting it`() {
        for url in [
            "postgresql://me:geheim@[half", "me:geheim@host/db", "password=geheim dbname", "postgresql://%zzgeheim",
            "postgresql://me:12/geheim@host/db", "postgresql://me:a@geheim@host/db", "postgresql://me:geheim?@host/db",
            "postgresql://host:geheim/db",
        ] {
            let error = error(PostgresSettings(url: url))
            #expect(error?.kind == .unsupported)
            #expect(error?.message.contains("geheim") == false)
        }
    }

    @Test func `connections are named reindex, whatever the URL says`() async throws {
        let database = try await TestDatabase()
        let connection = try PostgresConnection.open(database.settings("application_name=other"))
        let name = try connection.run(Statement("select current_setting('application_name')"), doing: "asking")
        #expect(name.text(0, 0) == "reindex")
    }

    @Test func `the password command is run at each connect and its first line is the password`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let log = folder.appending(path: "log").path
        let database = try await TestDatabase()
        let settings = PostgresSettings(
            url: "dbname=\(database.name)", passwordCommand: "echo called >> '\(log)'; printf 'one two\\nthree\\n'")
        _ = try PostgresConnection.open(settings)
        _ = try PostgresConnection.open(settings)
        #expect(try String(contentsOfFile: log, encoding: .utf8) == "called\ncalled\n")
        #expect(try PasswordCommand(command: "printf 'one two\\r\\nthree\\n'").password() == "one two")
    }

    @Test func `a password command that fails tells its status and nothing of its output`() {
        for (command, words) in [
            ("echo geheim; exit 3", "status 3"), ("true", "no password"), ("kill -9 $$", "signal 9"),
        ] {
            let error = error(PostgresSettings(passwordCommand: command))
            #expect(error?.kind == .authentication)
            #expect(error?.message.contains(words) == true)
            #expect(error?.message.contains("geheim") == false)
        }
    }

    @Test func `a service file's settings are used`() async throws {
        let connection = try PostgresConnection.open(PostgresSettings(url: "service=\(TestDatabase.service)"))
        let name = try connection.run(
            Statement("select current_database(), current_setting('TimeZone')"), doing: "asking")
        #expect(name.text(0, 0) == "template1")
    }

    @Test func `a wrong password is an authentication error`() async throws {
        // scripts/postgres asks members of this role for their password over TCP; other servers may trust everybody.
        let exists = try await TestDatabase.psql(
            "select 1 from pg_hba_file_rules where 'password_required' = any(user_name) or '+password_required' = any(user_name)",
            database: "postgres")
        guard !exists.isEmpty else { return }
        let database = try await TestDatabase()
        try await database.run(
            """
            do $$ begin create role password_required; exception when duplicate_object or unique_violation then end $$;
            grant password_required to \(database.role); alter role \(database.role) password 'right';
            """)
        let tcp = "host=127.0.0.1 user=\(database.role)"
        let wrong = error(database.settings(tcp + " password=wrong"))
        #expect(wrong?.kind == .authentication)
        #expect(wrong?.sqlState == "28P01")
        #expect(wrong?.message.contains("wrong") == false)
        var settings = database.settings(tcp + " password=wrong")
        settings.passwordCommand = "echo right"
        #expect(error(settings) == nil)
    }

    @Test func `a database in SQL_ASCII is refused, one in LATIN1 is read as UTF-8`() async throws {
        let ascii = try await TestDatabase(
            "create table t (id int primary key)", template: "template template0 encoding SQL_ASCII locale 'C'")
        let error = await sourceError { _ = try await ascii.source(table: "t", key: ["id"]).describe() }
        #expect(error?.kind == .unsupported)
        #expect(error?.message.contains("SQL_ASCII") == true)
        let latin = try await TestDatabase(
            "set client_encoding = utf8; create table t (id int primary key, \"größe\" text); insert into t values (1, 'Zoë')",
            template: "template template0 encoding LATIN1 locale 'C'")
        let batches = try await latin.source(table: "t", key: ["id"]).readAll()
        #expect(batches[0].rows.text(0, 1) == "Zoë")
        #expect(try await latin.source(table: "t", key: ["id"]).describe().columns[1].name == "größe")
    }

    @Test func `settings are pinned in the transaction and nowhere else`() async throws {
        let database = try await TestDatabase("create schema s")
        try await database.run(
            "alter role \(database.role) set timezone = 'Asia/Tokyo'; alter role \(database.role) set datestyle = 'German'"
        )
        try await database.run("alter role \(database.role) set search_path = s, public")
        let connection = try PostgresConnection.open(database.asRole)
        let query = """
            select current_setting('TimeZone'), current_setting('DateStyle'), current_setting('search_path'),
                current_setting('row_security'), current_setting('cursor_tuple_fraction'), current_setting('transaction_read_only'),
                current_setting('transaction_isolation')
            """
        try Snapshot(searchPath: SearchPath()).begin(on: connection)
        let pinned = try connection.run(Statement(query), doing: "asking")
        #expect(
            (0..<7).map { pinned.text(0, $0) } == ["UTC", "ISO, YMD", "s, public", "off", "1", "on", "repeatable read"])
        _ = try connection.run(Statement("rollback"), doing: "asking")
        let after = try connection.run(Statement(query), doing: "asking")
        #expect(after.text(0, 0) == "Asia/Tokyo")
        #expect(after.text(0, 3) == "on")
    }

    @Test func `the search path is read once and is then the same`() async throws {
        let database = try await TestDatabase()
        let snapshot = Snapshot(searchPath: SearchPath())
        for path in ["one, two", "three"] {
            let connection = try PostgresConnection.open(database.settings())
            _ = try connection.run(Statement("set search_path = \(path)"), doing: "asking")
            try snapshot.begin(on: connection)
            let pinned = try connection.run(Statement("select current_setting('search_path')"), doing: "asking")
            #expect(pinned.text(0, 0) == "one, two")
        }
    }
}
