import ReindexCore
import Testing

@testable import PostgresRows

// Needs a PostgreSQL that the PG* variables name: the words and positions are the server's own.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct QueryErrorTests {
    /// A query, the position of its error, and words of the message.
    static let refused: [(query: String, position: Int?, words: String)] = [
        ("select id,\n  brnad from t", 14, "brnad"),
        ("select 'ä😀' as x, brnad from t", 19, "brnad"),
        ("selct id from t", 1, "syntax error"),
        ("select id from t where", 22, "syntax error"),
        ("select id from missing", 16, "missing"),
        ("select id from t;", 17, "semicolon"),
        ("select id from t; -- that is all", 17, "semicolon"),
        ("select id from t; select 1", nil, "multiple commands"),
        ("select 1 as id) as x, (select 2", 15, "syntax error"),
        ("insert into t values (1) returning id", 1, "only a query"),
        ("select id from t where id = $1", nil, "$1"),
        ("select id /* open", 11, "unterminated"),
        ("select from t", nil, "no columns"),
        ("with x as (delete from t returning id) select id from x", 6, "top level"),
        ("", nil, "no columns"),
    ]

    @Test(arguments: refused.indices)
    func `an error's position counts characters of the user's own text`(index: Int) async throws {
        let database = try await TestDatabase("create table t (id int primary key)")
        let expected = Self.refused[index]
        let error = await sourceError { _ = try await database.source(query: expected.query, key: ["id"]).describe() }
        #expect(error?.kind == .query(position: expected.position))
        #expect(error?.message.contains(expected.words) == true)
    }

    @Test func `a table that is not there has the nearest one for a hint`() async throws {
        let database = try await TestDatabase(
            "create table products (id int primary key); create table \"Reviews\" (id int)")
        let error = await sourceError { _ = try await database.source(table: "prodcuts", key: ["id"]).describe() }
        #expect(error?.kind == .query(position: nil))
        #expect(error?.hint?.contains("products") == true)
        let folded = await sourceError { _ = try await database.source(table: "Reviews", key: ["id"]).describe() }
        #expect(folded?.hint?.contains("\"Reviews\"") == true)
        let garbled = await sourceError { _ = try await database.source(table: "a b \"", key: ["id"]).describe() }
        #expect(garbled?.kind == .query(position: nil))
    }

    @Test func `keys that are missing, doubled or without an order are refused`() async throws {
        let database = try await TestDatabase("create table t (product_id int primary key, doc jsonb not null)")
        let missing = await sourceError { _ = try await database.source(table: "t", key: ["prodct_id"]).describe() }
        #expect(missing?.kind == .key("prodct_id"))
        #expect(missing?.hint?.contains("product_id") == true)
        let doubled = await sourceError {
            _ = try await database.source(table: "t", key: ["product_id", "product_id"]).describe()
        }
        #expect(doubled?.kind == .key("product_id"))
        let unordered = await sourceError { _ = try await database.source(table: "t", key: ["doc"]).describe() }
        #expect(unordered?.kind == .key("doc"))
        #expect(unordered?.message.contains("jsonb") == true)
    }

    @Test func `two columns of one name are refused by name`() async throws {
        let database = try await TestDatabase("create table t (id int primary key, name text)")
        let error = await sourceError {
            _ = try await database.source(query: "select a.*, b.name from t a join t b using (id)", key: ["id"])
                .describe()
        }
        #expect(error?.kind == .unsupported)
        #expect(error?.message.contains("name") == true)
    }

    @Test func `errors of a child name the child`() async throws {
        let database = try await TestDatabase("create table t (id int primary key); create table r (t_id int, v text)")
        func error(_ query: String, parent: [String] = ["t_id"]) async -> SourceError? {
            let child = DocumentRules.ChildRule(name: "reviews", query: query, parent: parent)
            return await sourceError {
                _ = try await database.source(table: "t", key: ["id"], children: [child]).describe()
            }
        }
        let wrong = await error("select t_id, w from r where t_id = any($1)")
        #expect(wrong?.kind == .query(position: 14))
        #expect(wrong?.doing == "describing child reviews")
        #expect(await error("select v from r where t_id = any($1)")?.message.contains("t_id") == true)
        #expect(await error("select t_id from r where t_id = any($2)")?.sqlState == "42P02")
        #expect(await error("select t_id from r where t_id = any($1)", parent: [])?.kind == .query(position: nil))
        #expect(await error("select v as t_id from r where v = any($1)") != nil)
    }

    @Test func `values of rows stay out of messages`() async throws {
        let database = try await TestDatabase(
            "create table t (id int primary key, v text); insert into t values (1, 'secret')")
        let error = await sourceError {
            _ = try await database.source(query: "select id, v::int as v from t", key: ["id"]).readAll()
        }
        #expect(error?.sqlState == "22P02")
        #expect(error?.message.contains("secret") == false)
        #expect(error?.kind == .query(position: nil))
    }
}
