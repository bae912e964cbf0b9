import Foundation
import Testing

/// `verify` of a part of the keys, or of an index that nobody searches: what it finds, and that nothing else is put right.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct RepairTests {
    private static let query = "select id::text as _id, to_jsonb(notes) as document from notes"

    /// `kind id` of each difference that `--json` lists.
    private func listed(_ result: ChildProcess.Result) throws -> Set<String> {
        let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        let listed = try #require(json?["differences"] as? [[String: Any]], "\(result.output) \(result.errors)")
        return Set(listed.map { "\($0["kind"] ?? "") \($0["id"] ?? "")" })
    }

    @Test(arguments: RunTests.targets)
    func `of an interval of keys what lies in it is told and put right, and nothing else`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 3000)
            try await bench.succeed("run", "notes")
            let equal = try await bench.reindex("verify", "notes", "--content", "--keys", "10..2500")
            #expect(equal.status == 0 && equal.output.contains("2,491 rows"), "\(equal.output) \(equal.errors)")
            try await bench.sql("update notes set title = 'changed' where id in (9, 10, 1500, 2500, 2501)")
            try await bench.sql("delete from notes where id in (8, 11, 2400, 2502)")
            let index = try await bench.alias("e2e-notes")[0]
            for id in ["1700", "2600"] { try await bench.ask("DELETE", "\(index)/_doc/\(id)?refresh=true") }
            // No key of the table at all: in no interval.
            try await bench.ask("PUT", "\(index)/_doc/nobody's?refresh=true", #"{"id": 12}"#)
            let found = try await bench.reindex("verify", "notes", "--content", "--keys", "10..2500", "--json")
            let expected: Set = [
                "different 10", "different 1500", "different 2500", "missing 1700", "superfluous 11",
                "superfluous 2400",
            ]
            #expect(found.status == 4, "\(found.errors)")
            #expect(try listed(found) == expected)
            let keys = try await bench.reindex("verify", "notes", "--keys", "10..2500", "--repair")
            #expect(keys.status == 0, "\(keys.errors)")
            let left = try await bench.reindex("verify", "notes", "--content", "--keys", "10..2500", "--json")
            #expect(try listed(left) == ["different 10", "different 1500", "different 2500"], "only what was found")
            let repaired = try await bench.reindex("verify", "notes", "--content", "--keys", "10..2500", "--repair")
            #expect(repaired.status == 0, "\(repaired.errors)")
            #expect(repaired.output.contains("put right in the 3 documents that differed"), "\(repaired.output)")
            #expect(!repaired.output.contains("the index equals"), "of the others it knows nothing")
            try await bench.succeed("verify", "notes", "--content", "--keys", "10..2500")
            let others = try await bench.reindex("verify", "notes", "--content", "--json")
            #expect(
                try listed(others) == [
                    "different 9", "different 2501", "superfluous 8", "superfluous 2502", "missing 2600",
                    "superfluous nobody's",
                ], "nothing outside of the interval was touched")
            #expect(!(try await bench.ask("GET", "\(index)/_alias").body.contains("reindex-writer")))
            try await bench.succeed("catch-up", "notes")
            try await bench.expectDocuments(Self.query, in: "\(bench.prefix)notes")
            let turned = try await bench.succeed("verify", "notes", "--keys", "2500..10")
            #expect(turned.output.contains("does the first key come before the last?"), "\(turned.output)")
            let wrong = try await bench.reindex("verify", "notes", "--keys", "10")
            #expect(wrong.status == 64, "\(wrong.errors)")
        }
    }

    @Test(arguments: RunTests.targets)
    func `where the key is not what _id is made of, that is said, and no document with a row is deleted`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.sql(
                """
                create table notes (id bigint primary key, sku text not null unique, title text not null);
                insert into notes select i, 'sku ' || i, 'Note ' || i from generate_series(1, 300) i; analyze notes
                """)
            try bench.writeMapping(more: "document: {id: [sku]}")
            try await bench.succeed("run", "notes")
            // The document of `sku 20` has its row elsewhere now; that of `sku 30` has none.
            try await bench.sql("update notes set id = 1000 where id = 20; delete from notes where id = 30")
            try await bench.sql("update notes set title = 'changed' where id = 25")
            let found = try await bench.reindex("verify", "notes", "--content", "--keys", "10..100", "--repair")
            #expect(
                found.status == 0 && found.output.contains("were not looked for"), "\(found.output) \(found.errors)")
            let whole = try await bench.reindex("verify", "notes", "--content", "--json")
            #expect(try listed(whole) == ["different sku 20", "superfluous sku 30"])
        }
    }

    @Test(arguments: RunTests.targets)
    func `an index that nobody searches is put right by its own mapping, and what serves is left alone`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 400)
            try await bench.succeed("run", "notes")
            let first = try await bench.alias("e2e-notes")[0]
            try bench.writeMapping(more: "document: {omit: [body]}")
            try await bench.succeed("run", "notes")
            let second = try await bench.alias("e2e-notes")[0]
            try await bench.sql("update notes set title = 'changed' where id = 7; delete from notes where id = 8")
            try await bench.sql("insert into notes (id, title, body) values (401, 'new', 'x')")
            let status = try await bench.succeed("status", "notes", "--history", "--json").output
            let found = try await bench.reindex("verify", "notes", "--content", "--index", first, "--repair", "--json")
            #expect(found.status == 0, "\(found.errors)")
            #expect(try listed(found) == ["different 7", "superfluous 8", "missing 401"])
            try await bench.expectDocuments(Self.query, in: first)
            #expect(try await bench.alias("e2e-notes") == [second])
            #expect(!(try await bench.ask("GET", "\(first)/_alias").body.contains("reindex-writer")))
            #expect(try await bench.succeed("status", "notes", "--history", "--json").output == status)
            let serving = try await bench.reindex("verify", "notes", "--content", "--json")
            #expect(try listed(serving) == ["different 7", "superfluous 8", "missing 401"], "it was not touched")
            // The one that serves, by its name, and of it an interval alone.
            try await bench.succeed("verify", "notes", "--content", "--index", second, "--keys", "1..7", "--repair")
            let rest = try await bench.reindex("verify", "notes", "--content", "--index", second, "--json")
            #expect(try listed(rest) == ["superfluous 8", "missing 401"])
            try await bench.succeed("rollback", "notes")
            try await bench.expectDocuments(Self.query, in: "\(bench.prefix)notes")
        }
    }

    @Test(arguments: RunTests.targets)
    func `no repair of what is being filled, of what is not ours, or of what is not there`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeSlowNotes()
            try bench.writeSlowMapping()
            try await bench.stopHalfway()
            let filling = try await bench.indices()[0]
            let begun = try await bench.reindex("verify", "notes", "--index", filling, "--repair")
            #expect(begun.status == 75 && begun.errors.contains("unfinished"), "\(begun)")
            let foreign = "\(bench.prefix)foreign"
            try await bench.ask("PUT", foreign)
            let others = try await bench.reindex("verify", "notes", "--index", foreign, "--repair")
            #expect(others.status == 65 && others.errors.contains("did not make"), "\(others)")
            let none = try await bench.reindex("verify", "notes", "--index", "\(bench.prefix)none", "--repair")
            #expect(none.status == 65 && none.errors.contains("there is no index"), "\(none)")
            #expect(try await bench.indices().count == 2, "nothing was made")
        }
    }
}
