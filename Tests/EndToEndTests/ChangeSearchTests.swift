import Foundation
import Testing

/// Rows that changed are looked for by the transactions that wrote them, or by a column: no document is read back for it.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct ChangeSearchTests {
    /// Runs with the copy done and nothing compared yet while `changes` are made; whether documents were read back.
    private func run(
        _ bench: Workbench, _ mapping: String, while changes: (Workbench) async throws -> Void
    ) async throws -> (result: ChildProcess.Result, readsBack: Bool) {
        let proxy = try HoldingProxy(for: bench.openSearch)
        defer { proxy.stop() }
        proxy.hold(.before) { $0.path.contains("/_refresh") }
        let run = try bench.start(["run", mapping], with: ["OPENSEARCH_URL": proxy.address])
        #expect(try await proxy.isHolding(within: .seconds(60), unless: { !run.isRunning }), "\(run.errorsSoFar)")
        try await changes(bench)
        proxy.release()
        let result = await run.wait()
        #expect(result.status == 0, "\(result.errors)")
        let listings = proxy.requests.filter { $0.path.contains("/_search") && $0.body.contains(#""_doc""#) }
        #expect(!listings.isEmpty)
        return (result, listings.contains { $0.body.contains(#""_source":true"#) })
    }

    @Test(arguments: RunTests.targets)
    func `a plain table's changes are found by their transactions, however long those took`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 5000)
            let shared = bench
            // It begins before the copy and commits after it: its number is older than the copy's snapshot.
            async let late = shared.sql(
                """
                begin; update notes set title = 'late' where id between 100 and 120; savepoint s;
                insert into notes values (9000, 'late and new', 'x'); select pg_sleep(5); commit
                """)
            while try await bench.sql(
                "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()")
                == ["0"]
            {}
            let (result, readsBack) = try await run(bench, "notes") { bench in
                try await bench.sql(
                    """
                    update notes set body = 'changed' where id % 50 = 1;
                    delete from notes where id % 50 = 2;
                    insert into notes select n, 'new', 'x' from generate_series(5001, 5100) n;
                    begin; update notes set id = -1 where id = 6; update notes set id = 6 where id = 7;
                    update notes set id = 7 where id = -1; commit;
                    begin; delete from notes where id > 4000; rollback
                    """)
                try await bench.psql(["-c", "vacuum freeze notes"])
            }
            _ = try await late
            #expect(!readsBack && result.output.contains("caught up"), "\(result.output)")
            // What committed after the first round is the next run's.
            try await bench.succeed("run", "notes")
            try await bench.expectNotes()
        }
    }

    @Test(arguments: RunTests.targets)
    func `what a transaction of before the copy wrote is found when it has committed`(target: Servers.Target)
        async throws
    {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 2000)
            let shared = bench
            async let late = shared.sql(
                "begin; update notes set title = 'late' where id between 100 and 120; select pg_sleep(4); commit")
            while try await bench.sql(
                "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()")
                == ["0"]
            {}
            let (_, readsBack) = try await run(bench, "notes") { bench in
                while try await bench.sql("select count(*) from notes where title = 'late'") == ["0"] {
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            _ = try await late
            #expect(!readsBack)
            try await bench.expectNotes()
        }
    }

    /// Its rows were written before the copy's snapshot: no transaction tells them.
    @Test(arguments: RunTests.targets)
    func `a table that takes the name of the one that was copied is compared by content`(target: Servers.Target)
        async throws
    {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 2000)
            try await bench.sql(
                """
                create table other (like notes including all);
                insert into other select id, case when id % 3 = 0 then 'of the other' else title end, body from notes
                """)
            let (_, readsBack) = try await run(bench, "notes") { bench in
                try await bench.sql(
                    "begin; alter table notes rename to former; alter table other rename to notes; commit")
            }
            #expect(readsBack)
            try await bench.expectNotes()
        }
    }

    /// As a server that was restored from a backup would have: numbers of transactions that say nothing of what was copied.
    @Test func `a server that was started anew is compared by content`() async throws {
        let server = try await OwnPostgres.start()
        try await Workbench.use(.sandbox) { bench in
            try await bench.move(to: server)
            try await bench.makeNotes(rows: 2000)
            let (_, readsBack) = try await run(bench, "notes") { bench in
                try await server.restart()
                try await bench.sql("update notes set title = 'changed' where id % 10 = 0")
            }
            #expect(readsBack)
            try await bench.expectNotes()
        }
        await server.stop()
    }

    @Test(arguments: RunTests.targets)
    func `by a column, what it tells is found, and deletions`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await CatchUpTests.makeShop(bench)
            try bench.write(
                CatchUpTests.shopMapping + "\ncatch_up: {changed_at: updated_at}", to: "products.yaml")
            let plan = try await bench.reindex("plan", "products")
            #expect(
                plan.output.contains("catch up   by changed_at") && plan.output.contains("proven"), "\(plan.output)")
            let (_, readsBack) = try await run(bench, "products") { bench in
                try await bench.sql(
                    """
                    update products set title = 'by now', updated_at = now() where id % 10 = 1;
                    update products set title = 'by null', updated_at = null where id % 10 = 2;
                    update products set title = 'in time to come', updated_at = '2099-01-01' where id % 10 = 3;
                    delete from products where id % 10 = 4;
                    insert into products select n, 1, 'new', now() from generate_series(3001, 3050) n
                    """)
            }
            #expect(!readsBack)
            try await bench.expectDocuments(CatchUpTests.shopQuery, in: "\(bench.prefix)products")
        }
    }

    @Test func `plan says how, and what is wrong with the expression`() async throws {
        try await Workbench.use(.sandbox) { bench in
            try await CatchUpTests.makeShop(bench)
            #expect(try await bench.reindex("plan", "products").output.contains("catch up   by content"))
            try await bench.makeNotes(rows: 10)
            #expect(try await bench.reindex("plan", "notes").output.contains("catch up   by xmin"))
            try bench.write(
                CatchUpTests.shopMapping + "\ncatch_up: {changed_at: no_such_column}", to: "products.yaml")
            let refused = try await bench.reindex("plan", "products")
            #expect(refused.status == 65 && refused.errors.contains("catch_up.changed_at"), "\(refused.errors)")
        }
    }

    /// Somebody changed a document of the new index: keys and counts are equal, and only reading it tells.
    @Test(arguments: RunTests.targets)
    func `verify.content finds a document that says something else than its row`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 500, more: "verify: {content: all}")
            let (result, readsBack) = try await run(bench, "notes") { bench in
                let index = try #require(try await bench.indices().first)
                let put = try await bench.ask("PUT", "\(index)/_doc/77", #"{"id": 77, "title": "by somebody else"}"#)
                #expect(put.status == 200, "\(put.body)")
            }
            #expect(readsBack && result.status == 0, "\(result.errors)")
            try await bench.expectNotes()
        }
    }
}
