import Foundation
import Testing

/// A table of scattered keys, read block by block: rows that move between the snapshots of one run are not lost.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"), .serialized)
struct PhysicalOrderTests {
    private static let query =
        "select id::text as _id, jsonb_build_object('id', id, 'n', n, 'pad', pad) as document from scattered"

    private func make(_ bench: Workbench) async throws {
        try await bench.sql(
            """
            create table scattered (id uuid primary key, n int not null, pad text not null)
                with (autovacuum_enabled = off);
            insert into scattered select md5(n::text)::uuid, n, repeat('x', 80) from generate_series(1, 40000) n;
            delete from scattered where n <= 4000;
            analyze scattered
            """)
        try await bench.psql(["-c", "vacuum scattered"])
        try bench.write(
            """
            alias: e2e-scattered
            body: scattered.index.json
            source: {table: scattered, key: id, order: physical}
            """, to: "scattered.yaml")
        try bench.write(#"{"mappings": {"dynamic": false}}"#, to: "scattered.index.json")
    }

    /// Stopped by a kill while the row number `n` is on its way.
    private func kill(_ bench: Workbench, at n: Int, _ arguments: [String]) async throws {
        let proxy = try HoldingProxy(for: bench.openSearch)
        defer { proxy.stop() }
        proxy.hold(.before) { $0.path.contains("/_bulk") && $0.body.contains(#""n":\#(n),"#) }
        let process = try bench.start(
            arguments + ["--body-size", "16KiB", "--quiet"], with: ["OPENSEARCH_URL": proxy.address])
        #expect(
            try await proxy.isHolding(within: .seconds(60), unless: { !process.isRunning }), "\(process.errorsSoFar)")
        process.signal(SIGKILL)
        _ = await process.wait()
    }

    /// From the end of the table to its beginning, which was vacuumed free and read already; and the other way about.
    private static let moves = """
        update scattered set pad = 'to the front' where n > 39000;
        delete from scattered where n % 7 = 3;
        update scattered set pad = 'to the back' where n between 4000 and 5000;
        insert into scattered select md5(n::text)::uuid, n, 'new' from generate_series(40001, 40100) n
        """

    @Test(arguments: RunTests.targets) func `killed, and rows moved before the places it had read`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await make(bench)
            for (number, readers) in ["1", "3", "auto"].enumerated() {
                let more = readers == "auto" ? [] : ["--readers", readers]
                try await kill(bench, at: 24_001 + 700 * number, ["run", "scattered"] + more)
                try await bench.sql(
                    Self.moves.replacing("40001, 40100", with: "\(40_001 + 100 * number), \(40_100 + 100 * number)"))
                let result = try await bench.reindex("--resume", "scattered", "--report", "report.json")
                #expect(result.status == 0, "\(result.errors)")
                try await bench.expectDocuments(Self.query, in: "\(bench.prefix)scattered", pageSize: 10_000)
            }
        }
    }

    /// Without a promotion there is no round that the run would make in any case.
    @Test func `what is held equals the table as well`() async throws {
        try await Workbench.use(RunTests.targets.last ?? .sandbox) { bench in
            try await make(bench)
            try await kill(bench, at: 24_001, ["run", "scattered", "--no-promote"])
            try await bench.sql(Self.moves)
            let result = try await bench.reindex(
                "--resume", "scattered", "--no-promote", "--report", "report.json")
            #expect(result.status == 0, "\(result.errors)")
            let data = try Data(contentsOf: bench.folder.appending(path: "report.json"))
            let report = try JSONSerialization.jsonObject(with: data) as? [String: Any]
            let index = try #require(report?["index"] as? String)
            try await bench.expectDocuments(Self.query, in: index, pageSize: 10_000)
        }
    }

    @Test func `a table that was rewritten is not gone on with`() async throws {
        try await Workbench.use(RunTests.targets.last ?? .sandbox) { bench in
            try await make(bench)
            try await kill(bench, at: 24_001, ["run", "scattered"])
            try await bench.psql(["-c", "vacuum full scattered"])
            let refused = try await bench.reindex("--resume", "scattered")
            #expect(refused.status == 78 && refused.errors.contains("rewritten"), "\(refused.errors)")
            let fresh = try await bench.reindex("run", "scattered")
            #expect(fresh.status == 0 && fresh.output.contains("began anew"), "\(fresh.output) \(fresh.errors)")
            try await bench.expectDocuments(Self.query, in: "\(bench.prefix)scattered", pageSize: 10_000)
        }
    }

    @Test func `a query is not read so, and plan says which order it is`() async throws {
        try await Workbench.use(.sandbox) { bench in
            try await make(bench)
            let plan = try await bench.reindex("plan", "scattered")
            #expect(plan.output.contains("physical, block by block"), "\(plan.output)")
            try bench.write(
                """
                alias: e2e-scattered
                body: scattered.index.json
                source: {query: select * from scattered, key: id, order: physical}
                """, to: "scattered.yaml")
            let refused = try await bench.reindex("run", "scattered")
            #expect(refused.status == 65 && refused.errors.contains("source.order"), "\(refused.errors)")
        }
    }
}
