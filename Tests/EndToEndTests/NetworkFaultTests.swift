import Foundation
import Testing

/// The network between the tool and each server goes wrong: the run ends equal to the table, or says how to go on and does.
@Suite(
    .enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"),
    .enabled(if: Toxiproxy.program != nil, "\(Toxiproxy.absent)"), .serialized)
struct NetworkFaultTests {
    /// For the whole run.
    static let lasting: [Toxiproxy.Toxic] = [
        .init("latency of 200 ms", "latency", #"{"latency": 200}"#, .upstream),
        .init("jitter", "latency", #"{"latency": 40, "jitter": 40}"#, .upstream, .downstream),
        .init("1 Mbit/s", "bandwidth", #"{"rate": 125}"#, .upstream, .downstream),
        .init("slow close", "slow_close", #"{"delay": 300}"#, .downstream),
        .init(
            "pieces", "slicer", #"{"average_size": 700, "size_variation": 300, "delay": 50}"#, .upstream, .downstream),
    ]

    /// Begun in the middle of the copy, and healed after two seconds.
    static let passing: [Toxiproxy.Toxic] = [
        .init("cut in the middle of a request", "limit_data", #"{"bytes": 1000}"#, .upstream),
        .init("cut in the middle of an answer", "limit_data", #"{"bytes": 700}"#, .downstream),
        .init("reset", "reset_peer", #"{"timeout": 50}"#, .upstream, .downstream),
        .init("no answer", "timeout", #"{"timeout": 0}"#, .downstream),
        .init("half open", "timeout", #"{"timeout": 0}"#, .upstream, .downstream),
        .init("closed without an answer", "timeout", #"{"timeout": 100}"#, .upstream),
    ]

    @Test(arguments: lasting, Toxiproxy.Server.allCases)
    func `a bad line`(toxic: Toxiproxy.Toxic, server: Toxiproxy.Server) async throws {
        try await withProxy { bench, proxy in
            try await bench.makeNotes(rows: 2000)
            try await proxy.add(toxic, to: server)
            let result = await (try bench.start(["run", "notes", "--body-size", "16KiB"], with: proxy.environment))
                .wait()
            #expect(result.status == 0, "\(toxic), \(server): \(result.errors)")
            try await bench.expectNotes()
        }
    }

    @Test(arguments: passing, Toxiproxy.Server.allCases)
    func `a line that fails for a while`(toxic: Toxiproxy.Toxic, server: Toxiproxy.Server) async throws {
        try await withProxy { bench, proxy in
            try await bench.makeNotes(rows: 6000)
            try await bench.succeed("run", "notes", "--quiet")
            try await bench.sql("update notes set title = 'Changed ' || id")
            let slow = ["run", "notes", "--body-size", "16KiB", "--max-in-flight", "1"]
            // Slow enough that the copy is still going on when the line fails.
            try await proxy.add(.init("slow", "bandwidth", #"{"rate": 400}"#, .upstream), to: .openSearch)
            let process = try bench.start(slow, with: proxy.environment)
            try await bench.waitForFirstDocuments()
            try await proxy.heal(.openSearch, cuts: false)
            try await proxy.add(toxic, to: server)
            try await Task.sleep(for: .seconds(2))
            try await proxy.heal(server, cuts: true)
            let result = await process.wait()
            #expect([0, 75].contains(result.status), "\(toxic), \(server): \(result.errors)")
            if result.status == 75 { try await bench.succeed("--resume", "notes", "--quiet") }
            try await bench.expectNotes()
        }
    }

    private func withProxy(_ test: (inout Workbench, Toxiproxy) async throws -> Void) async throws {
        guard let target = RunTests.targets.last else { return }
        try await Workbench.use(target) { bench in
            let proxy = try await Toxiproxy.start(
                postgres: "127.0.0.1:\(Servers.environment["PGPORT"] ?? "5432")",
                openSearch: String(bench.openSearch.trimmingPrefix("http://")))
            do { try await test(&bench, proxy) } catch { Issue.record(error) }
            await proxy.stop()
        }
    }
}
