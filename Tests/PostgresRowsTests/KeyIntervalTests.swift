import ReindexCore
import Testing

@testable import PostgresRows

// Needs a PostgreSQL that the PG* variables name: the order of a collation is the server's own.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct KeyIntervalTests {
    private func lie(
        _ keys: [[String]], _ first: [String], _ last: [String], table: String, key: [String]
    ) async throws -> [Bool] {
        let database = try await TestDatabase(table)
        let source = database.source(table: "t", key: key)
        let reader = source.reader(try await source.describe())
        let found = try await reader.lie(keys, from: first, through: last)
        let again = try await reader.lie(keys.reversed(), from: first, through: last)
        #expect(again == found.reversed())
        await reader.close()
        return found
    }

    @Test func `integers, and what is none`() async throws {
        let found = try await lie(
            [["9"], ["10"], ["abc"], ["20"], ["21"], [""], ["99999999999999999999"], ["15"], ["-10"]], ["10"], ["20"],
            table: "create table t (id bigint primary key)", key: ["id"])
        #expect(found == [false, true, false, true, false, false, false, true, false])
    }

    @Test func `text by the collation of its column, whatever is in it`() async throws {
        let keys = [["b"], ["B"], ["ä"], ["a\"b\\c,{}"], ["c"]]
        let c = try await lie(
            keys, ["a"], ["b"], table: #"create table t (k text collate "C" primary key)"#, key: ["k"])
        #expect(c == [true, false, false, true, false])
        let german = try await lie(
            keys, ["a"], ["b"], table: #"create table t (k text collate "de-x-icu" primary key)"#, key: ["k"])
        #expect(german == [true, false, true, true, false])
    }

    @Test func `several columns are compared as a row`() async throws {
        let found = try await lie(
            [["1", "z"], ["2", "a"], ["2", "m"], ["3", "a"], ["3", "b"], ["x", "b"]], ["2", "b"], ["3", "a"],
            table: #"create table t (tenant int, k text collate "C", primary key (tenant, k))"#, key: ["tenant", "k"])
        #expect(found == [false, false, true, true, false, false])
    }

    @Test func `uuids, times and domains`() async throws {
        let uuid = try await lie(
            [["00000000-0000-0000-0000-000000000005"], ["f0000000-0000-0000-0000-000000000000"], ["5"]],
            ["00000000-0000-0000-0000-000000000000"], ["0fffffff-0000-0000-0000-000000000000"],
            table: "create table t (id uuid primary key)", key: ["id"])
        #expect(uuid == [true, false, false])
        let time = try await lie(
            [["2024-02-01T00:00:00Z"], ["2025-01-01T00:00:00Z"], ["soon"]], ["2024-01-01"], ["2024-12-31"],
            table: "create table t (at timestamptz primary key)", key: ["at"])
        #expect(time == [true, false, false])
        let domain = try await lie(
            [["5"], ["50"]], ["1"], ["9"],
            table: "create domain small as int check (value < 100); create table t (id small primary key)", key: ["id"])
        #expect(domain == [true, false])
    }
}
