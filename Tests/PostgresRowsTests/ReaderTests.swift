import ReindexCore
import Testing

@testable import PostgresRows

// Needs a PostgreSQL that the PG* variables name: keys, orders and binary forms are the server's own.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct ReaderTests {
    @Test func `a table is read in key order, in batches`() async throws {
        let database = try await TestDatabase(
            "create table t (id bigint primary key, name text); insert into t select i, 'n' || i from generate_series(1, 1000) i"
        )
        let batches = try await database.source(table: "t", key: ["id"]).readAll(rowCount: 300)
        #expect(batches.map(\.rows.rowCount) == [300, 300, 300, 100])
        #expect(batches.map { $0.integer($1, 0) } == Array(1...1000))
        #expect(batches[3].rows.text(99, 1) == "n1000")
    }

    @Test(arguments: [1, 2, 3, 7, 100])
    func `batches of any size bring all rows`(rowCount: Int) async throws {
        let database = try await TestDatabase(
            "create table t (id int primary key); insert into t select generate_series(1, 14)")
        let batches = try await database.source(table: "t", key: ["id"]).readAll(rowCount: rowCount)
        #expect(batches.map { $0.integer($1, 0) } == Array(1...14))
    }

    @Test func `an empty table ends at once, and again`() async throws {
        let database = try await TestDatabase("create table t (id int primary key)")
        let source = database.source(table: "t", key: ["id"])
        let reader = source.reader(try await source.describe())
        try await reader.open(from: nil, through: nil)
        #expect(try await reader.fetch(rowCount: 10, byteCount: 1000) == nil)
        #expect(try await reader.fetch(rowCount: 10, byteCount: 1000) == nil)
        await reader.close()
        await reader.close()
    }

    @Test func `null and empty values are told apart`() async throws {
        let database = try await TestDatabase(
            "create table t (id int primary key, v text); insert into t values (1, ''), (2, null)")
        let batches = try await database.source(table: "t", key: ["id"]).readAll()
        #expect(batches[0].rows.values(0)[1] == [])
        #expect(batches[0].rows.values(1)[1] == nil)
    }

    @Test(arguments: KeyCase.all)
    func `reading goes on at every place and ends at every place`(key: KeyCase) async throws {
        let database = try await TestDatabase(key.sql)
        let source = database.source(table: "t", key: key.columns)
        let description = try await source.describe()
        let expected = try await database.run(
            "select n from t order by \(key.columns.map(\.quotedIdentifier).joined(separator: ", "))"
        ).split(separator: "\n")
        let n = try #require(description.columns.firstIndex { $0.name == "n" })
        let all = try await source.readAll()
        let order = all.map { $0.integer($1, n) }
        #expect(order == expected.map { Int($0) })
        let places = all.places(description.keyColumns)
        let reader = source.reader(description)
        for (index, place) in places.enumerated() {
            try await reader.open(from: place, through: nil)
            let rest = try await reader.rest()
            #expect(rest.map { $0.integer($1, n) } == Array(order[index...]))
            try await reader.open(from: nil, through: place)
            let first = try await reader.rest()
            #expect(first.map { $0.integer($1, n) } == Array(order[...index]))
        }
        try await reader.open(from: places[2], through: places[4])
        #expect(try await reader.rest().map { $0.integer($1, n) } == Array(order[2...4]))
        await reader.close()
    }

    @Test func `a new snapshot sees what was written since, on the same connection`() async throws {
        let database = try await TestDatabase(
            "create table t (id int primary key); insert into t select generate_series(1, 50)")
        let source = database.source(table: "t", key: ["id"])
        let reader = source.reader(try await source.describe())
        try await reader.open(from: nil, through: nil)
        let first = try #require(try await reader.fetch(rowCount: 5, byteCount: 1000))
        try await database.run("insert into t values (51); delete from t where id = 30")
        let rest = try await reader.rest()
        #expect(rest.map { $0.integer($1, 0) } == Array(6...50))
        let place = try #require([first].places([0]).last)
        try await reader.open(from: place, through: nil)
        #expect(try await reader.rest().map { $0.integer($1, 0) } == Array(5...51).filter { $0 != 30 })
        await reader.close()
    }

    @Test func `a reader can be opened again in the middle of a cursor and after it was closed`() async throws {
        let database = try await TestDatabase(
            "create table t (id int primary key); insert into t select generate_series(1, 5000)")
        let source = database.source(table: "t", key: ["id"])
        let reader = source.reader(try await source.describe())
        for _ in 0..<3 {
            try await reader.open(from: nil, through: nil)
            #expect(try await reader.fetch(rowCount: 1000, byteCount: 1 << 20)?.rows.rowCount == 1000)
        }
        await reader.close()
        try await reader.open(from: nil, through: nil)
        #expect(try await reader.rest().reduce(0) { $0 + $1.rows.rowCount } == 5000)
        await reader.close()
    }

    @Test func `a comment at the end of a query swallows nothing`() async throws {
        let database = try await TestDatabase()
        let source = database.source(query: "select i as id from generate_series(1, 3) i -- all of them", key: ["id"])
        #expect(try await source.readAll().map { $0.integer($1, 0) } == [1, 2, 3])
    }

    @Test func `types without a binary rule come as text`() async throws {
        let database = try await TestDatabase(
            "create table t (id int primary key, v tsvector, m money); insert into t values (1, 'a b', 12.5)")
        let batches = try await database.source(table: "t", key: ["id"]).readAll()
        #expect(batches[0].rows.text(0, 1) == "'a' 'b'")
    }

    @Test func `a column that changed after it was described is not read`() async throws {
        let database = try await TestDatabase("create table t (id int primary key, v int); insert into t values (1, 1)")
        let source = database.source(table: "t", key: ["id"])
        let reader = source.reader(try await source.describe())
        try await database.run("alter table t alter v type bigint")
        let early = await sourceError { try await reader.open(from: nil, through: nil) }
        #expect(early?.kind == .query(position: nil))
        let second = source.reader(try await source.describe())
        try await second.open(from: nil, through: nil)
        _ = try await second.rest()
        await second.close()
        try await database.run("alter table t alter v type text")
        let late = await sourceError {
            try await second.open(from: nil, through: nil)
            _ = try await second.rest()
        }
        #expect(late?.kind == .query(position: nil))
        await second.close()
    }

    @Test func `one row can be had by its key as text`() async throws {
        let database = try await TestDatabase(
            "create table t (a uuid, b timestamptz, v text, primary key (a, b));"
                + "insert into t values ('00000000-0000-0000-0000-00000000000a', '2026-01-02 03:04:05.6+00', 'yes')")
        let source = database.source(table: "t", key: ["a", "b"])
        let row = try await source.row(atKey: ["00000000-0000-0000-0000-00000000000A", "2026-01-02 03:04:05.6"])
        #expect(row?.rows.text(0, 2) == "yes")
        #expect(try await source.row(atKey: ["00000000-0000-0000-0000-00000000000b", "2026-01-02"]) == nil)
        let error = await sourceError { _ = try await source.row(atKey: ["1"]) }
        #expect(error?.kind == .key("a, b"))
    }
}

extension PostgresRowReader {
    /// In a snapshot of its own.
    func open(from place: KeyPlace?, through end: KeyPlace?) async throws(SourceError) {
        let start = place.map { .at($0) } ?? KeyRange.Start.beginning
        _ = try await open(KeyRange(start: start, through: end), in: .new(isExported: false))
    }

    func rest(rowCount: Int = 7, byteCount: Int = 1 << 20) async throws -> [FetchedRows] {
        var batches: [FetchedRows] = []
        while let batch = try await fetch(rowCount: rowCount, byteCount: byteCount) { batches.append(batch) }
        return batches
    }
}

/// A table `t` with a key and a number `n`.
struct KeyCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let columns: [String]
    let sql: String

    private init(_ name: String, _ type: String, _ values: [String], before: String = "") {
        testDescription = name
        columns = ["k"]
        let rows = values.enumerated().map { "(\($1), \($0))" }.joined(separator: ", ")
        sql = "\(before); create table t (k \(type) primary key, n int); insert into t values \(rows)"
    }

    private init(_ name: String, columns: [String], _ sql: String) {
        testDescription = name
        self.columns = columns
        self.sql = sql
    }

    private static let words = ["'a'", "'B'", "'ä'", "'Z'", "'b-c'", "'bc'", "''", "'😀'", "'A'", "' a'"]

    static let all: [KeyCase] = [
        KeyCase("bigint", "bigint", ["5", "-9223372036854775808", "0", "9223372036854775807", "7"]),
        KeyCase("smallint", "smallint", ["5", "-3", "0", "32767", "7"]),
        KeyCase("numeric", "numeric", ["1.50", "-0.001", "99999999999999999999", "0", "'NaN'", "'-Infinity'"]),
        KeyCase("uuid", "uuid", (0..<8).map { _ in "gen_random_uuid()" }),
        KeyCase("text", "text", words),
        KeyCase("text under ICU", "text collate \"de-x-icu\"", words),
        KeyCase("text under C", "text collate \"C\"", words),
        KeyCase(
            "text that ignores case", "text collate nocase", ["'a'", "'B'", "'ä'", "'Z'", "'b-c'", "'bc'", "''"],
            before: "create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"),
        KeyCase("char(n)", "char(5)", ["'a'", "'b'", "''", "'abcde'", "'B'"]),
        KeyCase(
            "timestamptz", "timestamptz",
            ["'2026-01-01 00:00:00.000001+02'", "'-infinity'", "'0044-03-15 BC'", "'infinity'", "'20000-01-01'"]),
        KeyCase(
            "timestamp", "timestamp",
            ["'2026-01-01'", "'2025-01-01'", "'1999-01-01 10:00'", "'infinity'", "'2000-01-01'"]),
        KeyCase("date", "date", ["'2026-01-01'", "'2025-01-01'", "'1999-01-01'", "'0001-01-01 BC'", "'infinity'"]),
        KeyCase("double precision", "double precision", ["1.5", "-2", "'NaN'", "'infinity'", "0"]),
        KeyCase("bytea", "bytea", ["'\\x00'", "'\\xff'", "''", "'\\x0001'", "'\\x61'"]),
        KeyCase("inet", "inet", ["'10.0.0.1'", "'::1'", "'10.0.0.0/8'", "'192.168.0.1'", "'1.1.1.1'"]),
        KeyCase(
            "enum", "mood", ["'sad'", "'ok'", "'happy'", "'wild'", "'calm'"],
            before: "create type mood as enum ('wild', 'sad', 'ok', 'happy', 'calm')"),
        KeyCase(
            "domain", "positive", ["5", "3", "9", "1", "7"],
            before: "create domain positive as bigint check (value > 0)"),
        KeyCase(
            "tenant, text under ICU and time", columns: ["tenant", "Name", "at"],
            """
            create table t (n serial, "Name" text collate "de-x-icu", at timestamptz, tenant int, primary key (tenant, "Name", at));
            insert into t (tenant, "Name", at) select i % 2, (array['ä', 'a', 'B'])[1 + i % 3], '2026-01-01'::date - i
            from generate_series(1, 12) i
            """),
    ]
}
