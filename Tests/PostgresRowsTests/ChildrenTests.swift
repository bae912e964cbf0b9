import ReindexCore
import Testing

@testable import PostgresRows

// Needs a PostgreSQL that the PG* variables name: children are found by the server's own comparisons.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct ChildrenTests {
    private static let shop = """
        create table t (id bigint primary key); insert into t select generate_series(1, 20);
        create table r (t_id int, n int); insert into r select 1 + i % 19, i from generate_series(0, 99) i;
        """

    @Test(arguments: [1, 3, 7, 100])
    func `each batch has the children of its rows, in the query's order`(rowCount: Int) async throws {
        let database = try await TestDatabase(Self.shop)
        // The key is bigint, the child's column int: it comes as bigint, so that bytes can be compared.
        let child = DocumentRules.ChildRule(
            name: "r", query: "select n, t_id from r where t_id = any($1) order by t_id, n desc -- newest first",
            parent: ["t_id"])
        let empty = DocumentRules.ChildRule(
            name: "e", query: "select t_id from r where t_id = any($1) and false", parent: ["t_id"])
        let source = database.source(table: "t", key: ["id"], children: [child, empty])
        let description = try await source.describe()
        #expect(description.children[0].columns.map(\.name) == ["n", "t_id"])
        #expect(description.children[0].parentColumns == [1])
        let batches = try await source.readAll(rowCount: rowCount)
        #expect(batches.map { $0.integer($1, 0) } == Array(1...20))
        for batch in batches {
            let keys = (0..<batch.rows.rowCount).map { batch.rows.integer($0, 0)! }
            let children = batch.children[0]
            let found = (0..<children.rowCount).map { [children.integer($0, 1)!, children.integer($0, 0)!] }
            let expected = keys.flatMap { key in
                (0...99).filter { 1 + $0 % 19 == key }.reversed().map { [key, $0] }
            }
            #expect(found == expected)
            #expect(children.rowCount == 0 || children.values(0)[1]?.count == 8)
            #expect(batch.children[1].rowCount == 0)
        }
    }

    @Test func `children are read in the snapshot of their rows`() async throws {
        let database = try await TestDatabase(Self.shop)
        let child = DocumentRules.ChildRule(
            name: "r", query: "select t_id, n from r where t_id = any($1)", parent: ["t_id"])
        let source = database.source(table: "t", key: ["id"], children: [child])
        let reader = source.reader(try await source.describe())
        try await reader.open(from: nil, through: nil)
        var batches = [try #require(try await reader.fetch(rowCount: 5, byteCount: 1000))]
        try await database.run("delete from r")
        batches += try await reader.rest()
        #expect(batches.reduce(0) { $0 + $1.children[0].rowCount } == 100)
        await reader.close()
    }

    @Test func `a composite key gives one array a column`() async throws {
        let database = try await TestDatabase(
            """
            create table t (a int, b text, primary key (a, b)); insert into t values (1, 'x'), (1, 'y'), (2, 'x'), (2, '');
            create table r (a int, b text, n int); insert into r values (1, 'x', 1), (1, 'y', 2), (2, 'y', 3), (2, '', 4);
            """)
        let child = DocumentRules.ChildRule(
            name: "r", query: "select r.* from r join unnest($1, $2) as k(a, b) using (a, b) order by n desc",
            parent: ["a", "b"])
        let batches = try await database.source(table: "t", key: ["a", "b"], children: [child]).readAll()
        let children = batches[0].children[0]
        #expect((0..<children.rowCount).map { children.integer($0, 2) } == [4, 2, 1])
    }

    @Test func `parents that are equal to a key in other bytes come with the key's own bytes`() async throws {
        let database = try await TestDatabase(
            """
            create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            create table t (a numeric, b text collate nocase, c char(4), primary key (a, b, c));
            insert into t values (1.0, 'Ab', 'x'), (2, 'cD', 'yy');
            create table r (a numeric, b text collate nocase, c char(9), n int);
            insert into r values (1.000, 'aB', 'x', 1), (2.00, 'CD', 'yy', 2), (1, 'ab', 'x', 3), (3, 'z', 'z', 4);
            """)
        let child = DocumentRules.ChildRule(
            name: "r", query: "select * from r where a = any($1) order by n desc", parent: ["a", "b", "c"])
        let batches = try await database.source(table: "t", key: ["a", "b", "c"], children: [child]).readAll()
        let children = batches[0].children[0]
        #expect((0..<children.rowCount).map { children.integer($0, 3) } == [3, 2, 1])
        let keys = (0..<2).map { Array(batches[0].rows.values($0)[0..<3]) }
        #expect((0..<3).map { Array(children.values($0)[0..<3]) } == [keys[0], keys[1], keys[0]])
    }

    @Test func `one row has its children too`() async throws {
        let database = try await TestDatabase(Self.shop)
        let child = DocumentRules.ChildRule(
            name: "r", query: "select t_id, n from r where t_id = any($1) order by n", parent: ["t_id"])
        let row = try await database.source(table: "t", key: ["id"], children: [child]).row(atKey: ["19"])
        let children = try #require(row?.children.first)
        #expect((0..<children.rowCount).map { children.integer($0, 1) } == [18, 37, 56, 75, 94])
    }

    @Test func `children of large rows are read with ever fewer rows a FETCH`() async throws {
        let database = try await TestDatabase(
            Self.shop + "alter table t add v text; update t set v = repeat('x', 1000000) where id between 8 and 15;")
        let child = DocumentRules.ChildRule(
            name: "r", query: "select t_id, n from r where t_id = any($1)", parent: ["t_id"])
        let batches = try await database.source(table: "t", key: ["id"], children: [child]).readAll(
            rowCount: 4, byteCount: 100_000)
        #expect(batches.map { $0.integer($1, 0) } == Array(1...20))
        #expect(batches.reduce(0) { $0 + $1.children[0].rowCount } == 100)
        #expect(batches.contains { $0.rows.rowCount == 1 && $0.rows.byteCount > 1_000_000 })
    }
}
