import Foundation
import Synchronization
import Testing

/// `kill -9` at each named transition of a run, exactly there: a proxy holds the request that makes it.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"), .serialized)
struct TransitionTests {
    /// Kills at each transition and moment; `REINDEX_TEST_KILLS=5` for the table in `docs/guarantees.md`.
    static let kills = Int(Servers.environment["REINDEX_TEST_KILLS"] ?? "") ?? 1

    /// A transition, and the request that makes it.
    struct Transition: Sendable, CustomTestStringConvertible {
        let name: String
        let matches: @Sendable (HoldingProxy.Request) -> Bool

        var testDescription: String { name }

        init(_ name: String, _ matches: @escaping @Sendable (HoldingProxy.Request) -> Bool) {
            self.name = name
            self.matches = matches
        }

        static func record(_ name: String, with text: String) -> Transition {
            Transition(name) { $0.method == "PUT" && $0.path.contains("/run-") && $0.body.contains(text) }
        }
    }

    static let settingsRestored = Transition("settings restored") {
        $0.path.contains("/_settings") && !$0.body.contains("-1")
    }
    static let aliasMoved = Transition("alias moved") { $0.path == "/_aliases" && $0.body.contains(#"-notes""#) }

    static let transitions: [Transition] = [
        .record("run claimed", with: #""phase":"create""#),
        Transition("index created") { $0.method == "PUT" && $0.path.contains("notes-") && !$0.path.contains("/_") },
        .record("settings recorded", with: #""settingsToRestore":{"#),
        Transition("load settings applied") { $0.path.contains("/_settings") && $0.body.contains("-1") },
        .record("epoch allocated", with: #""snapshots":[{"#),
        Transition("first batch acknowledged") { $0.path.contains("/_bulk") },
        Transition("a batch in the middle acknowledged") {
            $0.path.contains("/_bulk") && $0.body.contains(#""_id":"1500""#)
        },
        Transition("checkpoint written") { $0.method == "PUT" && $0.path.contains("/slice-") },
        Transition("last batch acknowledged") { $0.path.contains("/_bulk") && $0.body.contains(#""_id":"3000""#) },
        Transition("slice finished") { $0.path.contains("/slice-") && $0.body.contains(#""isFinished":true"#) },
        .record("copy ended", with: #""phase":"settle""#),
        settingsRestored,
        Transition("refreshed") { $0.path.contains("/_refresh") },
        Transition("counted") { $0.path.contains("/_count") },
        .record("promotion begun", with: #""phase":"promote""#),
        .record("index before recorded", with: #""previousIndices":"#),
        aliasMoved,
        Transition("index shown") { $0.path.contains("/_settings") && $0.body.contains("hidden") },
        .record("promotion recorded", with: #""phase":"finish""#),
        Transition("writer alias removed") { $0.path == "/_aliases" && !$0.body.contains(#"-notes""#) },
        Transition("history written") { $0.method == "PUT" && $0.path.contains("/history-") },
        .record("run ended", with: #""state":"promoted""#),
    ]

    @Test(arguments: RunTests.targets)
    func `killed at any transition, the next run ends with an index that equals the table`(
        target: Servers.Target
    ) async throws {
        var table: [String] = []
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 3000)
            try await bench.succeed("run", "notes", "--quiet")
            let proxy = try HoldingProxy(for: bench.openSearch)
            for transition in Self.transitions {
                var tally = Tally()
                for moment in HoldingProxy.Moment.allCases {
                    for _ in 0..<Self.kills { try await kill(bench, proxy, transition, moment, &tally) }
                }
                table.append(
                    "| \(transition.name) | \(tally.kills) | \(tally.lost) | \(tally.doubled) | \(tally.stale) |")
                #expect(tally.kills == 2 * Self.kills, "\(transition.name): it was not met each time")
            }
            proxy.stop()
        }
        print("kill -9 on \(target.rawValue)\n| transition | kills | lost | doubled | stale |\n|---|---|---|---|---|")
        print(table.joined(separator: "\n"))
    }

    struct Tally {
        var kills = 0
        var lost = 0
        var doubled = 0
        var stale = 0
    }

    /// One run that is killed while the proxy holds, then runs until one ends; then all documents are compared.
    private func kill(
        _ bench: Workbench, _ proxy: HoldingProxy, _ transition: Transition, _ moment: HoldingProxy.Moment,
        _ tally: inout Tally
    ) async throws {
        let name = "\(transition.name), \(moment.rawValue)"
        let serving = try await bench.alias("e2e-notes")
        // Each round the documents change, so that those of the index before would be stale.
        try await bench.sql("update notes set title = 'Note ' || id || ' as of \(UUID().uuidString)'")
        let command = ["run", "notes", "--body-size", "16KiB", "--quiet"]
        if try await Self.kill(command, bench, proxy, moment, transition, name) { tally.kills += 1 }

        #expect(try await bench.alias("e2e-notes").count == 1, "\(name): the alias is on one index")
        try await bench.succeed("--resume", "notes", "--quiet")
        // Nothing may have begun before the kill; then it is the next run's.
        if try await bench.alias("e2e-notes") == serving { try await bench.succeed("run", "notes", "--quiet") }
        let now = try await bench.alias("e2e-notes")
        #expect(now.count == 1 && now != serving, "\(name): promoted")
        let differences = try await bench.countDifferences(Workbench.notesQuery, in: "\(bench.prefix)notes")
        tally.lost += differences.lost
        tally.doubled += differences.doubled
        tally.stale += differences.stale
        #expect(differences == .init(lost: 0, doubled: 0, stale: 0), "\(name): \(differences)")
        for index in try await bench.indices() where !now.contains(index) { try await bench.ask("DELETE", index) }
    }

    /// Ends a command while the proxy holds the request.
    /// - Returns: whether it came so far.
    static func kill(
        _ command: [String], _ bench: Workbench, _ proxy: HoldingProxy, _ moment: HoldingProxy.Moment,
        _ transition: Transition, _ name: String
    ) async throws -> Bool {
        proxy.hold(moment, transition.matches)
        let process = try bench.start(
            command, with: ["OPENSEARCH_URL": proxy.address])
        let end = Task { await process.wait() }
        let hasEnded = Mutex(false)
        Task {
            _ = await end.value
            hasEnded.withLock { $0 = true }
        }
        let isHeld = try await proxy.isHolding(within: .seconds(60)) { hasEnded.withLock { $0 } }
        process.signal(SIGKILL)
        let killed = await end.value
        proxy.release()
        #expect(isHeld && killed.status == 137, "\(name): ended with \(killed.status): \(killed.errors)")
        return isHeld
    }
}
