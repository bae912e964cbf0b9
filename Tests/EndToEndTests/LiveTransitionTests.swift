import Dispatch
import Foundation
import Synchronization
import Testing

/// `kill -9` at each named transition of what is done with a live index: promotion, catching up, verification, rollback,
/// gate, watch, after-round, pruning. What is killed is in `LiveTransitionTests+Scenarios.swift`.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"), .serialized)
struct LiveTransitionTests {
    typealias Transition = TransitionTests.Transition

    /// A command that is killed, from the same standing each time, and what finishes or undoes it.
    struct Scenario: Sendable, CustomTestStringConvertible {
        let name: String
        let command: [String]
        let prepare: @Sendable (Workbench) async throws -> Void
        let recover: @Sendable (Workbench) async throws -> Void
        /// Rows change once more before this request is passed on, and the transitions are met behind it.
        var changesBefore: Transition?
        let transitions: [Transition]

        var testDescription: String { name }
    }

    @Test(arguments: RunTests.targets)
    func `killed at any transition, the next call finishes or undoes it, and the index equals the table`(
        target: Servers.Target
    ) async throws {
        // Each line as soon as it is known: of a run that is ended early the rest is not lost.
        print("kill -9 on \(target.rawValue)\n| transition | kills | lost | doubled | stale |\n|---|---|---|---|---|")
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 1000)
            try await bench.succeed("run", "notes", "--again", "--quiet")
            let proxy = try HoldingProxy(for: bench.openSearch)
            for scenario in Self.scenarios {
                for transition in scenario.transitions {
                    var tally = TransitionTests.Tally()
                    for moment in HoldingProxy.Moment.allCases {
                        for _ in 0..<TransitionTests.kills {
                            try await kill(bench, proxy, scenario, transition, moment, &tally)
                        }
                    }
                    print(
                        "| \(scenario.name): \(transition.name) | \(tally.kills) | \(tally.lost) | \(tally.doubled) | \(tally.stale) |"
                    )
                    fflush(nil)
                    #expect(
                        tally.kills == 2 * TransitionTests.kills,
                        "\(scenario.name), \(transition.name): it was not met each time")
                }
            }
            proxy.stop()
        }
    }

    private func kill(
        _ bench: Workbench, _ proxy: HoldingProxy, _ scenario: Scenario, _ transition: Transition,
        _ moment: HoldingProxy.Moment, _ tally: inout TransitionTests.Tally
    ) async throws {
        let name = "\(scenario.name), \(transition.name), \(moment.rawValue)"
        try await scenario.prepare(bench)
        var command = scenario.command + ["--quiet"]
        if let place = command.firstIndex(of: Self.keptIndex) { command[place] = try await Self.kept(bench) }
        let met = Self.behindChanges(of: scenario, bench, transition)
        if try await TransitionTests.kill(command, bench, proxy, moment, met, name) { tally.kills += 1 }

        #expect(try await bench.alias("e2e-notes").count == 1, "\(name): one index serves")
        try await scenario.recover(bench)
        #expect(try await bench.alias("e2e-notes").count == 1, "\(name): one index serves")
        let differences = try await bench.countDifferences(Workbench.notesQuery, in: "\(bench.prefix)notes")
        tally.lost += differences.lost
        tally.doubled += differences.doubled
        tally.stale += differences.stale
        #expect(differences == .init(lost: 0, doubled: 0, stale: 0), "\(name): \(differences)")
        let aliases = try await bench.ask("GET", "_alias/reindex-writer-*").body
        #expect(!aliases.contains(bench.prefix), "\(name): nobody is left to write: \(aliases)")
        try await Self.dropOld(bench)
    }

    /// The transition, from where the scenario changes rows: on a thread of the proxy, which the process waits for.
    private static func behindChanges(
        of scenario: Scenario, _ bench: Workbench, _ transition: Transition
    ) -> Transition {
        guard let changes = scenario.changesBefore else { return transition }
        let hasChanged = Mutex(false)
        return Transition(transition.name) { request in
            if hasChanged.withLock({ $0 }) { return transition.matches(request) }
            guard changes.matches(request) else { return false }
            let isDone = DispatchSemaphore(value: 0)
            Task {
                do { try await changeRows(bench) } catch { Issue.record(error) }
                isDone.signal()
            }
            isDone.wait()
            hasChanged.withLock { $0 = true }
            return false
        }
    }
}
