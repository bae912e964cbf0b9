import Foundation
import Testing

/// `kill -9` at each named transition of what is done with a live index: catching up, gate, promotion, watch, rollback, pruning.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"), .serialized)
struct LiveTransitionTests {
    typealias Transition = TransitionTests.Transition

    /// A command that is killed, from the same standing each time, and what finishes or undoes it.
    struct Scenario: Sendable, CustomTestStringConvertible {
        let name: String
        let command: [String]
        let prepare: @Sendable (Workbench) async throws -> Void
        let recover: @Sendable (Workbench) async throws -> Void
        let transitions: [Transition]

        var testDescription: String { name }
    }

    private static let listing = Transition("index listed") { $0.path.contains("/_search?scroll") }
    private static let written = Transition("rows written") {
        $0.path.contains("/_bulk") && $0.body.contains("\"title\"")
    }
    /// On a live index they are in the request of the rows.
    private static let deleted = Transition("superfluous deleted") {
        $0.path.contains("/_bulk") && $0.body.contains("{\"delete\":")
    }
    private static let writerMoved = Transition("writer alias moved") {
        $0.path == "/_aliases" && !$0.body.contains(#"-notes""#)
    }

    /// Some of every kind.
    @Sendable private static func changeRows(_ bench: Workbench) async throws {
        try await bench.sql(
            """
            update notes set title = 'Note ' || id || ' as of \(UUID().uuidString)' where id % 3 = 0;
            delete from notes where id in (select id from notes where id < 100000 order by random() limit 20);
            insert into notes select n, 'New ' || n, '' from generate_series((select max(id) + 1 from notes), (select max(id) + 20 from notes)) as n;
            """)
    }

    @Sendable private static func promoteFresh(_ bench: Workbench) async throws {
        try await bench.succeed("run", "notes", "--again", "--quiet")
        try await dropOld(bench)
    }

    @Sendable private static func dropOld(_ bench: Workbench) async throws {
        let serving = try await bench.alias("e2e-notes")
        for index in try await bench.indices() where !serving.contains(index) {
            try await bench.ask("DELETE", index)
        }
    }

    static let scenarios: [Scenario] = [
        Scenario(
            name: "promote", command: ["promote", "notes"],
            prepare: { bench in
                try await promoteFresh(bench)
                try await bench.succeed("run", "notes", "--again", "--no-promote", "--quiet")
                try await changeRows(bench)
            },
            recover: { bench in
                try await bench.succeed("--resume", "notes", "--quiet")
                // Killed before it was taken up again, or after its end: both leave nothing to resume.
                let again = try await bench.reindex("promote", "notes", "--quiet")
                #expect([0, 65].contains(again.status), "\(again.errors)")
            },
            transitions: [
                .record("taken up again", with: #""phase":"last-round""#), listing,
                .record("epoch allocated", with: "round 1 of catching up"), written, deleted,
                TransitionTests.aliasMoved,
                Transition("index before marked") {
                    $0.path.contains("/_mapping") && $0.body.contains("servedUntil")
                },
                .record("run ended", with: #""state":"promoted""#),
            ]),
        Scenario(
            name: "catch-up", command: ["catch-up", "notes"],
            prepare: { bench in
                try await promoteFresh(bench)
                try await changeRows(bench)
            },
            recover: { bench in
                try await bench.succeed("--resume", "notes", "--quiet")
                try await bench.succeed("catch-up", "notes", "--quiet")
            },
            transitions: [
                .record("taken up again", with: #""phase":"after-round""#), writerMoved, listing, written,
                Transition("writer alias removed") {
                    $0.path == "/_aliases" && !$0.body.contains("\"add\"") && !$0.body.contains(#"-notes""#)
                },
                Transition("history written") { $0.method == "PUT" && $0.path.contains("/history-") },
            ]),
        Scenario(
            name: "rollback", command: ["rollback", "notes"],
            prepare: { bench in
                try await promoteFresh(bench)
                try await bench.succeed("run", "notes", "--again", "--quiet")
                try await changeRows(bench)
            },
            recover: { bench in
                // Either index serves: what was interrupted is gone on with, and the index brought up to date.
                try await bench.succeed("--resume", "notes", "--quiet")
                try await bench.succeed("catch-up", "notes", "--quiet")
            },
            transitions: [
                TransitionTests.aliasMoved, .record("run given up", with: #""state":"rolled-back""#),
                Transition("history written") { $0.method == "PUT" && $0.path.contains("/history-") },
                Transition("index shown") { $0.path.contains("/_settings") && $0.body.contains("hidden") },
                .record("taken up again", with: #""phase":"after-round""#), written,
            ]),
        Scenario(
            name: "gate and watch", command: ["run", "notes", "--again"],
            prepare: { bench in
                try bench.writeMapping(more: "gate: {canaries: notes.canaries.ndjson}\nwatch: {for: 1s}")
                try bench.write(
                    #"{"name": "all", "search": {"query": {"match_all": {}}}, "expect": {"minimum": 100}}"#,
                    to: "notes.canaries.ndjson")
                try await changeRows(bench)
            },
            recover: { bench in
                try await bench.succeed("--resume", "notes", "--quiet")
                try await bench.succeed("catch-up", "notes", "--quiet")
            },
            transitions: [
                .record("gate begun", with: #""phase":"gate""#),
                Transition("canary asked") { $0.path.hasSuffix("/_search") && $0.path.contains("notes-2") },
                .record("gate passed", with: #""reasons":[]"#),
                .record("watch begun", with: #""phase":"watch""#),
                Transition("alias watched") { $0.path.hasSuffix("-notes/_search") },
            ]),
        Scenario(
            name: "prune", command: ["prune", "notes"],
            prepare: { bench in
                try await bench.succeed("run", "notes", "--again", "--quiet")
                try bench.writeMapping(more: "retain: {for: 1s, at_least: 0}")
                try await Task.sleep(for: .milliseconds(1100))
            },
            recover: { bench in
                try await bench.succeed("prune", "notes", "--quiet")
                #expect(try await bench.indices() == bench.alias("e2e-notes"))
                try bench.writeMapping()
            },
            transitions: [Transition("index dropped") { $0.path == "/_aliases" && $0.body.contains("remove_index") }]),
    ]

    @Test(arguments: RunTests.targets)
    func `killed at any transition, the next call finishes or undoes it, and the index equals the table`(
        target: Servers.Target
    ) async throws {
        var table: [String] = []
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
                    table.append(
                        "| \(scenario.name): \(transition.name) | \(tally.kills) | \(tally.lost) | \(tally.doubled) | \(tally.stale) |"
                    )
                    #expect(
                        tally.kills == 2 * TransitionTests.kills,
                        "\(scenario.name), \(transition.name): it was not met each time")
                }
            }
            proxy.stop()
        }
        print("kill -9 on \(target.rawValue)\n| transition | kills | lost | doubled | stale |\n|---|---|---|---|---|")
        print(table.joined(separator: "\n"))
    }

    private func kill(
        _ bench: Workbench, _ proxy: HoldingProxy, _ scenario: Scenario, _ transition: Transition,
        _ moment: HoldingProxy.Moment, _ tally: inout TransitionTests.Tally
    ) async throws {
        let name = "\(scenario.name), \(transition.name), \(moment.rawValue)"
        try await scenario.prepare(bench)
        let command = scenario.command + ["--quiet"]
        if try await TransitionTests.kill(command, bench, proxy, moment, transition, name) { tally.kills += 1 }

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
}
