import Foundation
import Testing

/// Several readers on slices of the table: killed in the middle of them, the index equals the table.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"), .serialized)
struct SliceTests {
    private static let target = RunTests.targets.last ?? .sandbox

    @Test(arguments: RunTests.targets) func `killed in the middle of several slices, it goes on in each of them`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 16_000)
            for number in 0..<4 {
                try await bench.sql(
                    "update notes set title = 'Note ' || id || ' of \(number)' where id % 10 = \(number)")
                let before = try await bench.alias("e2e-notes")
                let proxy = try HoldingProxy(for: bench.openSearch)
                // A row of the middle of the third slice of four: by then the others are on their way as well.
                let row = 10_000 + 300 * number
                proxy.hold(.before) { $0.path.contains("/_bulk") && $0.body.contains(#""_id":"\#(row)""#) }
                let process = try bench.start(
                    ["run", "notes", "--readers", "4", "--body-size", "16KiB", "--quiet"],
                    with: ["OPENSEARCH_URL": proxy.address])
                #expect(try await proxy.isHolding(within: .seconds(60)) { false }, "\(process.errorsSoFar)")
                process.signal(SIGKILL)
                _ = await process.wait()
                proxy.stop()
                try await bench.succeed("--resume", "notes", "--readers", String(1 + number % 4), "--quiet")
                let after = try await bench.alias("e2e-notes")
                #expect(after.count == 1 && after != before)
                try await bench.expectNotes()
                for index in try await bench.indices() where !after.contains(index) {
                    try await bench.ask("DELETE", index)
                }
            }
        }
    }

    @Test func `each reader has a connection of its own, and the rows are those of one snapshot`() async throws {
        try await Workbench.use(Self.target) { bench in
            try await bench.makeNotes(rows: 40_000)
            let proxy = try HoldingProxy(for: bench.openSearch)
            proxy.hold(.before) { $0.path.contains("/_bulk") && $0.body.contains(#""_id":"39000""#) }
            let process = try bench.start(
                ["run", "notes", "--readers", "3", "--body-size", "16KiB", "--report", "report.json", "--quiet"],
                with: ["OPENSEARCH_URL": proxy.address])
            #expect(try await proxy.isHolding(within: .seconds(60)) { false }, "\(process.errorsSoFar)")
            proxy.release()
            let result = await process.wait()
            proxy.stop()
            #expect(result.status == 0, "\(result.errors)")
            try await bench.expectNotes()
            let data = try Data(contentsOf: bench.folder.appending(path: "report.json"))
            let report = try JSONSerialization.jsonObject(with: data) as? [String: Any]
            // Rounds after the copy may have taken another: whatever writes on the server moves the first one's moment.
            let reasons = (report?["snapshots"] as? [[String: Any]])?.compactMap { $0["why"] as? String }
            #expect(reasons?.filter { !$0.contains("round") }.count == 1, "\(reasons ?? [])")
        }
    }

    @Test func `keys of several columns, skewed, are read by several readers`() async throws {
        try await Workbench.use(Self.target) { bench in
            try await bench.sql(
                """
                create table lines (tenant text, id uuid, at timestamptz not null, primary key (tenant, id));
                insert into lines select case when n <= 18000 then 'große' else 'T' || n % 7 end, md5(n::text)::uuid, now()
                from generate_series(1, 20000) n;
                analyze lines
                """)
            try bench.write(
                """
                alias: e2e-lines
                body: lines.index.json
                source: {table: lines, key: [tenant, id], readers: 3}
                document: {omit: at}
                """, to: "lines.yaml")
            try bench.write(#"{"mappings": {"dynamic": false}}"#, to: "lines.index.json")
            try await bench.succeed("run", "lines", "--body-size", "16KiB", "--quiet")
            try await bench.expectDocuments(
                """
                select tenant || ':' || id as _id, jsonb_build_object('tenant', tenant, 'id', id) as document from lines
                """, in: "\(bench.prefix)lines")
        }
    }

    @Test func `connections that are cut in the middle of several slices lose nothing`() async throws {
        try await Workbench.use(Self.target) { bench in
            try await bench.makeNotes(rows: 40_000)
            for limit in [1, 9] {
                let proxy = try HoldingProxy(for: bench.openSearch)
                proxy.hold(.before) { $0.path.contains("/_bulk") && $0.body.contains(#""_id":"24000""#) }
                let process = try bench.start(
                    ["run", "notes", "--readers", "3", "--body-size", "16KiB", "--quiet"],
                    with: ["OPENSEARCH_URL": proxy.address])
                #expect(try await proxy.isHolding(within: .seconds(60)) { false }, "\(process.errorsSoFar)")
                // One of them, which another's snapshot outlives or not; then all.
                try await bench.sql(
                    """
                    select pg_terminate_backend(pid) from (select pid from pg_stat_activity
                    where datname = current_database() and application_name = 'reindex' limit \(limit)) as connections
                    """)
                proxy.release()
                let result = await process.wait()
                proxy.stop()
                #expect(result.status == 0, "\(result.errors)")
                try await bench.expectNotes()
            }
        }
    }

    /// The sample is of the table, and the query takes of it what lies in the last slices alone.
    @Test func `slices that run long are split, and killed in the midst of it`() async throws {
        try await Workbench.use(Self.target) { bench in
            try await bench.makeNotes(rows: 60_000)
            try bench.write(
                """
                alias: e2e-notes
                body: notes.index.json
                source: {query: select * from notes where id > 40000, key: id, readers: 4}
                """, to: "notes.yaml")
            let proxy = try HoldingProxy(for: bench.openSearch)
            proxy.hold(.before) { $0.path.contains("/_bulk") && $0.body.contains(#""_id":"58000""#) }
            let process = try bench.start(
                ["run", "notes", "--body-size", "16KiB", "--checkpoints", "checkpoints", "--quiet"],
                with: ["OPENSEARCH_URL": proxy.address])
            #expect(try await proxy.isHolding(within: .seconds(60)) { false }, "\(process.errorsSoFar)")
            process.signal(SIGKILL)
            _ = await process.wait()
            proxy.stop()
            try await bench.succeed("--resume", "notes", "--checkpoints", "checkpoints", "--quiet")
            try await bench.expectDocuments(
                Workbench.notesQuery + " where id > 40000", in: "\(bench.prefix)notes")
            let slices = try FileManager.default.subpathsOfDirectory(
                atPath: bench.folder.appending(path: "checkpoints").path
            ).filter { $0.contains("slice-") }
            #expect(slices.count > 4, "\(slices)")
        }
    }

    /// It waits for the copy's transaction, and everybody else behind it: a second reader that waited there too, whether it
    /// joins with a slice of its own or splits the first one's, would wait for ever.
    @Test(arguments: [6000, 12_000])
    func `an ALTER TABLE beside a copy waits for one transaction, and the copy for nobody`(rows: Int) async throws {
        try await Workbench.use(Self.target) { bench in
            try await bench.makeNotes(rows: rows)
            try await bench.makePace(seconds: 6.0 / Double(rows))
            try bench.write(
                """
                alias: e2e-notes
                body: notes.index.json
                source:
                  query: select id, title, body from notes where pg_sleep((select seconds from pace)) is not null
                  key: id
                """, to: "notes.yaml")
            let process = try bench.start(
                ["run", "notes", "--fetch-size", "50", "--time-limit", "90s", "--report", "report.json", "--quiet"])
            try await bench.awaitFetch(by: process)
            async let altered = bench.sql("alter table notes add column extra int")
            try await Task.sleep(for: .milliseconds(500))
            let waiting = try await bench.sql(
                "select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock'")
            #expect(waiting != ["0"], "it waits for the copy")
            try await bench.hurry()
            let result = await process.wait()
            _ = try await altered
            #expect(result.status == 0, "\(result.errors)")
            let report = try String(contentsOf: bench.folder.appending(path: "report.json"), encoding: .utf8)
            #expect(report.contains("waiting for a lock on a table of the query"), "\(report)")
            try await bench.expectDocuments(
                "select id::text as _id, to_jsonb(notes) - 'extra' as document from notes", in: "\(bench.prefix)notes")
        }
    }
}
