import Foundation
import Testing

/// What PostgreSQL, and what stands before it, does to a run in the middle: it goes on after the last place read, in a new
/// snapshot with an epoch of its own, and the report says why.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"), .serialized)
struct PostgresFaultTests {
    private static let target = RunTests.targets.last ?? .sandbox
    private static let inPieces = [
        "--body-size", "16KiB", "--max-in-flight", "1", "--report", "report.json", "--quiet",
    ]

    /// Runs notes, holds the bulk request with number 1000, lets things happen, and expects the table in the index.
    private func run(
        _ bench: Workbench, with more: [String: String] = [:], _ meanwhile: () async throws -> Void
    ) async throws -> ChildProcess.Result {
        let proxy = try HoldingProxy(for: bench.openSearch)
        proxy.hold(.before) { $0.path.contains("/_bulk") && $0.body.contains(#""_id":"1000""#) }
        let process = try bench.start(
            ["run", "notes"] + Self.inPieces, with: more.merging(["OPENSEARCH_URL": proxy.address]) { $1 })
        #expect(
            try await proxy.isHolding(within: .seconds(60)) { false }, "no such request: \(process.errorsSoFar)")
        try await meanwhile()
        proxy.release()
        let result = await process.wait()
        proxy.stop()
        return result
    }

    private func expectNewSnapshot(_ bench: Workbench, because reason: String) throws {
        let data = try Data(contentsOf: bench.folder.appending(path: "report.json"))
        let report = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        let snapshots = report?["snapshots"] as? [[String: Any]] ?? []
        let epochs = snapshots.compactMap { $0["epoch"] as? Int }
        #expect(snapshots.count >= 2 && epochs == epochs.sorted() && Set(epochs).count == epochs.count)
        let whys = snapshots.compactMap { $0["why"] as? String }
        #expect(whys.contains { $0.contains(reason) }, "\(whys)")
    }

    /// Rows that change behind and before the place read: before it the new snapshot's are the ones that count.
    private func change(_ bench: Workbench) async throws {
        try await bench.sql("update notes set title = 'changed' where id > 3500; delete from notes where id = 3900")
    }

    @Test func `a connection that is cut is made again`() async throws {
        try await Workbench.use(Self.target) { bench in
            try await bench.makeNotes(rows: 4000)
            let result = try await run(bench) {
                try await change(bench)
                try await bench.sql(
                    """
                    select pg_terminate_backend(pid) from pg_stat_activity
                    where datname = current_database() and application_name = 'reindex'
                    """)
            }
            #expect(result.status == 0, "\(result.errors)")
            try await bench.expectNotes()
            try expectNewSnapshot(bench, because: "terminating connection")
        }
    }

    @Test func `a server that restarts is waited for`() async throws {
        let server = try await OwnPostgres.start()
        try await Workbench.use(Self.target) { bench in
            try await bench.move(to: server)
            try await bench.makeNotes(rows: 4000)
            let result = try await run(bench) {
                try await change(bench)
                try await server.restart()
            }
            #expect(result.status == 0, "\(result.errors)")
            try await bench.expectNotes()
            try expectNewSnapshot(bench, because: "connection was lost")
        }
        await server.stop()
    }

    @Test func `time-outs of the server are obeyed`() async throws {
        try await Workbench.use(Self.target) { bench in
            try await bench.makeNotes(rows: 4000)
            try await bench.sql(
                "alter database \(bench.database) set idle_in_transaction_session_timeout = '1s'")
            let result = try await run(bench) { try await Task.sleep(for: .seconds(2.5)) }
            #expect(result.status == 0, "\(result.errors)")
            try await bench.expectNotes()
            try expectNewSnapshot(bench, because: "idle-in-transaction")

            // Each statement takes longer than it may: nothing moves, which is said, and goes on when it may.
            try await bench.makeNapping()
            try await bench.sql("alter database \(bench.database) set statement_timeout = '500ms'")
            let stuck = try await bench.reindex("run", "notes", "--patience", "3s")
            #expect(stuck.status == 75, "\(stuck.errors)")
            #expect(stuck.errors.contains("statement timeout"), "\(stuck.errors)")
            try await bench.sql("alter database \(bench.database) reset statement_timeout")
            try await bench.hurry()
            try await bench.succeed("run", "notes")
            try await bench.expectNotes()
        }
    }

    @Test func `a replica that cancels the query is asked again`() async throws {
        let primary = try await OwnPostgres.start(
            settings: "wal_level = replica\nmax_wal_senders = 4\nautovacuum = off")
        let replica = try await primary.makeReplica()
        try await Workbench.use(Self.target) { bench in
            try await bench.move(to: primary)
            try await bench.makeNotes(rows: 4000)
            func caughtUp() async throws {
                let written = try await bench.sql("select pg_current_wal_lsn()").first ?? ""
                let query = "select pg_last_wal_replay_lsn() >= '\(written)'"
                for _ in 0..<300 {
                    if try await bench.sql(query, on: replica) == ["t"] { return }
                    try await Task.sleep(for: .milliseconds(100))
                }
                Issue.record("the replica does not follow")
            }
            try await caughtUp()
            let result = try await run(bench, with: replica.environment) {
                try await change(bench)
                try await bench.sql("vacuum notes")
                try await caughtUp()
            }
            #expect(result.status == 0, "\(result.errors)")
            try await bench.expectNotes()
            try expectNewSnapshot(bench, because: "conflict with recovery")
        }
        await replica.stop()
        await primary.stop()
    }

    /// RDS Proxy itself was not tried: this refuses what its documentation says that it does not pass on.
    @Test func `a proxy that takes no start-up options, session SET and cancel requests is enough`() async throws {
        try await Workbench.use(Self.target) { bench in
            try await bench.makeNotes(rows: 4000)
            let proxy = try bench.startStrictProxy()
            defer { proxy.signal(SIGKILL) }
            let port = try await bench.port(of: proxy)
            let there = ["PGHOST": "127.0.0.1", "PGPORT": port]
            let result = try await run(bench, with: there) {
                try await change(bench)
                try await bench.sql(
                    """
                    select pg_terminate_backend(pid) from pg_stat_activity
                    where datname = current_database() and application_name = 'reindex'
                    """)
            }
            #expect(result.status == 0, "\(result.errors)")
            try await bench.expectNotes()
            // A stop in the middle of a slow query, which nobody cancels.
            try await bench.makeNapping()
            let stopped = try bench.start(["run", "notes", "--quiet"], with: there)
            try await Task.sleep(for: .seconds(1))
            stopped.signal(SIGTERM)
            let ended = await stopped.wait()
            #expect(ended.status == 75, "\(ended.errors)")
            try await bench.hurry()
            try await bench.succeed("--resume", "notes", with: there)
            try await bench.expectNotes()
            let refusals = proxy.errorsSoFar.split(separator: "\n").filter {
                $0.hasPrefix("refused") && !$0.contains("cancel request")
            }
            #expect(refusals.isEmpty, "\(refusals)")
        }
    }
}

extension Workbench {
    /// From now on the database is another server's; the one made before is left empty.
    mutating func move(to server: OwnPostgres) async throws {
        environment.merge(server.environment) { $1 }
        postgres = server.environment
        environment["PGUSER"] = "postgres"
        try await sql("create database \(database)", database: "postgres")
    }

    fileprivate func sql(_ text: String, on server: OwnPostgres) async throws -> [String] {
        var there = self
        there.postgres = server.environment
        return try await there.sql(text)
    }

    /// A query each FETCH of which takes more than a second, until ``hurry()``.
    fileprivate func makeNapping() async throws {
        try await makePace(seconds: 0.005)
        try write(
            """
            alias: e2e-notes
            body: notes.index.json
            source:
              query: select n.* from notes n where pg_sleep((select seconds from pace)) is not null
              key: id
            """, to: "notes.yaml")
    }

    fileprivate func startStrictProxy() throws -> ChildProcess {
        guard let python = Servers.program("python3") else { throw Failure("no python3 in PATH") }
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Harness/strict-proxy.py")
        return try ChildProcess(
            python, [script.path, environment["PGHOST"] ?? "", environment["PGPORT"] ?? ""], environment: environment,
            in: folder)
    }

    fileprivate func port(of proxy: ChildProcess) async throws -> String {
        for _ in 0..<100 {
            if let port = proxy.errorsSoFar.firstMatch(of: /port (\d+)/)?.output.1 { return String(port) }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("no proxy: \(proxy.errorsSoFar)")
    }
}
