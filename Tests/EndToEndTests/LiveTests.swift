import Foundation
import Testing

/// What is done with an index that serves: compared, brought up to date, rolled back, and dropped when its time is over.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct LiveTests {
    @Test(arguments: RunTests.targets)
    func `verify lists what differs, and repair puts exactly that right`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await CatchUpTests.makeShop(bench)
            try await bench.succeed("run", "products")
            let equal = try await bench.succeed("verify", "products", "--content")
            #expect(equal.output.contains("equals"), "\(equal.output)")
            let alias = "\(bench.prefix)products"
            try await bench.ask("DELETE", "\(alias)/_doc/17")
            try await bench.ask("PUT", "\(alias)/_doc/99999", #"{"id": 99999, "title": "nobody's"}"#)
            var other = try #require(try await bench.ask("GET", "\(alias)/_doc/23").object["_source"] as? [String: Any])
            other["title"] = "another"
            let text = String(decoding: try JSONSerialization.data(withJSONObject: other), as: UTF8.self)
            try await bench.ask("PUT", "\(alias)/_doc/23", text)
            // Says the same in another way: no difference.
            let same = try await bench.ask("GET", "\(alias)/_doc/42").object["_source"] as? [String: Any]
            let spaced = try JSONSerialization.data(
                withJSONObject: try #require(same), options: [.sortedKeys])
            try await bench.ask("PUT", "\(alias)/_doc/42", String(decoding: spaced, as: UTF8.self) + " ")
            let keys = try await bench.reindex("verify", "products")
            #expect(keys.status == 4, "\(keys.errors)")
            #expect(keys.output.contains("missing 1, superfluous 1, different 0"), "\(keys.output)")
            let content = try await bench.reindex("verify", "products", "--content")
            #expect(content.status == 4, "\(content.errors)")
            #expect(content.output.contains("missing 1, superfluous 1, different 1"), "\(content.output)")
            #expect(content.output.contains("different  23: title"), "\(content.output)")
            let before = try await bench.ask("GET", "\(alias)/_doc/42").body
            let repaired = try await bench.reindex("verify", "products", "--content", "--repair")
            #expect(repaired.status == 0, "\(repaired.errors)")
            try await bench.succeed("verify", "products", "--content")
            #expect(try await bench.ask("GET", "\(alias)/_doc/42").body == before, "what did not differ was left alone")
            try await bench.expectDocuments(CatchUpTests.shopQuery, in: alias)
        }
    }

    @Test(arguments: RunTests.targets)
    func `catch-up brings the live index up to date, and no alias of ours stays`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await CatchUpTests.makeShop(bench)
            try await bench.succeed("run", "products")
            let serving = try await bench.alias("e2e-products")
            try await bench.sql(CatchUpTests.changes)
            try await bench.succeed("catch-up", "products")
            #expect(try await bench.alias("e2e-products") == serving)
            try await bench.expectDocuments(CatchUpTests.shopQuery, in: "\(bench.prefix)products")
            #expect(!(try await bench.ask("GET", "\(serving[0])/_alias").body.contains("reindex-writer")))
            try await bench.succeed("catch-up", "products")
            try bench.write(CatchUpTests.shopMapping + "\nmax_rejected: 3\n", to: "products.yaml")
            try await bench.succeed("run", "products", "--if-changed")
            #expect(try await bench.alias("e2e-products") == serving, "nothing that makes a document changed")
            try bench.write(
                CatchUpTests.shopMapping.replacing("document:", with: "document:\n  omit: [updated_at]"),
                to: "products.yaml")
            try await bench.succeed("run", "products", "--if-changed")
            #expect(try await bench.alias("e2e-products") != serving)
        }
    }

    @Test(arguments: RunTests.targets)
    func `a row that OpenSearch refuses while its index serves is recorded, and is exit 4`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.sql(
                """
                create table notes (id bigint primary key, title text not null, n int not null);
                insert into notes select i, 'Note ' || i, 1 from generate_series(1, 50) i; analyze notes
                """)
            try bench.writeMapping()
            try bench.write(
                #"{"mappings": {"dynamic": false, "properties": {"n": {"type": "byte"}}}}"#, to: "notes.index.json")
            try await bench.succeed("run", "notes")
            try await bench.sql("update notes set n = 1000 where id = 7")
            for command in [["catch-up", "notes"], ["verify", "notes", "--content", "--repair"]] {
                let refused = await (try bench.start(command)).wait()
                #expect(refused.status == 4 && refused.errors.contains("OpenSearch refused 1 document"), "\(refused)")
                let listed = try await bench.succeed("rejected", "notes")
                #expect(listed.output.contains("7"), "\(listed.output)")
            }
            try await bench.sql("update notes set n = 2 where id = 7")
            let retried = try await bench.succeed("rejected", "notes", "--retry")
            #expect(retried.output.contains("1"), "\(retried.output)")
            try await bench.expectDocuments(
                "select id::text as _id, to_jsonb(notes) as document from notes", in: "\(bench.prefix)notes")
            try await bench.succeed("catch-up", "notes")
        }
    }

    @Test(arguments: RunTests.targets)
    func `rollback serves the index before at once, and then brings it up to date by its own mapping`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await CatchUpTests.makeShop(bench)
            try await bench.succeed("run", "products")
            let first = try await bench.alias("e2e-products")
            try bench.write(
                CatchUpTests.shopMapping.replacing("document:", with: "document:\n  omit: [title]"), to: "products.yaml"
            )
            try await bench.succeed("run", "products")
            let second = try await bench.alias("e2e-products")
            #expect(first != second)
            try await bench.sql(CatchUpTests.changes)
            let back = try await bench.succeed("rollback", "products")
            #expect(back.output.contains("rolled back"), "\(back.output)")
            #expect(try await bench.alias("e2e-products") == first)
            try await bench.expectDocuments(CatchUpTests.shopQuery, in: "\(bench.prefix)products")
            let history = try await bench.succeed("status", "products", "--history")
            #expect(history.output.contains("rolled back at"), "\(history.output)")
            // And forward again.
            try await bench.succeed("rollback", "products", "--to", second[0], "--no-catch-up")
            #expect(try await bench.alias("e2e-products") == second)
            try await bench.succeed("run", "products")
            #expect(try await bench.indices().count == 3)
        }
    }

    @Test(arguments: RunTests.targets)
    func `a rollback killed behind its alias call is finished by whoever comes next`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            let commands = [
                ["rollback", "notes"], ["--resume", "notes"], ["catch-up", "notes"], ["abort", "notes", "--yes"],
            ]
            for next in commands {
                if next[0] == "rollback" { try await bench.makeNotes(rows: 50) } else { try bench.writeMapping() }
                try await bench.succeed("run", "notes", "--fresh")
                let first = try await bench.alias("e2e-notes")
                try bench.writeMapping(more: "document: {omit: [body]}")
                try await bench.succeed("run", "notes", "--fresh")
                let second = try await bench.alias("e2e-notes")[0]
                let proxy = try HoldingProxy(for: bench.openSearch)
                defer { proxy.stop() }
                proxy.hold(.after, TransitionTests.aliasMoved.matches)
                let back = try bench.start(["rollback", "notes"], with: ["OPENSEARCH_URL": proxy.address])
                #expect(try await proxy.isHolding(within: .seconds(30), unless: { !back.isRunning }))
                back.signal(SIGKILL)
                _ = await back.wait()
                let status = try await bench.succeed("status", "notes")
                #expect(status.output.contains("the next command finishes it"), "\(status.output)")
                let finished = await (try bench.start(next)).wait()
                #expect(finished.status == 0, "\(next): \(finished.errors)")
                #expect(try await bench.alias("e2e-notes") == first, "\(next)")
                let refused = try await bench.reindex("run", "notes", "--if-changed", "--on-mismatch", "fresh")
                #expect(refused.status == 78, "\(next): \(refused.errors)")
                let run = second.suffix(20)
                #expect(refused.errors.contains(run), "the bad run is named: \(refused.errors)")
                let history = try await bench.succeed("status", "notes", "--history")
                #expect(history.output.contains("rolled back at"), "\(next): \(history.output)")
                // By the index's own mapping: the body is in it.
                try await bench.succeed("catch-up", "notes")
                try await bench.expectNotes()
            }
        }
    }

    @Test(arguments: RunTests.targets)
    func `a changed mapping is not brought onto the index that serves`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 50)
            try await bench.succeed("run", "notes")
            try bench.writeMapping(more: "document: {omit: [body]}")
            for command in [["catch-up", "notes"], ["verify", "notes", "--content", "--repair"]] {
                let refused = await (try bench.start(command)).wait()
                #expect(refused.status == 78 && refused.errors.contains("document.omit"), "\(refused.errors)")
            }
            let compared = try await bench.reindex("verify", "notes", "--content")
            #expect(compared.status == 4 && compared.output.contains("by another mapping"), "\(compared.output)")
            try await bench.expectNotes()
            let status = try await bench.succeed("status", "notes")
            #expect(status.output.contains("promoted"), "\(status.output)")
        }
    }

    @Test(arguments: RunTests.targets)
    func `abort ends a catch-up that was interrupted, and leaves the index`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 50)
            try await bench.succeed("run", "notes")
            let serving = try await bench.alias("e2e-notes")
            let proxy = try HoldingProxy(for: bench.openSearch)
            defer { proxy.stop() }
            proxy.hold(.before) { $0.path.contains("/_search") && $0.body.contains(#""_doc""#) }
            let killed = try bench.start(["catch-up", "notes"], with: ["OPENSEARCH_URL": proxy.address])
            #expect(try await proxy.isHolding(within: .seconds(30), unless: { !killed.isRunning }))
            killed.signal(SIGKILL)
            _ = await killed.wait()
            let ended = try await bench.succeed("abort", "notes", "--yes")
            #expect(ended.output.contains("the index stays"), "\(ended.output)")
            #expect(try await bench.alias("e2e-notes") == serving)
            #expect(!(try await bench.ask("GET", "\(serving[0])/_alias").body.contains("reindex-writer")))
            let status = try await bench.succeed("status", "notes")
            #expect(status.output.contains("notes: promoted"), "\(status.output)")
            let caughtUp = try await bench.succeed("catch-up", "notes")
            #expect(caughtUp.output.contains("was brought up to date; it holds 50 documents"), "\(caughtUp.output)")
        }
    }

    @Test(arguments: RunTests.targets)
    func `what was left unpromoted is proven again and promoted`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await CatchUpTests.makeShop(bench)
            try await bench.succeed("run", "products", "--no-promote")
            #expect(try await bench.alias("e2e-products").isEmpty)
            try await bench.sql(CatchUpTests.changes)
            try await bench.succeed("promote", "products")
            try await bench.expectDocuments(CatchUpTests.shopQuery, in: "\(bench.prefix)products")
            let again = try await bench.reindex("promote", "products")
            #expect(again.status == 65 && again.errors.contains("promoted"), "\(again.errors)")
        }
    }

    @Test(arguments: RunTests.targets)
    func `prune drops what is past its time, and keeps the last good one and what is not ours`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 10)
            var served: [String] = []
            for _ in 1...3 {
                try await bench.succeed("run", "notes")
                served += try await bench.alias("e2e-notes")
            }
            let foreign = "\(bench.prefix)notes-20200101-000000-0000"
            try await bench.ask("PUT", foreign)
            try bench.writeMapping(more: "retain: {for: 1s, at_least: 1}")
            try await Task.sleep(for: .milliseconds(1100))
            let dry = try await bench.succeed("prune", "notes", "--dry-run")
            #expect(dry.output.contains(served[0]) && dry.output.contains("would go"), "\(dry.output)")
            #expect(try await bench.indices().count == 4)
            try await bench.succeed("prune", "notes")
            #expect(try await bench.indices() == ([foreign] + served[1...]).sorted())
            try await bench.expectNotes()
        }
    }

    @Test func `a rollback that is stopped while it brings the old index up to date is gone on with`() async throws {
        try await Workbench.use(RunTests.targets.last ?? .sandbox) { bench in
            try await bench.makeSlowNotes(rows: 3000)
            try await bench.hurry()
            try await bench.succeed("run", "notes")
            let first = try await bench.alias("e2e-notes")
            try bench.writeSlowMapping(more: "document: {omit: [body]}")
            try await bench.succeed("run", "notes")
            try await bench.sql("update pace set seconds = 0.003; update notes set title = 'since' where id = 7")
            let process = try bench.start(["rollback", "notes"])
            while process.isRunning, try await bench.alias("e2e-notes") != first {
                try await Task.sleep(for: .milliseconds(20))
            }
            try await bench.awaitFetch(by: process)
            process.signal(SIGTERM)
            let stopped = await process.wait()
            #expect(stopped.status == 75, "\(stopped.errors)")
            #expect(try await bench.alias("e2e-notes") == first)
            try await bench.hurry()
            try await bench.succeed("--resume", "notes")
            #expect(try await bench.alias("e2e-notes") == first)
            try await bench.expectNotes()
        }
    }

    /// The look at it was before the rollback, the deletion comes after it.
    @Test(arguments: RunTests.targets)
    func `an index that a rollback serves again is not dropped by who found it unused before`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 10)
            try await bench.succeed("run", "notes")
            let first = try await bench.alias("e2e-notes")
            try await bench.succeed("run", "notes")
            try bench.writeMapping(more: "retain: {for: 1s, at_least: 0}")
            try await Task.sleep(for: .milliseconds(1100))
            let proxy = try HoldingProxy(for: bench.openSearch)
            defer { proxy.stop() }
            // The request reaches the server after all, late.
            proxy.hold(.before) { $0.body.contains("remove_index") || $0.method == "DELETE" }
            let prune = try bench.start(["prune", "notes"], with: ["OPENSEARCH_URL": proxy.address])
            #expect(try await proxy.isHolding(within: .seconds(30), unless: { !prune.isRunning }))
            try await bench.succeed("rollback", "notes", "--no-catch-up")
            let late = try #require(proxy.heldRequest)
            let answer = try await bench.ask(late.method, String(late.path.dropFirst()), late.body)
            #expect(answer.status == 404, "\(answer.body)")
            prune.signal(SIGKILL)
            _ = await prune.wait()
            #expect(try await bench.alias("e2e-notes") == first)
            try await bench.expectNotes()
            let again = try await bench.succeed("prune", "notes")
            #expect(try await bench.alias("e2e-notes") == first, "\(again.output)")
        }
    }

    @Test(arguments: RunTests.targets)
    func `an index that was held, and that another command left behind, is dropped in its time`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 10)
            try await bench.succeed("run", "notes")
            let serving = try await bench.alias("e2e-notes")
            try await bench.succeed("run", "notes", "--no-promote")
            let held = try #require(try await bench.indices().first { $0 != serving[0] })
            try await bench.succeed("catch-up", "notes")
            let aliases = try await bench.ask("GET", "_alias/reindex-writer-*").body
            #expect(!aliases.contains(held), "\(aliases)")
            let kept = try await bench.succeed("prune", "notes")
            #expect(try await bench.indices().contains(held), "\(kept.output)")
            // Until then it may be promoted by its name; and an alias that a holder left is nobody's reason to keep it.
            let left = #"{"actions": [{"add": {"index": "\#(held)", "alias": "reindex-writer-\#(bench.prefix)x-7"}}]}"#
            try await bench.ask("POST", "_aliases", left)
            try bench.writeMapping(more: "retain: {for: 1s, at_least: 1}")
            try await Task.sleep(for: .milliseconds(1100))
            try await bench.succeed("prune", "notes")
            #expect(try await bench.indices() == serving)
            try await bench.expectNotes()
        }
    }
}
