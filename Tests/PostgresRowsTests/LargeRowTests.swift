import Foundation
import ReindexCore
import Testing

@testable import PostgresRows

// Needs a PostgreSQL that the PG* variables name: large values are stored and sent by it.
@Suite(.enabled(if: TestDatabase.isAvailable), .serialized) struct LargeRowTests {
    @Test func `rows are taken singly where they may be large, and enough bytes end a batch`() async throws {
        let database = try await TestDatabase(
            """
            create table t (id int primary key, v text, w text);
            insert into t select i, repeat('s', 100), null from generate_series(1, 3000) i;
            update t set v = repeat('x', 5000000), w = '' where id in (700, 701, 2999);
            """)
        let source = database.source(table: "t", key: ["id"])
        #expect(try await source.describe().hasLargeValues)
        let batches = try await source.readAll(rowCount: 1000, byteCount: 20_000)
        #expect(batches.map { $0.integer($1, 0) } == Array(1...3000))
        #expect(batches.allSatisfy { $0.rows.byteCount <= 20_000 + 5_000_010 })
        #expect(batches.filter { $0.rows.byteCount > 5_000_000 }.count == 3)
        let lengths = batches.map { $0.text($1, 1)?.utf8.count }
        #expect(lengths.enumerated().allSatisfy { $1 == ([700, 701, 2999].contains($0 + 1) ? 5_000_000 : 100) })
        #expect(batches.map { $0.text($1, 2) }[700] == "")
        #expect(batches.map { $0.text($1, 2) }[0] == nil)
    }

    @Test func `rows of 60 MB among small ones come one a batch`() async throws {
        let database = try await TestDatabase(
            """
            create table t (id int primary key, v text); insert into t select i, 'small' from generate_series(1, 100) i;
            update t set v = repeat('x', 60000000) where id in (10, 11, 12, 50, 100);
            """)
        let source = database.source(table: "t", key: ["id"])
        let reader = source.reader(try await source.describe())
        try await reader.open(from: nil, through: nil)
        var ids: [Int] = []
        var largest = 0
        while let batch = try await reader.fetch(rowCount: 1000, byteCount: 1 << 20) {
            ids += (0..<batch.rows.rowCount).map { batch.rows.integer($0, 0)! }
            largest = max(largest, batch.rows.byteCount)
        }
        await reader.close()
        #expect(ids == Array(1...100))
        #expect(largest < 61_100_000)
    }
}
