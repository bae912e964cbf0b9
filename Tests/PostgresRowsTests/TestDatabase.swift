import Foundation
import ReindexCore
import Synchronization
import Testing

@testable import PostgresRows

/// A database of one test's own on the server that the PG* variables name; dropped when the tests are over.
final class TestDatabase: Sendable {
    let name: String
    let role: String

    /// - Parameters:
    ///   - template: what follows `create database NAME`.
    ///   - sql: run in the new database by the superuser.
    init(_ sql: String = "", template: String = "", roleOptions: String = "") async throws {
        let suffix = String(UInt32.random(in: 0 ... .max), radix: 16)
        name = "reindex_rows_\(getpid())_\(suffix)"
        role = "reindex_role_\(getpid())_\(suffix)"
        Self.leftovers.withLock { $0 += ["drop database \(name) with (force)", "drop role \(role)"] }
        try await Self.psql("create role \(role) login \(roleOptions)", database: "postgres")
        try await Self.psql("create database \(name) \(template)", database: "postgres")
        if !sql.isEmpty { try await run(sql) }
    }

    /// What is to be run at the end.
    private static let leftovers = Mutex<[String]>([])

    /// Whether the PG* variables name a server: scripts/test starts one.
    static let isAvailable: Bool = {
        // Asked for before any test begins, which is when the environment may still be changed.
        let file = FileManager.default.temporaryDirectory.appending(path: "reindex-\(getpid()).conf")
        try? "[\(service)]\ndbname=template1\n".write(to: file, atomically: true, encoding: .utf8)
        setenv("PGSERVICEFILE", file.path, 1)
        atexit {
            let statements = TestDatabase.leftovers.withLock { $0 }
            _ = try? TestDatabase.waitForPsql(
                statements.joined(separator: ";\n"), database: "postgres", stopsOnError: false)
        }
        return ProcessInfo.processInfo.environment["PGHOST"] != nil
    }()

    /// A service of the service file that these tests run with.
    static let service = "reindex_test"

    /// Runs SQL in this database as superuser; what it prints, without headings.
    @discardableResult
    func run(_ sql: String) async throws -> String { try await Self.psql(sql, database: name) }

    /// Settings of the superuser, with more of a connection string.
    func settings(_ more: String = "") -> PostgresSettings { PostgresSettings(url: "dbname=\(name) \(more)") }

    /// Settings of the role, which has no right but what the test grants it.
    var asRole: PostgresSettings { settings("user=\(role)") }

    func source(
        table: String, key: [String], children: [DocumentRules.ChildRule] = [], settings: PostgresSettings? = nil
    ) -> PostgresSource {
        PostgresSource(
            settings: settings ?? self.settings(), rules: SourceRules(rows: .table(table), key: key), children: children
        )
    }

    func source(
        query: String, key: [String], children: [DocumentRules.ChildRule] = [], settings: PostgresSettings? = nil
    ) -> PostgresSource {
        PostgresSource(
            settings: settings ?? self.settings(), rules: SourceRules(rows: .query(query), key: key), children: children
        )
    }

    /// On a thread of its own, for a test that waits must not keep others from going on.
    @discardableResult
    static func psql(_ sql: String, database: String) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try waitForPsql(sql, database: database, stopsOnError: true) })
            }
        }
    }

    private static func waitForPsql(_ sql: String, database: String, stopsOnError: Bool) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=\(stopsOnError ? 1 : 0)", "-d", database,
        ]
        let input = Pipe(), output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data(sql.utf8))
        try input.fileHandleForWriting.close()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "psql failed on: \(sql.prefix(200))")
        return String(decoding: printed, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}

extension RowStorage {
    /// The values of one row, copied.
    func values(_ row: Int) -> [[UInt8]?] {
        withUnsafeTemporaryAllocation(of: FieldBytes.self, capacity: columnCount) { fields in
            copyFields(ofRow: row, to: fields.baseAddress!)
            return fields.map { field in field.start.map { [UInt8](UnsafeBufferPointer(start: $0, count: field.count)) }
            }
        }
    }

    func text(_ row: Int, _ column: Int) -> String? { values(row)[column].map { String(decoding: $0, as: UTF8.self) } }

    /// A value of int2, int4 or int8.
    func integer(_ row: Int, _ column: Int) -> Int? {
        values(row)[column].map { bytes in
            let raw = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let shift = UInt64(64 - 8 * bytes.count)
            return Int(Int64(bitPattern: raw << shift) >> Int64(shift))
        }
    }
}

extension PostgresSource {
    /// Describes and reads everything, in batches of this size.
    func readAll(
        rowCount: Int = 100, byteCount: Int = 1 << 20, from place: KeyPlace? = nil, through end: KeyPlace? = nil
    ) async throws -> [FetchedRows] {
        let reader = reader(try await describe())
        var batches: [FetchedRows] = []
        do {
            try await reader.open(from: place, through: end)
            while let batch = try await reader.fetch(rowCount: rowCount, byteCount: byteCount) { batches.append(batch) }
        } catch {
            await reader.close()
            throw error
        }
        await reader.close()
        return batches
    }
}

extension [FetchedRows] {
    /// Something of each row, in order.
    func map<Value>(rows: (any RowStorage, Int) -> Value) -> [Value] {
        flatMap { batch in (0..<batch.rows.rowCount).map { rows(batch.rows, $0) } }
    }

    /// The place of each row, by its key columns.
    func places(_ keyColumns: [Int]) -> [KeyPlace] {
        map { rows, row in
            let values = rows.values(row)
            return KeyPlace(values: keyColumns.map { values[$0]! }, text: [])
        }
    }
}

/// The error that the work ends with.
func sourceError(_ work: () async throws -> Void) async -> SourceError? {
    do {
        try await work()
        return nil
    } catch {
        return error as? SourceError
    }
}
