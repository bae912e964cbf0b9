import Foundation
import Testing

/// A run that people pause, slow down and watch while it works.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct PauseTests {
    /// Long enough for any machine that the holder has looked: it looks each second.
    private static let noticed = Duration.seconds(4)
    /// One small body at a time: such a run takes many seconds.
    private static let run = ["run", "notes", "--body-size", "16KiB", "--max-in-flight", "1"]

    /// - Parameter rows: how many the table has.
    private func withNotes(
        on target: Servers.Target, _ test: (_ bench: inout Workbench, _ rows: Int) async throws -> Void
    ) async throws {
        let slow = target == .sandbox ? try await Sandbox.start(faults: "POST *_bulk late 25") : nil
        let rows = slow == nil ? 80_000 : 20_000
        try await Workbench.use(target, at: slow?.address) { bench in
            try await bench.makeNotes(rows: rows)
            try await test(&bench, rows)
        }
        await slow?.stop()
    }

    /// Documents in the index that is being filled.
    private func count(_ bench: Workbench) async throws -> Int {
        guard let index = try await bench.indices().last else { return 0 }
        try await bench.ask("POST", "\(index)/_refresh")
        return try await bench.ask("GET", "\(index)/_count").object["count"] as? Int ?? 0
    }

    private func status(_ bench: Workbench, _ more: String...) async throws -> [String: Any] {
        let result = await (try bench.start(["status", "notes", "--json"] + more)).wait()
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any] ?? [:]
    }

    @Test(arguments: RunTests.targets.map { ($0, []) } + [(.sandbox, ["--checkpoints", "here"])])
    func `a run paused in the middle takes no documents, and ends equal to the table after unpause`(
        target: Servers.Target, checkpoints: [String]
    ) async throws {
        try await withNotes(on: target) { bench, rows in
            let started = try bench.start(Self.run + checkpoints)
            while try await count(bench) == 0, started.isRunning { try await Task.sleep(for: .milliseconds(50)) }
            let paused = await (try bench.start(["pause", "notes"] + checkpoints)).wait()
            #expect(paused.status == 0 && paused.output.contains("is paused"), "\(paused.output)\(paused.errors)")
            try await Task.sleep(for: Self.noticed)
            let before = try await count(bench)
            try await Task.sleep(for: .seconds(3))
            #expect(try await count(bench) == before, "nothing is taken while it is paused")
            #expect(before > 0 && before < rows && started.isRunning, "\(before): \(started.errorsSoFar)")
            #expect(started.errorsSoFar.contains("paused since"), "\(started.errorsSoFar)")
            let text = await (try bench.start(["status", "notes"] + checkpoints)).wait().output
            #expect(text.contains("active, in copy, paused") && text.contains("paused since"), "\(text)")
            // Changed while it waits: in the index too, for the rounds find it.
            try await bench.sql("update notes set title = 'while paused' where id % 3 = 0")
            let watching = try bench.start(["status", "notes", "--watch"] + checkpoints)
            let unpaused = await (try bench.start(["unpause", "notes"] + checkpoints)).wait()
            #expect(unpaused.status == 0 && unpaused.output.contains("goes on"), "\(unpaused.output)")
            let result = await started.wait()
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("as reindex pause asked"), "\(result.output)")
            let watched = await watching.wait()
            #expect(watched.status == 0, "\(watched.errors)")
            #expect(watched.output.contains("notes: active, in copy") && watched.output.contains("notes: promoted"))
            try await bench.expectNotes()
            // There is no run to pause any more.
            let late = await (try bench.start(["pause", "notes"] + checkpoints)).wait()
            #expect(late.status == 65 && late.errors.contains("no run of notes is under way"), "\(late.errors)")
        }
    }

    @Test(arguments: RunTests.targets)
    func `a paused run ends with its time limit, and stays paused when it is resumed`(
        target: Servers.Target
    ) async throws {
        try await withNotes(on: target) { bench, rows in
            let started = try bench.start(Self.run + ["--time-limit", "9s"])
            while try await count(bench) == 0, started.isRunning { try await Task.sleep(for: .milliseconds(50)) }
            try await bench.succeed("pause", "notes")
            let ended = await started.wait()
            #expect(ended.status == 75, "\(ended.errors)")
            #expect(ended.errors.contains("reindex unpause notes"), "\(ended.errors)")
            let before = try await count(bench)
            #expect(before < rows)
            let resumed = try bench.start(["--resume", "notes", "--report", "report.json"])
            try await Task.sleep(for: Self.noticed)
            #expect(resumed.errorsSoFar.contains("paused since"), "\(resumed.errorsSoFar)")
            #expect(try await count(bench) == before && resumed.isRunning)
            let control = try await status(bench)["control"] as? [String: Any]
            #expect((control?["pause"] as? [String: Any])?["by"] as? String != nil, "\(String(describing: control))")
            try await bench.succeed("unpause", "notes")
            let result = await resumed.wait()
            #expect(result.status == 0, "\(result.errors)")
            try await bench.expectNotes()
            #expect(try await status(bench)["control"] == nil)
        }
    }

    @Test(arguments: RunTests.targets)
    func `a throttled run keeps near its rate, and is let go`(target: Servers.Target) async throws {
        try await withNotes(on: target) { bench, _ in
            let started = try bench.start(Self.run)
            while try await count(bench) == 0, started.isRunning { try await Task.sleep(for: .milliseconds(50)) }
            let throttled = try await bench.succeed("throttle", "notes", "--rate", "100")
            #expect(throttled.output.contains("throttled to 100 documents/s"), "\(throttled.output)")
            try await Task.sleep(for: Self.noticed)
            let (before, began) = (try await count(bench), ContinuousClock.now)
            try await Task.sleep(for: .seconds(8))
            let (after, seconds) = (try await count(bench), (ContinuousClock.now - began) / .seconds(1))
            let rate = Double(after - before) / seconds
            #expect(rate > 20 && rate < 200, "\(rate) a second, and 100 was asked")
            #expect(started.isRunning && started.errorsSoFar.contains("throttled to 100"), "\(started.errorsSoFar)")
            try await bench.succeed("throttle", "notes", "--rate", "off")
            let result = await started.wait()
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("as reindex throttle asked"), "\(result.output)")
            try await bench.expectNotes()
        }
    }

    @Test func `Ctrl-C ends a watch with 130, and not the run`() async throws {
        try await withNotes(on: .sandbox) { bench, _ in
            let started = try bench.start(Self.run)
            while try await count(bench) == 0, started.isRunning { try await Task.sleep(for: .milliseconds(50)) }
            let watching = try bench.start(["status", "notes", "--watch", "--json"])
            try await Task.sleep(for: .seconds(1))
            watching.signal(SIGINT)
            let watched = await watching.wait()
            #expect(watched.status == 130)
            #expect(watched.output.split(separator: "\n").allSatisfy { $0.hasPrefix("{") }, "\(watched.output)")
            #expect(await started.wait().status == 0)
        }
    }

    @Test(arguments: RunTests.targets)
    func `what was rejected is taken when its cause is mended: before the promotion and after it`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 3000)
            try bench.write(
                #"{"settings": {"number_of_replicas": 0}, "mappings": {"dynamic": false, "properties": {"body": {"type": "integer"}}}}"#,
                to: "notes.index.json")
            try await bench.sql("update notes set body = case when id % 100 = 0 then 'words' else '7' end")
            let closed = try await bench.reindex("run", "notes", "--quiet")
            #expect(closed.status == 4, "\(closed.errors)")
            // Of thirty one is mended, then all but one, and then the rest.
            try await bench.sql("update notes set body = '8' where id = 100")
            let first = try await bench.reindex("rejected", "notes", "--retry")
            #expect(first.status == 4 && first.output.contains("1 document is taken now, 29 refused again"), "\(first)")
            try await bench.sql(
                "update notes set body = '8' where id % 100 = 0 and id > 200; delete from notes where id = 200")
            let second = try await bench.reindex("rejected", "notes", "--retry")
            #expect(
                second.status == 0 && second.output.contains("28 documents are taken now, 0 refused again; 1 row"),
                "\(second)")
            try await bench.succeed("--resume", "notes")
            try await bench.expectNotes()

            // Into the index that serves, whose documents the application may have written since.
            try await bench.sql("update notes set body = 'words' where id in (7, 8, 9)")
            try bench.writeMapping(more: "max_rejected: 3")
            try bench.write(
                #"{"settings": {"number_of_replicas": 0}, "mappings": {"dynamic": false, "properties": {"body": {"type": "integer"}}}}"#,
                to: "notes.index.json")
            try await bench.succeed("run", "notes")
            let serving = try await bench.alias("e2e-notes")
            // What is missing for a reason that is on record is no difference; what is missing besides is one.
            let told = try await bench.succeed("verify", "notes", "--content")
            #expect(told.output.contains("3 documents not in it, for OpenSearch refused them"), "\(told.output)")
            try await bench.ask("DELETE", "\(serving[0])/_doc/10")
            for more in [[], ["--keys", "5..20"]] {
                let lacking = await (try bench.start(["verify", "notes", "--json"] + more)).wait()
                #expect(lacking.status == 4 && lacking.output.contains(#""missing" : 1"#), "\(lacking)")
                #expect(lacking.output.contains(#""rejected" : 3"#), "\(lacking.output)")
            }
            try await bench.succeed("verify", "notes", "--repair")
            try await bench.sql("update notes set body = '9' where id in (7, 8, 9)")
            let row = try await bench.sql("select to_jsonb(notes) from notes where id = 8")[0]
            try await bench.ask("PUT", "\(bench.prefix)notes/_doc/8", row)
            let third = try await bench.reindex("rejected", "notes", "--retry", "--json")
            #expect(third.status == 0 && third.output.contains(#""taken":3"#), "\(third)")
            #expect(try await bench.alias("e2e-notes") == serving)
            try await bench.expectNotes()
            #expect(!(try await bench.ask("GET", "\(serving[0])/_alias").body.contains("reindex-writer")))
            let none = try await bench.succeed("rejected", "notes", "--retry")
            #expect(none.output.contains("nothing was rejected"), "\(none.output)")
        }
    }

    /// The id is made of two columns, and one of those is no key: all rows are read.
    @Test(arguments: RunTests.targets)
    func `an id that is not the key is found again, and a row without one too`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await bench.sql(
                """
                create table notes (id bigint primary key, shop text, total text);
                insert into notes select n, case when n = 5 then null else 's' || n % 3 end,
                    case when n % 50 = 0 then 'many' else n::text end from generate_series(1, 500) as n;
                """)
            try bench.write(
                """
                alias: e2e-notes
                body: notes.index.json
                max_rejected: 100
                source: {table: notes, key: id}
                document: {id: [shop, id], routing: shop}
                """, to: "notes.yaml")
            try bench.write(
                #"{"settings": {"number_of_replicas": 0}, "mappings": {"dynamic": false, "properties": {"total": {"type": "long"}}}}"#,
                to: "notes.index.json")
            try await bench.succeed("run", "notes")
            try await bench.sql(
                "update notes set total = '1' where total = 'many'; update notes set shop = 's9' where id = 5")
            let retried = try await bench.reindex("rejected", "notes", "--retry")
            #expect(retried.status == 0 && retried.output.contains("11 documents are taken now"), "\(retried)")
            try await bench.expectDocuments(
                "select shop || ':' || id as _id, to_jsonb(notes) as document, shop as routing from notes",
                in: "\(bench.prefix)notes")
        }
    }
}
