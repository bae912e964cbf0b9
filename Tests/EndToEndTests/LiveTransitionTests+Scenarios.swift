import Foundation
import Testing

/// What is killed, and at what.
extension LiveTransitionTests {
    private static let listing = Transition("index listed") {
        $0.path.contains("/_search") && $0.body.contains(#""_doc""#)
    }
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

    /// Some of every kind, in bodies small enough that the proxy sees all of them.
    @Sendable static func changeRows(_ bench: Workbench) async throws {
        try await bench.sql(
            """
            update notes set title = 'Note ' || id || ' as of \(UUID().uuidString)' where id % 30 = 0;
            delete from notes where id in (select id from notes where id < 100000 order by random() limit 20);
            insert into notes select n, 'New ' || n, '' from generate_series((select max(id) + 1 from notes), (select max(id) + 20 from notes)) as n;
            """)
    }

    @Sendable private static func promoteFresh(_ bench: Workbench) async throws {
        try await bench.succeed("run", "notes", "--again", "--quiet")
        try await dropOld(bench)
    }

    @Sendable static func dropOld(_ bench: Workbench) async throws {
        let serving = try await bench.alias("e2e-notes")
        for index in try await bench.indices() where !serving.contains(index) {
            try await bench.ask("DELETE", index)
        }
    }

    /// In a command: the index that does not serve.
    static let keptIndex = "the kept index"

    @Sendable static func kept(_ bench: Workbench) async throws -> String {
        let serving = try await bench.alias("e2e-notes")
        return try #require(try await bench.indices().first { !serving.contains($0) })
    }

    private static let gate = "gate: {canaries: notes.canaries.ndjson}"

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
            name: "verify", command: ["verify", "notes", "--content", "--repair"],
            prepare: { bench in
                try await promoteFresh(bench)
                try await changeRows(bench)
                // Neither came of a row, and no transaction tells of them.
                let id = try await bench.sql("select min(id) from notes where id > 500")[0]
                try await bench.ask("DELETE", "\(bench.prefix)notes/_doc/\(id)")
                let stray = "\(bench.prefix)notes/_doc/\(id)0001?refresh=true"
                try await bench.ask("PUT", stray, #"{"title": "nobody's"}"#)
            },
            recover: { bench in
                try await bench.succeed("--resume", "notes", "--quiet")
                // Killed before anything was written, it has left nothing to resume.
                try await bench.succeed("verify", "notes", "--content", "--repair", "--quiet")
            },
            transitions: [
                listing, Transition("difference looked at again") { $0.method == "GET" && $0.path.contains("/_doc/") },
                .record("taken up again", with: #""phase":"after-round""#), writerMoved,
                .record("epoch allocated", with: "round 1 of catching up"), written, deleted,
                Transition("writer alias removed") {
                    $0.path == "/_aliases" && !$0.body.contains("\"add\"") && !$0.body.contains(#"-notes""#)
                },
                .record("run ended", with: #""state":"promoted""#),
            ]),
        Scenario(
            name: "verify --index", command: ["verify", "notes", "--content", "--repair", "--index", keptIndex],
            prepare: { bench in
                try await promoteFresh(bench)
                try await bench.succeed("run", "notes", "--again", "--quiet")
                try await changeRows(bench)
                try await bench.succeed("catch-up", "notes", "--quiet")
            },
            recover: { bench in
                let kept = try await kept(bench)
                try await bench.succeed("verify", "notes", "--content", "--repair", "--index", kept, "--quiet")
                try await bench.expectDocuments(Workbench.notesQuery, in: kept)
            },
            transitions: [
                listing, Transition("writer alias placed") { $0.path == "/_aliases" && $0.body.contains("\"add\"") },
                written,
                deleted,
                Transition("writer alias removed") { $0.path == "/_aliases" && !$0.body.contains("\"add\"") },
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
                Transition("it is meant") { $0.method == "PUT" && $0.path.contains("/rollback-") },
                TransitionTests.aliasMoved, .record("run given up", with: #""state":"rolled-back""#),
                Transition("history written") { $0.method == "PUT" && $0.path.contains("/history-") },
                Transition("index shown") { $0.path.contains("/_settings") && $0.body.contains("hidden") },
                .record("taken up again", with: #""phase":"after-round""#), written,
            ]),
        Scenario(
            name: "gate and watch", command: ["run", "notes", "--again"],
            prepare: { bench in
                try bench.writeMapping(more: gate + "\nwatch: {for: 1s}")
                try bench.write(
                    #"{"name": "all", "search": {"query": {"match_all": {}}}, "expect": {"minimum": 100}}"#,
                    to: "notes.canaries.ndjson")
                try await changeRows(bench)
            },
            recover: { bench in
                // A window of the watch takes 10 s: it is gone through again where it is what was killed.
                let status = try await bench.succeed("status", "notes", "--json").output
                if !status.contains(/"phase"\s*:\s*"(after-round|watch)"/) { try bench.writeMapping(more: gate) }
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
            name: "after-round", command: ["run", "notes", "--again"],
            prepare: { bench in
                try bench.writeMapping(more: "writers: alias")
                try await changeRows(bench)
            },
            recover: { bench in
                try await bench.succeed("--resume", "notes", "--quiet")
                // Killed at the run's last write, it has nothing to resume: the round was made before that.
                try await bench.succeed("catch-up", "notes", "--quiet")
            },
            changesBefore: TransitionTests.aliasMoved,
            transitions: [
                .record("begun", with: #""phase":"after-round""#), listing,
                .record("epoch allocated", with: "catching up"), written, deleted,
                .record("run ended", with: #""state":"promoted""#),
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
}
