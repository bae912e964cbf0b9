import Foundation
import ReindexCore
import Testing

@testable import PostgresRows

// Needs a PostgreSQL that the PG* variables name: what a type's JSON should be is the server's own answer.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct TypesAgainstPostgresTests {
    /// Documents of the rows of a query, nulls kept.
    private func documents(_ database: TestDatabase, _ query: String) async throws -> [String] {
        let source = database.source(query: query, key: ["id"])
        let description = try await source.describe()
        var rules = DocumentRules()
        rules.keepsNulls = true
        let template = try DocumentTemplate(description: description, rules: rules)
        let key = KeyPlace(values: [], text: [])
        return try await source.readAll().flatMap { fetched -> [String] in
            let batch = RowBatch(
                fetched: fetched, firstRow: 0, endRow: fetched.rows.rowCount, epoch: Epoch(version: 1), slice: 0,
                end: key)
            let encoded = template.encode(batch)
            #expect(encoded.rejections.isEmpty)
            let body = encoded.body
            let text = body.withBytes(ofItems: 0..<body.itemCount) { String(decoding: $0, as: UTF8.self) }
            let lines = text.split(separator: "\n")
            return stride(from: 1, to: lines.count, by: 2).map { String(lines[$0]) }
        }
    }

    private func database(_ types: [TypeSample]) async throws -> TestDatabase {
        let database = try await TestDatabase(TypeSample.setUp)
        let columns = types.map { "\"\($0.name)\" \($0.type)" }.joined(separator: ", ")
        try await database.run("create table t (id int primary key, \(columns))")
        let values = types.map { "case when random() < 0.9 then (\($0.random))::\($0.type) end" }.joined(
            separator: ", ")
        try await database.run("select setseed(0.42); insert into t select i, \(values) from generate_series(1, 300) i")
        return database
    }

    @Test func `documents equal row_to_json byte for byte where no difference is meant`() async throws {
        let database = try await database(TypeSample.exact)
        let documents = try await documents(database, "select * from t")
        let expected = try await database.run("set intervalstyle = iso_8601; select row_to_json(t) from t order by id")
            .split(separator: "\n").map(String.init)
        #expect(documents.count == 300 && expected.count == 300)
        for (document, expected) in zip(documents, expected) where document != expected {
            let common = document.commonPrefix(with: expected)
            Issue.record(
                "…\(document.dropFirst(common.count - 40).prefix(150)) is not \(expected.dropFirst(common.count).prefix(100))"
            )
            return
        }
    }

    @Test func `documents equal to_jsonb with the deliberate differences of docs/types.md applied to it`() async throws
    {
        let database = try await database(TypeSample.different)
        let documents = try await documents(database, "select * from t")
        let columns = TypeSample.different.map { "\($0.expected) as \"\($0.name)\"" }.joined(separator: ", ")
        let expected = try await database.run(
            "set intervalstyle = iso_8601; set timezone = 'UTC'; select to_jsonb(r) from (select id, \(columns) from t order by id) r"
        ).split(separator: "\n")
        #expect(documents.count == 300 && expected.count == 300)
        var reported: Set<String> = []
        for (document, expected) in zip(documents, expected) {
            let ours = try JSONValue(parsing: Array(document.utf8)),
                theirs = try JSONValue(parsing: Array(expected.utf8))
            for (name, value) in theirs.object ?? [:] {
                guard !isEqual(ours[name], value, asFloats: name.hasPrefix("float4")) else { continue }
                guard reported.insert(name).inserted else { continue }
                Issue.record("\(name): \(String(describing: ours[name])) is not \(value)")
            }
        }
    }

    /// Numbers are equal that read back as the same double, or float: PostgreSQL prints whole ones with more digits.
    private func isEqual(_ left: JSONValue?, _ right: JSONValue, asFloats: Bool) -> Bool {
        if case .array(let ours) = left, case .array(let theirs) = right {
            return ours.count == theirs.count && zip(ours, theirs).allSatisfy { isEqual($0, $1, asFloats: asFloats) }
        }
        guard let ours = left.flatMap(double), let theirs = double(right) else { return left == right }
        return asFloats ? Float(ours) == Float(theirs) : ours == theirs
    }

    private func double(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    @Test func `docs/types.md names every base type of a fresh database`() async throws {
        let database = try await TestDatabase()
        let names = try await database.run(
            "select typname from pg_type where typtype = 'b' and typelem = 0 and typnamespace = 'pg_catalog'::regnamespace"
        ).split(separator: "\n").map(String.init)
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/types.md")
            .standardized
        let page = try String(contentsOf: path, encoding: .utf8)
        #expect(names.count > 50)
        for name in names {
            #expect(page.contains("`\(name)`"), "docs/types.md does not name \(name)")
            #expect(!ColumnRule(for: .base(name)).isFallback, "\(name) has no rule")
        }
    }

    @Test func `the cast of every base type is one that PostgreSQL makes, alone and in arrays`() async throws {
        let database = try await TestDatabase()
        let names = try await database.run(
            "select typname from pg_type where typtype = 'b' and typelem = 0 and typnamespace = 'pg_catalog'::regnamespace"
        ).split(separator: "\n").map(String.init)
        for name in names {
            guard let cast = ColumnRule(for: .base(name)).fetchCast else { continue }
            try await database.run("select null::\"\(name)\"::\(cast)")
            let hasArray = try await database.run("select typarray <> 0 from pg_type where typname = '\(name)'") == "t"
            guard hasArray else { continue }
            try await database.run(
                "select null::\"\(name)\"[]::\(ColumnRule(for: .array(of: .base(name))).fetchCast ?? "")")
        }
    }
}
