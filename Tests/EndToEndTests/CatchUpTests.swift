import Foundation
import Synchronization
import Testing

/// Rows that change while a run goes on: what serves in the end equals the query's result.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct CatchUpTests {
    static let shop = """
        create table brands (id int primary key, name text not null);
        create table products (id bigint primary key, brand_id int, title text not null, updated_at timestamptz);
        create table reviews (id int primary key, product_id bigint, body text);
        insert into brands select n, 'Brand ' || n from generate_series(1, 20) as n;
        insert into products select n, n % 20 + 1, 'Product ' || n, '2026-01-01' from generate_series(1, 2000) as n;
        insert into reviews select n, n % 500 + 1, 'Review ' || n from generate_series(1, 1000) as n;
        analyze brands, products, reviews;
        """

    static let shopQuery = """
        select p.id::text as _id, jsonb_strip_nulls(jsonb_build_object('id', p.id, 'title', p.title, 'brand', b.name,
            'updated_at', case when isfinite(p.updated_at) then to_char(p.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end))
            || jsonb_build_object('reviews', (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'body', r.body) order by r.id), '[]')
                from reviews r where r.product_id = p.id)) as document
        from products p left join brands b on b.id = p.brand_id
        """

    static let shopMapping = """
        alias: e2e-products
        body: products.index.json
        source:
          query: |
            select p.id, p.title, b.name as brand, p.updated_at from products p left join brands b on b.id = p.brand_id
          key: id
        document:
          children:
            reviews:
              query: select product_id, id, body from reviews where product_id = any($1) order by product_id, id
              parent: product_id
        """

    /// Of every kind that an `updated_at`, or a scan for changed rows alone, would not see.
    static let changes = """
        insert into products select n, n % 20 + 1, 'New ' || n, now() - interval '1 year' from generate_series(2001, 2050) as n;
        update products set title = title || ' changed', updated_at = null where id % 100 = 1;
        update products set updated_at = '1969-07-20 20:17:40+00' where id % 100 = 2;
        update products set updated_at = '2099-12-31 00:00:00+00' where id % 100 = 3;
        update products set updated_at = 'infinity' where id % 100 = 4;
        delete from products where id % 100 = 5;
        begin;
        update products set id = -1 where id = 6;
        update products set id = 6 where id = 7;
        update products set id = 7 where id = -1;
        commit;
        update brands set name = 'Renamed' where id = 4;
        delete from brands where id = 9;
        update reviews set body = 'changed' where id % 50 = 1;
        update reviews set product_id = product_id + 1 where id % 50 = 2;
        delete from reviews where id % 50 = 3;
        insert into reviews select 1000 + n, n, 'late' from generate_series(1, 30) as n;
        """

    static func makeShop(_ bench: Workbench) async throws {
        try await bench.sql(shop)
        try bench.write(shopMapping, to: "products.yaml")
        try bench.write(
            #"{"settings": {"number_of_shards": 2, "number_of_replicas": 0}, "mappings": {"dynamic": false}}"#,
            to: "products.index.json")
    }

    /// Held where the copy is done and nothing was compared yet.
    @Test(arguments: RunTests.targets)
    func `whatever changed since the copy is in the index that is promoted, deletions included`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await Self.makeShop(bench)
            let proxy = try HoldingProxy(for: bench.openSearch)
            defer { proxy.stop() }
            proxy.hold(.before) { $0.path.contains("/_refresh") }
            let run = try bench.start(["run", "products"], with: ["OPENSEARCH_URL": proxy.address])
            #expect(try await proxy.isHolding(within: .seconds(60), unless: { !run.isRunning }))
            try await bench.sql(Self.changes)
            proxy.release()
            let result = await run.wait()
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("caught up"), "\(result.output)")
            try await bench.expectDocuments(Self.shopQuery, in: "\(bench.prefix)products")
        }
    }

    /// It writes PostgreSQL, commits, and then writes the alias, as `docs/guarantees.md` asks of an application.
    static func application(_ bench: Workbench, _ isOver: @Sendable () -> Bool) async throws -> Int {
        let alias = "\(bench.prefix)notes"
        var writes = 0
        while !isOver() {
            let id = Int.random(in: 1...380)
            let statement =
                switch writes % 3 {
                case 0: "delete from notes where id = \(id)"
                default:
                    "insert into notes values (\(id), 'Written \(writes)', 'x') on conflict (id) do update set title = excluded.title"
                }
            try await bench.sql(statement)
            let row = try await bench.sql("select to_jsonb(notes) from notes where id = \(id)").first
            let answer =
                if let row {
                    try await bench.ask("PUT", "\(alias)/_doc/\(id)", row)
                } else {
                    try await bench.ask("DELETE", "\(alias)/_doc/\(id)")
                }
            guard [200, 201, 404].contains(answer.status) else { throw Failure("\(answer.status) \(answer.body)") }
            writes += 1
        }
        return writes
    }

    /// Rows are committed before the swap and written to the old index, or after it to the new one: none is lost.
    @Test(arguments: RunTests.targets)
    func `an application that writes all the while loses nothing over the swap`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 400, more: "writers: alias")
            try await bench.succeed("run", "notes")
            let isOver = Atomic(false)
            let shared = bench
            async let writes = Self.application(shared) { isOver.load(ordering: .relaxed) }
            // A transaction that began before the copy and commits after it.
            async let late = shared.sql(
                "begin; update notes set title = 'late' where id between 390 and 400; select pg_sleep(4); commit;"
            )
            for _ in 1...3 { try await bench.succeed("run", "notes") }
            _ = try await late
            try await bench.succeed("run", "notes")
            isOver.store(true, ordering: .relaxed)
            #expect(try await writes > 20)
            try await bench.expectNotes()
        }
    }
}
