import Foundation
import Testing

/// Canary searches before and after the promotion, and what is remembered of a mapping that was bad.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct GateTests {
    private static let rules = """
        gate: {canaries: notes.canaries.ndjson, max_p95: 400ms}
        """

    private static func makeNotes(_ bench: Workbench, more: String = "") async throws {
        try await bench.makeNotes(rows: 300)
        try write(rules + more, to: bench)
        try bench.write(
            """
            {"name": "by title", "search": {"query": {"term": {"title": "Note 42"}}}, "expect": {"hits": ["42"], "ordered": true}}
            {"name": "the newest", "search": {"query": {"range": {"id": {"gte": 200}}}}, "expect": {"minimum": 100}}
            """, to: "notes.canaries.ndjson")
    }

    /// The mapping with an index whose titles are searched.
    private static func write(_ more: String, to bench: Workbench) throws {
        try bench.writeMapping(more: more)
        try bench.write(
            #"{"mappings": {"dynamic": false, "properties": {"id": {"type": "long"}, "title": {"type": "keyword"}}}}"#,
            to: "notes.index.json")
    }

    @Test(arguments: RunTests.targets)
    func `a gate opens for what is as expected, and closes for a mapping that breaks a canary`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await Self.makeNotes(bench)
            try await bench.succeed("run", "notes")
            let first = try await bench.alias("e2e-notes")
            let second = try await bench.succeed("run", "notes", "--report", "report.json")
            #expect(second.output.contains("200 searches, 0 failed"), "\(second.output)")
            let serving = try await bench.alias("e2e-notes")
            #expect(serving != first)
            // The title is no longer searchable.
            try bench.write(
                #"{"mappings": {"dynamic": false, "properties": {"id": {"type": "long"}}}}"#, to: "notes.index.json")
            let closed = try await bench.reindex("run", "notes")
            #expect(closed.status == 4 && closed.errors.contains("canary \"by title\""), "\(closed.errors)")
            #expect(try await bench.alias("e2e-notes") == serving, "the old index serves")
            #expect(try await bench.indices().count == 3, "the new one is kept")
            let history = try await bench.succeed("status", "--history")
            #expect(history.output.contains("closed") && history.output.contains("gate closed"), "\(history.output)")
            let refused = try await bench.reindex("run", "notes", "--if-changed", "--on-mismatch", "fresh")
            #expect(refused.status == 78 && refused.errors.contains("--again"), "\(refused.errors)")
            // The expectation was wrong: the index that was kept passes now, without another copy.
            try bench.write(
                #"{"name": "the newest", "search": {"query": {"range": {"id": {"gte": 200}}}}, "expect": {"minimum": 100}}"#,
                to: "notes.canaries.ndjson")
            try await bench.sql(
                "update notes set title = 'changed meanwhile' where id = 7; delete from notes where id = 8")
            let again = try await bench.reindex("run", "notes", "--again")
            #expect(again.status == 0, "\(again.errors)")
            #expect(try await bench.indices().count == 3)
            #expect(try await bench.alias("e2e-notes") != serving)
            try await bench.expectNotes()
        }
    }

    @Test(arguments: RunTests.targets)
    func `an index from which documents are missing closes the gate`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await Self.makeNotes(bench)
            try await bench.succeed("run", "notes")
            let serving = try await bench.alias("e2e-notes")
            let proxy = try HoldingProxy(for: bench.openSearch)
            defer { proxy.stop() }
            proxy.hold(.before) { $0.path.contains("-notes-2") && $0.body.contains("Note 42") }
            let run = try bench.start(["run", "notes"], with: ["OPENSEARCH_URL": proxy.address])
            #expect(try await proxy.isHolding(within: .seconds(60), unless: { !run.isRunning }), "\(run.errorsSoFar)")
            let new = try #require(try await bench.indices().first { !serving.contains($0) })
            for id in [42, 250, 251] { try await bench.ask("DELETE", "\(new)/_doc/\(id)?refresh=true") }
            proxy.release()
            let closed = await run.wait()
            #expect(closed.status == 4 && closed.errors.contains("canary"), "\(closed.errors)")
            #expect(try await bench.alias("e2e-notes") == serving, "the old index serves")
            // The index that was kept is proven again: what is missing is sent.
            let again = try await bench.reindex("run", "notes", "--again")
            #expect(again.status == 0, "\(again.errors)")
            try await bench.expectNotes()
        }
    }

    @Test(arguments: RunTests.targets)
    func `the new index is merged and warm before it is tried`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await Self.makeNotes(bench)
            try Self.write(
                "gate: {canaries: notes.canaries.ndjson, max_p95: 5s, force_merge: 1, warm_up: 20}", to: bench)
            let proxy = try HoldingProxy(for: bench.openSearch)
            defer { proxy.stop() }
            let run = try await bench.reindex("run", "notes", with: ["OPENSEARCH_URL": proxy.address])
            #expect(run.status == 0, "\(run.errors)")
            let paths = proxy.requests.map(\.path)
            let merged = try #require(paths.firstIndex { $0.contains("_forcemerge?max_num_segments=1") })
            let searches = paths.indices.filter { paths[$0].contains("-notes-2") && paths[$0].hasSuffix("/_search") }
            #expect(searches.allSatisfy { $0 > merged } && searches.count == 240, "\(searches.count)")
            if target != .sandbox {
                let index = try await bench.alias("e2e-notes")[0]
                let segments = try await bench.ask("GET", "_cat/segments/\(index)?h=segment")
                #expect(segments.body.split(separator: "\n").count == 1, "\(segments.body)")
            }
            try await bench.expectNotes()
        }
    }

    @Test(arguments: RunTests.targets)
    func `searches come in growing steps, and each is judged`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await Self.makeNotes(bench)
            try await bench.succeed("run", "notes")
            try Self.write(
                """
                gate:
                  canaries: notes.canaries.ndjson
                  max_p95: 5s
                  load: {rate: 200, spike: 400, steps: [50%, 100%]}
                """, to: bench)
            let proxy = try HoldingProxy(for: bench.openSearch)
            defer { proxy.stop() }
            try await bench.succeed(
                "run", "notes", "--report", "report.json", with: ["OPENSEARCH_URL": proxy.address])
            let steps = try Self.gateSteps(bench)
            #expect(steps.map { $0["rate"] as? Double } == [nil, 100, 200, 400])
            let counts = steps.map { ($0["new"] as? [String: Any])?["count"] as? Int }
            #expect(counts.allSatisfy { $0 ?? 0 >= 200 }, "\(counts)")
            #expect(steps.allSatisfy { $0["old"] != nil })
            let searches = proxy.requests.filter { $0.path.contains("-notes-2") && $0.path.hasSuffix("/_search") }
            let told = steps.flatMap { [$0["new"], $0["old"]] }.compactMap {
                ($0 as? [String: Any])?["count"] as? Int
            }
            // And what warmed up: two searches on each of two indices.
            #expect(searches.count == told.reduce(4, +), "\(searches.count) \(told)")
            try await bench.expectNotes()
        }
    }

    private static func gateSteps(_ bench: Workbench) throws -> [[String: Any]] {
        let text = try Data(contentsOf: bench.folder.appending(path: "report.json"))
        let report = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        let runs = report["runs"] as? [[String: Any]] ?? [report]
        let gate = try #require(runs.first?["gate"] as? [String: Any], "\(report.keys)")
        return try #require(gate["steps"] as? [[String: Any]], "\(gate)")
    }

    /// The index that serves becomes slow while searches come: the load ends at once, and what was seen until then counts.
    @Test func `load that the live alias suffers from is stopped`() async throws {
        let sandbox = try await Sandbox.start([])
        try await Workbench.use(.sandbox, at: sandbox.address) { bench in
            try await Self.makeNotes(bench)
            try await bench.succeed("run", "notes")
            let serving = try await bench.alias("e2e-notes")[0]
            try Self.write(
                """
                gate:
                  canaries: notes.canaries.ndjson
                  max_p95: 400ms
                  load: {rate: 100, spike: 200}
                """, to: bench)
            // The first 202 are those one after the other and the warming up.
            try await bench.ask("PUT", "_sandbox/faults", "POST /\(serving)/_search nth=203 times=100000 late 900")
            let run = try await bench.succeed("run", "notes", "--report", "report.json")
            #expect(run.output.contains("the load was stopped"), "\(run.output)")
            let steps = try Self.gateSteps(bench)
            #expect(steps.count == 2, "\(steps)")
            // Ten of the live index are a verdict, and one search in ten is of it: it does not go on to its 200.
            let counts = ["new", "old"].map { (steps[1][$0] as? [String: Any])?["count"] as? Int ?? 0 }
            #expect(counts[1] >= 10 && counts[1] < 15 && counts[0] < 130, "\(counts)")
            try await bench.expectNotes()
        }
        await sandbox.stop()
    }

    @Test func `a closed gate is remembered over a catch-up of the index that serves`() async throws {
        try await Workbench.use(.sandbox) { bench in
            try await Self.makeNotes(bench)
            try await bench.succeed("run", "notes")
            let serving = try await bench.alias("e2e-notes")
            try bench.write(
                #"{"mappings": {"dynamic": false, "properties": {"id": {"type": "long"}}}}"#, to: "notes.index.json")
            let closed = try await bench.reindex("run", "notes")
            #expect(closed.status == 4, "\(closed.errors)")
            try await bench.succeed("catch-up", "notes")
            for _ in 1...2 {
                let refused = try await bench.reindex("run", "notes", "--if-changed", "--on-mismatch", "fresh")
                #expect(refused.status == 78 && refused.errors.contains("--again"), "\(refused.errors)")
            }
            #expect(try await bench.alias("e2e-notes") == serving)
        }
    }

    @Test(arguments: [true, false])
    func `a closed gate that is corrected is tried again by itself, on the index that was kept`(
        keepsGate: Bool
    ) async throws {
        try await Workbench.use(.sandbox) { bench in
            try await Self.makeNotes(bench)
            try await bench.succeed("run", "notes")
            let serving = try await bench.alias("e2e-notes")
            try bench.write(
                #"{"mappings": {"dynamic": false, "properties": {"id": {"type": "long"}}}}"#, to: "notes.index.json")
            #expect(try await bench.hook().status == 4)
            let kept = try await bench.indices()
            for _ in 1...2 { #expect(try await bench.hook().status == 78) }
            // Another gate that closes as well is remembered as the first one was.
            try bench.write(
                #"{"name": "none", "search": {"query": {"range": {"id": {"gte": 200}}}}, "expect": {"minimum": 9999}}"#,
                to: "notes.canaries.ndjson")
            let second = try await bench.hook()
            #expect(second.status == 4 && second.errors.contains("none"), "\(second.errors)")
            #expect(try await bench.hook().status == 78)
            #expect(try await bench.alias("e2e-notes") == serving)
            if keepsGate {
                try bench.write(
                    #"{"name": "the newest", "search": {"query": {"range": {"id": {"gte": 200}}}}, "expect": {"minimum": 100}}"#,
                    to: "notes.canaries.ndjson")
            } else {
                try bench.write(
                    "alias: e2e-notes\nbody: notes.index.json\nsource: {table: notes, key: id}", to: "notes.yaml")
            }
            let corrected = try await bench.hook()
            #expect(corrected.status == 0, "\(corrected.errors)")
            #expect(try await bench.indices() == kept, "without another copy")
            #expect(try await bench.alias("e2e-notes") != serving)
            try await bench.expectNotes()
        }
    }

    @Test func `a slow index closes the gate, and a changed mapping drops it`() async throws {
        let sandbox = try await Sandbox.start(faults: "POST *-notes-2*/_search late 60")
        try await Workbench.use(.sandbox, at: sandbox.address) { bench in
            try await Self.makeNotes(bench)
            try Self.write("gate: {canaries: notes.canaries.ndjson, max_p95: 50ms}", to: bench)
            let closed = try await bench.reindex("run", "notes")
            #expect(closed.status == 4 && closed.errors.contains("p95"), "\(closed.errors)")
            #expect(try await bench.alias("e2e-notes").isEmpty)
            let kept = try await bench.indices()
            try await bench.ask("DELETE", "_sandbox/faults")
            try Self.write(Self.rules + "\ndocument: {omit: [body]}", to: bench)
            try await bench.succeed("run", "notes")
            let left = try await bench.indices()
            #expect(left.count == 1 && left != kept)
        }
        await sandbox.stop()
    }

    @Test
    func `a watch that sees two bad windows moves the alias back, once, and the mapping is refused until it changes`()
        async throws
    {
        let sandbox = try await Sandbox.start([])
        try await Workbench.use(.sandbox, at: sandbox.address) { bench in
            try await Self.makeNotes(bench)
            try await bench.succeed("run", "notes")
            let first = try await bench.alias("e2e-notes")
            try Self.write(Self.rules + "\nwatch: {for: 5m}\ndocument: {omit: [body]}", to: bench)
            // The gate asks the indices by their names, the watch through the alias.
            try await bench.ask(
                "PUT", "_sandbox/faults", "POST /\(bench.prefix)notes/_search status 500 {\"error\":\"no\"}")
            let run = try await bench.hook()
            #expect(run.status == 3 && run.errors.contains("two windows in a row"), "\(run.errors)")
            #expect(try await bench.alias("e2e-notes") == first)
            let indices = try await bench.indices()
            for _ in 1...6 {
                let refused = try await bench.hook()
                #expect(refused.status == 78 && refused.errors.contains("--again"), "\(refused.errors)")
                #expect(try await bench.alias("e2e-notes") == first, "no flapping")
            }
            #expect(try await bench.indices() == indices, "nothing is built for a mapping that is refused")
            let history = try await bench.succeed("status", "--history")
            #expect(history.output.components(separatedBy: "rolled back at").count == 2, "\(history.output)")
            #expect(history.output.components(separatedBy: "promoted at").count == 3, "\(history.output)")
            // What was wrong is gone with the mapping that caused it.
            try await bench.ask("DELETE", "_sandbox/faults")
            try Self.write(Self.rules, to: bench)
            try bench.write(
                #"{"mappings": {"dynamic": false, "properties": {"title": {"type": "keyword"}, "id": {"type": "integer"}}}}"#,
                to: "notes.index.json")
            let good = try await bench.hook()
            #expect(good.status == 0, "\(good.errors)")
            #expect(try await bench.alias("e2e-notes") != first, "the next good one passes")
            try await bench.expectNotes()
        }
        await sandbox.stop()
    }

    /// A rollback from another machine ends the watcher; it does not promote again.
    @Test func `who watches ends when somebody else moves the alias back`() async throws {
        let sandbox = try await Sandbox.start([])
        try await Workbench.use(.sandbox, at: sandbox.address) { bench in
            try await Self.makeNotes(bench)
            try await bench.succeed("run", "notes")
            let first = try await bench.alias("e2e-notes")
            try Self.write(Self.rules + "\nwatch: {for: 5m}\ndocument: {omit: [body]}", to: bench)
            let watching = try bench.start(["run", "notes"])
            for _ in 0..<600 where try await bench.alias("e2e-notes") == first && watching.isRunning {
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(try await bench.alias("e2e-notes") != first)
            try await bench.succeed("rollback", "notes", "--no-catch-up")
            let ended = await watching.wait()
            #expect(ended.status == 3, "\(ended.errors)")
            #expect(try await bench.alias("e2e-notes") == first)
        }
        await sandbox.stop()
    }

    /// By hand, and by a rollback that was killed behind its alias call: neither is flapped against.
    @Test(arguments: [true, false]) func `who watches ends truthfully when the alias is not on its index any more`(
        isByHand: Bool
    ) async throws {
        try await Workbench.use(.sandbox) { bench in
            try await Self.makeNotes(bench)
            try await bench.succeed("run", "notes")
            let first = try await bench.alias("e2e-notes")
            try Self.write(Self.rules + "\nwatch: {for: 1s}\ndocument: {omit: [body]}", to: bench)
            let watching = try bench.start(["run", "notes"])
            for _ in 0..<600 where try await bench.alias("e2e-notes") == first && watching.isRunning {
                try await Task.sleep(for: .milliseconds(100))
            }
            let second = try #require(try await bench.alias("e2e-notes").first { !first.contains($0) })
            if isByHand {
                let move =
                    #"{"actions": [{"remove": {"index": "\#(second)", "alias": "\#(bench.prefix)notes"}}, {"add": {"index": "\#(first[0])", "alias": "\#(bench.prefix)notes"}}]}"#
                try await bench.ask("POST", "_aliases", move)
            } else {
                let proxy = try HoldingProxy(for: bench.openSearch)
                defer { proxy.stop() }
                proxy.hold(.after, TransitionTests.aliasMoved.matches)
                let back = try bench.start(
                    ["rollback", "notes", "--no-catch-up"], with: ["OPENSEARCH_URL": proxy.address])
                #expect(try await proxy.isHolding(within: .seconds(30), unless: { !back.isRunning }))
                back.signal(SIGKILL)
                _ = await back.wait()
            }
            let ended = await watching.wait()
            #expect(ended.status == 3 && !ended.output.contains("are live"), "\(ended.output) \(ended.errors)")
            let refused = try await bench.hook()
            #expect(refused.status == 78 && refused.errors.contains("--again"), "\(refused.errors)")
            #expect(try await bench.alias("e2e-notes") == first)
            let history = try await bench.succeed("status", "notes", "--history")
            #expect(history.output.contains("rolled back at"), "\(history.output)")
        }
    }
}
