import Foundation
import ReindexCore
import Testing

@testable import PostgresRows

// Needs a PostgreSQL that the PG* variables name: it is what ends connections and statements here.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct FailureTests {
    private static let table = """
        create table t (id int primary key, v text); insert into t select i, repeat('x', 500) from generate_series(1, 20000) i;
        """

    /// Reads a little, lets something happen, and reads on.
    private func reading(
        _ database: TestDatabase, settings: PostgresSettings? = nil, meanwhile: () async throws -> Void
    ) async throws -> (SourceError?, PostgresRowReader) {
        let source = database.source(table: "t", key: ["id"], settings: settings)
        let reader = source.reader(try await source.describe())
        try await reader.open(from: nil, through: nil)
        _ = try await reader.fetch(rowCount: 10, byteCount: 1000)
        try await meanwhile()
        return (await sourceError { _ = try await reader.rest(rowCount: 1000) }, reader)
    }

    /// Waits until the server has no connection of ours in the database.
    private func waitUntilAlone(_ database: TestDatabase) async throws {
        let query =
            "select count(*) from pg_stat_activity where datname = '\(database.name)' and application_name = 'reindex'"
        for _ in 0..<600 {
            if try await TestDatabase.psql(query, database: "postgres") == "0" { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the connection did not end")
    }

    @Test func `a connection that is cut is lost, and the reader can be opened again`() async throws {
        let database = try await TestDatabase(Self.table)
        let (error, reader) = try await reading(database) {
            try await database.run(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'reindex'"
            )
            try await waitUntilAlone(database)
        }
        #expect(error?.kind == .connectionLost)
        #expect(error?.isWorthReconnecting == true)
        try await reader.open(from: nil, through: nil)
        #expect(try await reader.rest(rowCount: 5000).reduce(0) { $0 + $1.rows.rowCount } == 20000)
        await reader.close()
    }

    @Test func `an idle-in-transaction time-out is a cancellation`() async throws {
        let database = try await TestDatabase(Self.table)
        try await database.run(
            "alter role \(database.role) set idle_in_transaction_session_timeout = 2000; grant select on t to \(database.role)"
        )
        let (error, reader) = try await reading(database, settings: database.asRole) {
            try await waitUntilAlone(database)
        }
        #expect(error?.kind == .cancelled, "\(String(describing: error))")
        await reader.close()
    }

    @Test func `a statement time-out is a cancellation, and a warning where it ends the search for null keys`()
        async throws
    {
        let database = try await TestDatabase(
            "create function slow(int) returns int language sql as 'select $1 from pg_sleep(0.01)'")
        let query = "select slow(i) as id from generate_series(1, 10000) i"
        try await database.run("alter role \(database.role) set statement_timeout = 300")
        let source = database.source(query: query, key: ["id"], settings: database.asRole)
        let description = try await source.describe()
        #expect(description.warnings.contains { $0.contains("null keys") })
        let error = await sourceError { _ = try await source.readAll(rowCount: 1000) }
        #expect(error?.kind == .cancelled)
        #expect(error?.sqlState == "57014")
    }

    @Test func `no right to read is not allowed`() async throws {
        let database = try await TestDatabase("create table t (id int primary key, v text)")
        let error = await sourceError {
            _ = try await database.source(table: "t", key: ["id"], settings: database.asRole).describe()
        }
        #expect(error?.kind == .notAllowed)
        #expect(error?.message == "permission denied for table t")
    }

    @Test func `a policy that would hide rows is refused, and the reason told`() async throws {
        let database = try await TestDatabase(
            "create table t (id int primary key, v text); insert into t values (1), (2)")
        try await database.run(
            "alter table t enable row level security; create policy p on t using (id = 1); grant select on t to \(database.role)"
        )
        let error = await sourceError {
            _ = try await database.source(table: "t", key: ["id"], settings: database.asRole).describe()
        }
        #expect(error?.kind == .notAllowed)
        #expect(error?.message.contains("row-level security") == true)
        #expect(error?.hint?.contains("BYPASSRLS") == true)
    }

    @Test func `a task that is cancelled does not wait for a slow query, and neither does close`() async throws {
        let database = try await TestDatabase()
        let query = "select i as id from generate_series(1, 3) i, pg_sleep(3600)"
        let source = database.source(query: query, key: ["id"])
        let columns = [Column(name: "id", type: .base("int4"))]
        // Described by hand, because the search for null keys would sleep as well.
        let description = SourceDescription(
            columns: columns, keyColumns: [0], children: [], keyProof: .checkedWhileReading, estimatedRows: nil,
            estimatedRowWidth: nil, isOrderedByIndex: false, queryPlan: [], hasLargeValues: false,
            server: ServerDescription(
                version: "", versionNumber: 0, database: "", systemIdentifier: nil, encoding: "", isReplica: false,
                collationVersions: [:]), warnings: [])
        for closes in [true, false] {
            let reader = source.reader(description)
            try await reader.open(from: nil, through: nil)
            let reading = Task { await sourceError { _ = try await reader.fetch(rowCount: 1, byteCount: 1) } }
            while try await database.run(
                "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()")
                == "0"
            {}
            if closes { await reader.close() } else { reading.cancel() }
            #expect(await reading.value?.kind == .connectionLost)
            await reader.close()
        }
        try await waitUntilAlone(database)
    }
}
