import ReindexCore
import Testing

@testable import PostgresRows

// Needs a PostgreSQL that the PG* variables name: samples, orders and exported snapshots are the server's own.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct SliceTests {
    /// Reads the ranges between the cuts, each with the number of its rows' column `n`.
    private func parts(_ reader: PostgresRowReader, _ cuts: [KeyPlace], _ n: Int) async throws -> [[Int]] {
        var parts: [[Int]] = []
        let ends = cuts.map { $0 as KeyPlace? } + [nil]
        for (start, end) in zip([nil] + cuts.map { $0 as KeyPlace? }, ends) {
            let range = KeyRange(start: start.map { .after($0) } ?? .beginning, through: end)
            _ = try await reader.open(range, in: .new(isExported: false))
            parts.append(
                try await reader.rest(rowCount: 1000).map { $0.integer($1, n) ?? -1 })
        }
        return parts
    }

    @Test(arguments: KeyCase.all) func `a key of any type is cut, and the parts are the whole`(key: KeyCase)
        async throws
    {
        let database = try await TestDatabase(key.sql + "; analyze t")
        let source = database.source(table: "t", key: key.columns)
        let description = try await source.describe()
        let reader = source.reader(description)
        let cuts = try await reader.cuts(3, of: .all)
        #expect(cuts.count == 2)
        let n = try #require(description.columns.firstIndex { $0.name == "n" })
        let parts = try await parts(reader, cuts, n)
        let whole = try await source.readAll().map { $0.integer($1, n) }
        #expect(parts.flatMap { $0 } == whole)
        let sizes = parts.map(\.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1, "\(sizes)")
        await reader.close()
    }

    static let skewed = [
        "sparse": "select (n::bigint * n * n) from generate_series(1, 60000) n",
        "most keys together":
            "select case when n <= 59000 then n else n::bigint * 1000000007 end from generate_series(1, 60000) n",
        "scattered": "select ('x' || substr(md5(n::text), 1, 15))::bit(60)::bigint from generate_series(1, 60000) n",
    ]

    @Test(arguments: skewed.keys.sorted()) func `parts of a skewed or sparse key are about equal`(name: String)
        async throws
    {
        let database = try await TestDatabase(
            "create table t (k bigint primary key, n int); insert into t (k) \(Self.skewed[name] ?? ""); analyze t")
        let source = database.source(table: "t", key: ["k"])
        let reader = source.reader(try await source.describe())
        let cuts = try await reader.cuts(8, of: .all)
        #expect(cuts.count == 7)
        let places = cuts.map { $0.text[0] }.joined(separator: ", ")
        let counts = try await database.run(
            "select count(*) from t group by width_bucket(k - 1, array[\(places)]::bigint[])"
        ).split(separator: "\n").compactMap { Int($0) }
        #expect(counts.count == 8 && counts.allSatisfy { (4500...10500).contains($0) }, "\(counts)")
        // A part of it is cut as well.
        let half = try await reader.cuts(2, of: KeyRange(start: .after(cuts[1]), through: cuts[5]))
        #expect(half.count == 1)
        let between = try await database.run(
            "select count(*) filter (where k <= \(half[0].text[0])) * 100 / count(*) from t "
                + "where k > \(cuts[1].text[0]) and k <= \(cuts[5].text[0])")
        #expect((35...65).contains(Int(between) ?? 0), "\(between) %")
        await reader.close()
    }

    @Test func `a key of few tenants is cut within a tenant`() async throws {
        let database = try await TestDatabase(
            """
            create table t (tenant int, id uuid default gen_random_uuid(), n int, primary key (tenant, id));
            insert into t (tenant) select case when n <= 50000 then 7 else n % 5 end from generate_series(1, 60000) n;
            analyze t
            """)
        let source = database.source(table: "t", key: ["tenant", "id"])
        let reader = source.reader(try await source.describe())
        let cuts = try await reader.cuts(4, of: .all)
        #expect(cuts.count == 3 && cuts.allSatisfy { $0.text[0] == "7" }, "\(cuts.map(\.text))")
        await reader.close()
    }

    @Test func `a query is cut by the table that its key is of`() async throws {
        let database = try await TestDatabase(
            """
            create table brands (id int primary key, name text);
            create table t (id bigint primary key, brand int);
            insert into brands select n, 'b' || n from generate_series(1, 10) n;
            insert into t select n, n % 10 from generate_series(1, 50000) n;
            analyze
            """)
        let query = "select t.*, b.name from t left join brands b on b.id = t.brand"
        let source = database.source(query: query, key: ["id"])
        let reader = source.reader(try await source.describe())
        #expect(try await reader.cuts(4, of: .all).count == 3)
        await reader.close()
    }

    @Test(
        arguments: [
            "select id + 0 as id from t", "select id, brand from t order by brand limit 90000",
            "select id, row_number() over (order by brand) as r from t",
        ])
    func `a query whose parts cost as much as the whole is not cut`(query: String) async throws {
        let database = try await TestDatabase(
            """
            create table t (id bigint primary key, brand int);
            insert into t select n, n from generate_series(1, 100000) n;
            analyze
            """)
        let source = database.source(query: query, key: ["id"])
        let reader = source.reader(try await source.describe())
        #expect(try await reader.cuts(8, of: .all).isEmpty)
        await reader.close()
    }

    @Test func `an empty table is not cut`() async throws {
        let database = try await TestDatabase("create table t (id int primary key)")
        let source = database.source(table: "t", key: ["id"])
        let reader = source.reader(try await source.describe())
        #expect(try await reader.cuts(4, of: .all).isEmpty)
        await reader.close()
    }

    // MARK: Snapshots

    private func ids(_ reader: PostgresRowReader) async throws -> [Int] {
        try await reader.rest().map { $0.integer($1, 0) ?? -1 }
    }

    @Test func `a second reader joins the first one's snapshot, and both keep it from range to range`() async throws {
        let database = try await TestDatabase(
            "create table t (id int primary key); insert into t select generate_series(1, 30)")
        let source = database.source(table: "t", key: ["id"])
        let description = try await source.describe()
        let first = source.reader(description), second = source.reader(description)
        let exported = try #require(try await first.open(.all, in: .new(isExported: true)))
        try await database.run("insert into t values (31); delete from t where id = 7")
        #expect(try await second.open(.all, in: .exported(exported)) == nil)
        #expect(try await ids(second) == Array(1...30))
        #expect(try await ids(first) == Array(1...30))
        for reader in [first, second] {
            _ = try await reader.open(.all, in: .own)
            // In the middle of a cursor as well.
            _ = try await reader.fetch(rowCount: 3, byteCount: 1000)
            _ = try await reader.open(.all, in: .own)
            #expect(try await ids(reader) == Array(1...30))
        }
        #expect(try await second.cuts(3, of: .all).count == 2)
        _ = try await second.open(.all, in: .own)
        #expect(try await ids(second) == Array(1...30), "a sample leaves the snapshot as it is")
        _ = try await second.open(.all, in: .new(isExported: false))
        #expect(try await ids(second).last == 31)
        await first.close()
        await second.close()
    }

    @Test func `a snapshot whose transaction is over is gone`() async throws {
        let database = try await TestDatabase("create table t (id int primary key); insert into t values (1)")
        let source = database.source(table: "t", key: ["id"])
        let description = try await source.describe()
        let first = source.reader(description), second = source.reader(description)
        let exported = try #require(try await first.open(.all, in: .new(isExported: true)))
        await first.close()
        // The server's side of it ends a moment later.
        let others =
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        while try await database.run(others) != "0" { try await Task.sleep(for: .milliseconds(10)) }
        let error = await sourceError { _ = try await second.open(.all, in: .exported(exported)) }
        #expect(error?.kind == .snapshotGone && error?.isWorthReconnecting == true)
        _ = try await second.open(.all, in: .new(isExported: true))
        #expect(try await ids(second) == [1])
        let none = await sourceError { _ = try await first.open(.all, in: .own) }
        #expect(none?.kind == .connectionLost)
        await second.close()
    }

    @Test func `a role that may not export snapshots reads without`() async throws {
        let database = try await TestDatabase(
            "create table t (id int primary key); insert into t values (1);"
                + "revoke execute on function pg_export_snapshot() from public")
        try await database.run("grant select on t to \(database.role)")
        let source = database.source(table: "t", key: ["id"], settings: database.asRole)
        let reader = source.reader(try await source.describe())
        for _ in 0..<2 {
            #expect(try await reader.open(.all, in: .new(isExported: true)) == nil)
            #expect(try await ids(reader) == [1])
        }
        await reader.close()
    }
}
