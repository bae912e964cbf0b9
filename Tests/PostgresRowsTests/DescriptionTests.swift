import ReindexCore
import Testing

@testable import PostgresRows

// Needs a PostgreSQL that the PG* variables name: the catalogs and the planner are what is asked.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct DescriptionTests {
    @Test func `types are resolved down to what their bytes are made of`() async throws {
        let database = try await TestDatabase(
            """
            create extension hstore; create extension citext; create schema other;
            create type mood as enum ('sad', 'ok');
            create type other.size as (width int, "Height" numeric(5, 2)[]);
            create domain price as numeric(10, 2) check (value >= 0);
            create domain prices as price[];
            create type span as range (subtype = timestamptz);
            create table t (id bigint primary key, a text[], b mood, c other.size, d price, e prices, f span, g int8multirange,
                h hstore, i citext, j int2vector, k point, l varchar(5), m "char", n mood[], o other.size[]);
            """)
        let description = try await database.source(table: "t", key: ["id"]).describe()
        let size = PostgresType.composite(
            "other.size",
            fields: [
                Column(name: "width", type: .base("int4")), Column(name: "Height", type: .array(of: .base("numeric"))),
            ])
        let price = PostgresType.domain("price", over: .base("numeric"))
        // A column's own domain is taken off by the server: its bytes are the base type's.
        let expected: [(String, PostgresType)] = [
            ("id", .base("int8")), ("a", .array(of: .base("text"))), ("b", .enumeration("mood")), ("c", size),
            ("d", .base("numeric")),
            ("e", .array(of: price)), ("f", .range("span", of: .base("timestamptz"))),
            ("g", .multirange("int8multirange", of: .base("int8"))), ("h", .base("hstore")), ("i", .base("citext")),
            ("j", .base("int2vector")), ("k", .base("point")), ("l", .base("varchar")), ("m", .base("char")),
            ("n", .array(of: .enumeration("mood"))), ("o", .array(of: size)),
        ]
        #expect(description.columns == expected.map { Column(name: $0.0, type: $0.1) })
        #expect(description.keyColumns == [0])
    }

    @Test func `the server is described`() async throws {
        let database = try await TestDatabase("create table t (id text collate \"de-x-icu\" primary key)")
        let server = try await database.source(table: "t", key: ["id"]).describe().server
        #expect(server.versionNumber >= 140_000)
        #expect(server.database == database.name)
        #expect(server.systemIdentifier?.isEmpty == false)
        #expect(server.isReplica == false)
        #expect(server.collationVersions["id"]?.hasPrefix("de-x-icu ") == true)
    }

    @Test(arguments: ["public.t", "t", "T", "\"t\"", "\"public\".t", "other.\"Weird \"\"name\"\"; drop table t\""])
    func `tables are named as in SQL`(name: String) async throws {
        let table = "create table %s (id int primary key); insert into %s values (7)"
        let sql = ["t", "other.\"Weird \"\"name\"\"; drop table t\""].map { table.replacing("%s", with: $0) }
        let database = try await TestDatabase("create schema other; " + sql.joined(separator: ";"))
        #expect(try await database.source(table: name, key: ["id"]).readAll().map { $0.integer($1, 0) } == [7])
    }

    @Test func `a key of a table is proven by a unique index over columns of the key`() async throws {
        let database = try await TestDatabase(
            """
            create table t (a int not null, b int not null, c int, d int not null);
            create unique index by_a on t (a) include (c);
            create unique index by_d on t (d) where a > 0;
            create table p (a int, b int, primary key (a, b)) partition by range (a);
            create table p1 partition of p default;
            """)
        #expect(try await database.source(table: "t", key: ["a"]).describe().keyProof == .uniqueIndex("by_a"))
        #expect(try await database.source(table: "t", key: ["b", "a"]).describe().keyProof == .uniqueIndex("by_a"))
        #expect(try await database.source(table: "p", key: ["a", "b"]).describe().keyProof == .uniqueIndex("p_pkey"))
        for key in [["b"], ["d"], ["a", "c"]] {
            let error = await sourceError { _ = try await database.source(table: "t", key: key).describe() }
            guard case .key = error?.kind else {
                Issue.record("\(key): \(String(describing: error))")
                continue
            }
        }
    }

    @Test(arguments: [
        "alter table t add constraint u unique (a) deferrable",
        "create unique index u on t ((a + 0))",
        "create unique index u on t (a, b)",
        "create index u on t (a)",
        "create table more () inherits (t); create unique index u on t (a)",
    ])
    func `what is no proof is refused`(sql: String) async throws {
        let database = try await TestDatabase("create table t (a int not null, b int not null); " + sql)
        let error = await sourceError { _ = try await database.source(table: "t", key: ["a"]).describe() }
        #expect(error?.kind == .key("a"))
        #expect(error?.hint != nil)
    }

    @Test func `an index that tells apart what the column's collation calls equal is no proof`() async throws {
        let database = try await TestDatabase(
            """
            create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            create table t (a text collate nocase not null); create unique index u on t (a collate "C");
            """)
        let error = await sourceError { _ = try await database.source(table: "t", key: ["a"]).describe() }
        #expect(error?.kind == .key("a"))
    }

    @Test func `a view is read by a query`() async throws {
        let database = try await TestDatabase("create view v as select 1 as id")
        let error = await sourceError { _ = try await database.source(table: "v", key: ["id"]).describe() }
        #expect(error?.kind == .key("id"))
        let description = try await database.source(query: "select * from v", key: ["id"]).describe()
        #expect(description.keyProof == .checkedWhileReading)
    }

    @Test func `null keys of a query are found`() async throws {
        let database = try await TestDatabase("create table t (id int); insert into t values (1), (null)")
        let error = await sourceError {
            _ = try await database.source(query: "select * from t", key: ["id"]).describe()
        }
        #expect(error?.kind == .key("id"))
    }

    @Test func `the plan tells whether the order comes from an index`() async throws {
        let database = try await TestDatabase(
            """
            create table t (id int primary key, v text, w int);
            insert into t select i, repeat('x', 200), i from generate_series(1, 5000) i; analyze t;
            """)
        let ordered = try await database.source(table: "t", key: ["id"]).describe()
        #expect(ordered.isOrderedByIndex)
        #expect(ordered.estimatedRows == 5000)
        #expect((ordered.estimatedRowWidth ?? 0) > 200)
        #expect(ordered.queryPlan.first?.contains("Index Scan") == true)
        #expect(!ordered.hasLargeValues)
        let sorted = try await database.source(query: "select * from t", key: ["w"]).describe()
        #expect(!sorted.isOrderedByIndex)
    }

    @Test func `large values are known by the pages of a TOAST table, of joined tables and children too`() async throws
    {
        let database = try await TestDatabase(
            """
            create table t (id int primary key, v text);
            create table big (id int primary key, t int, v text);
            alter table big alter v set storage external;
            insert into big values (1, 1, repeat('x', 100000)); insert into t values (1, 'a'); analyze;
            """)
        #expect(try await !database.source(table: "t", key: ["id"]).describe().hasLargeValues)
        #expect(try await database.source(table: "big", key: ["id"]).describe().hasLargeValues)
        let join = "select t.id, big.v from t left join big on big.id = t.id"
        #expect(try await database.source(query: join, key: ["id"]).describe().hasLargeValues)
        let child = DocumentRules.ChildRule(name: "c", query: "select t, v from big where t = any($1)", parent: ["t"])
        #expect(try await database.source(table: "t", key: ["id"], children: [child]).describe().hasLargeValues)
        let aggregate = "select t.id, string_agg(t.v, '') as all from t group by t.id"
        #expect(try await database.source(query: aggregate, key: ["id"]).describe().hasLargeValues)
    }

    @Test func `a warning names a table without statistics`() async throws {
        let database = try await TestDatabase("create table t (id int primary key)")
        let source = database.source(table: "t", key: ["id"])
        #expect(try await source.describe().warnings.contains { $0.contains("never analyzed") && $0.hasSuffix(" t") })
        try await database.run("insert into t values (1); analyze t")
        #expect(try await !source.describe().warnings.contains { $0.contains("never analyzed") })
    }

    @Test func `SELECT rights are enough to describe and to read`() async throws {
        let database = try await TestDatabase(
            "create schema s; create table s.t (id int primary key, p int); insert into s.t select i, i % 3 from generate_series(1, 9) i"
        )
        try await database.run("revoke all on schema public from public; grant usage on schema s to \(database.role)")
        try await database.run(
            "grant select on s.t to \(database.role); alter role \(database.role) set search_path = s")
        let child = DocumentRules.ChildRule(name: "c", query: "select p, id from t where p = any($1)", parent: ["p"])
        let source = database.source(table: "t", key: ["id"], children: [child], settings: database.asRole)
        #expect(try await source.readAll().map { $0.integer($1, 0) } == Array(1...9))
    }
}
