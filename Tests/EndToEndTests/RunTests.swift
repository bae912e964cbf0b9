import Foundation
import Testing

/// Whole runs, one after the other, as an operator would start them.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct RunTests {
    static let targets: [Servers.Target] = [.sandbox] + (Servers.hasOpenSearch2 ? [.openSearch2] : [])

    @Test(arguments: targets)
    func `a second run makes a new index, moves the alias, and keeps the old index`(target: Servers.Target) async throws
    {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 100)
            try await bench.succeed("run", "notes")
            let first = try await bench.alias("e2e-notes")
            try await bench.expectNotes()
            try await bench.sql("delete from notes where id <= 10; update notes set title = 'changed' where id > 90")
            try await bench.succeed("run", "notes")
            let second = try await bench.alias("e2e-notes")
            #expect(first.count == 1 && second.count == 1 && first != second)
            try await bench.expectNotes()
            #expect(try await bench.indices() == (first + second).sorted(), "the old index is still there")
        }
    }

    @Test(arguments: targets)
    func `settings of the body are in force behind the alias, and no writer alias is left`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 10)
            try bench.write(
                """
                {"settings": {"number_of_replicas": 1, "refresh_interval": "7s", "analysis": {"analyzer": {"quiet":
                  {"type": "custom", "tokenizer": "standard", "filter": ["lowercase"]}}}},
                  "mappings": {"dynamic": false, "_meta": {"owner": "shop"}, "properties": {"title": {"type": "text", "analyzer": "quiet"}}}}
                """, to: "notes.index.json")
            try await bench.succeed("run", "notes")
            let live = try await bench.alias("e2e-notes")
            let index = try #require(live.first)
            let settings = try await bench.ask("GET", "\(index)/_settings?flat_settings=true").body
            #expect(settings.contains(#""index.refresh_interval":"7s""#))
            #expect(settings.contains(#""index.number_of_replicas":"1""#))
            #expect(!settings.contains(#""index.hidden":"true""#))
            let mapping = try await bench.ask("GET", "\(index)/_mapping").body
            #expect(mapping.contains(#""owner":"shop""#) && mapping.contains(#""reindex":"#))
            let aliases = try await bench.ask("GET", "\(index)/_alias").body
            #expect(aliases.contains(#""is_write_index":true"#) && !aliases.contains("reindex-writer"))
        }
    }

    @Test(arguments: targets)
    func `plan and preview change nothing`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 10)
            let plan = try await bench.succeed("plan", "notes")
            #expect(plan.output.contains("notes"))
            let preview = try await bench.succeed("preview", "notes", "--key", "3")
            #expect(preview.output.contains("Note 3"))
            #expect(try await bench.indices().isEmpty)
            #expect(try await bench.alias("e2e-notes").isEmpty)
        }
    }

    @Test(arguments: targets)
    func `no-promote and limit leave the alias alone`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 50)
            try await bench.succeed("run", "notes", "--limit", "20")
            #expect(try await bench.alias("e2e-notes").isEmpty)
            try await bench.succeed("run", "notes", "--fresh", "--no-promote")
            #expect(try await bench.alias("e2e-notes").isEmpty)
            try await bench.succeed("run", "notes")
            try await bench.expectNotes()
        }
    }

    @Test(arguments: targets)
    func `a time limit ends a run with 75, abort drops its index, and then there is nothing to resume`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 10_000)
            try await bench.succeed("run", "notes")
            let live = try await bench.alias("e2e-notes")
            try await bench.makePace()
            try bench.writeSlowMapping()
            try await bench.stopHalfway()
            #expect(try await bench.indices().count == 2)
            try await bench.succeed("abort", "notes", "--dry-run")
            #expect(try await bench.indices().count == 2)
            try await bench.succeed("abort", "notes", "--yes")
            #expect(try await bench.indices() == live)
            #expect(try await bench.alias("e2e-notes") == live, "abort leaves what is live alone")
            let resumed = try await bench.succeed("--resume", "notes")
            #expect(resumed.output.contains("nothing to resume") || resumed.errors.contains("nothing to resume"))
            #expect(try await bench.alias("e2e-notes") == live)
        }
    }

    @Test(arguments: targets)
    func `a changed mapping is not resumed but refused, and begun anew when that is asked for`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeSlowNotes()
            try await bench.stopHalfway()
            try await bench.hurry()
            try bench.writeSlowMapping(more: "document:\n  omit: [body]")
            let refused = try await bench.reindex("run", "notes")
            #expect(refused.status == 78, "\(refused.errors)")
            #expect(refused.errors.contains("omit"), "the key that differs is named: \(refused.errors)")
            try await bench.succeed("run", "notes", "--on-mismatch", "fresh")
            try await bench.expectDocuments(
                "select id::text as _id, to_jsonb(notes) - 'body' as document from notes", in: "\(bench.prefix)notes")
        }
    }

    @Test(arguments: targets)
    func `rejected documents are listed with id and reason, and exported`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 300)
            try bench.write(
                #"{"settings": {"number_of_replicas": 0}, "mappings": {"dynamic": false, "properties": {"body": {"type": "integer"}}}}"#,
                to: "notes.index.json")
            try await bench.sql("update notes set body = case when id % 100 = 0 then 'words' else '7' end")
            let refused = try await bench.reindex("run", "notes")
            #expect(refused.status == 4, "\(refused.errors)")
            #expect(try await bench.alias("e2e-notes").isEmpty)
            let listed = try await bench.succeed("rejected", "notes")
            try await bench.succeed("rejected", "notes", "--export", "refused.ndjson")
            for id in ["100", "200", "300"] { #expect(listed.output.contains(id)) }
            let lines = try String(contentsOf: bench.folder.appending(path: "refused.ndjson"), encoding: .utf8)
                .split(separator: "\n")
            #expect(lines.count == 3 && lines.allSatisfy { $0.contains("mapper_parsing_exception") })
            #expect(!listed.output.contains("Note 100"), "row values are not printed")
        }
    }

    @Test(arguments: targets)
    func `checkpoints in a folder carry a run as well`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeSlowNotes()
            try await bench.stopHalfway("--checkpoints", "state")
            try await bench.hurry()
            try await bench.succeed("--resume", "notes", "--checkpoints", "state")
            try await bench.expectNotes()
            #expect(FileManager.default.fileExists(atPath: bench.folder.appending(path: "state").path))
        }
    }

    /// `prlimit` takes the room away from a process that runs: its files may not grow, as on a full disk.
    @Test func `a full disk under the checkpoints is waited for, then told, and the run goes on`() async throws {
        guard let prlimit = Servers.program("prlimit") else { throw Failure("no prlimit in PATH (util-linux)") }
        try await Workbench.use(.sandbox) { bench in
            try await bench.makeNotes(rows: 4000)
            let proxy = try HoldingProxy(for: bench.openSearch)
            let (environment, folder) = (bench.environment, bench.folder)
            func limit(_ process: ChildProcess, _ room: String) async throws {
                let command = ["--pid", "\(process.id)", "--fsize=\(room):"]
                _ = await (try ChildProcess(prlimit, command, environment: environment, in: folder)).wait()
            }
            func runWithoutRoom(heldAt id: Int, _ more: String...) async throws -> ChildProcess {
                proxy.hold(.before) { $0.path.contains("/_bulk") && $0.body.contains(#""_id":"\#(id)""#) }
                let options = ["--checkpoints", "state", "--body-size", "16KiB", "--max-in-flight", "1"]
                let process = try bench.start(
                    ["run", "notes"] + options + more, with: ["OPENSEARCH_URL": proxy.address])
                #expect(try await proxy.isHolding(within: .seconds(30)) { false }, "\(process.errorsSoFar)")
                try await limit(process, "1000")
                proxy.release()
                return process
            }
            let unfinished = await (try await runWithoutRoom(heldAt: 1000, "--patience", "2s")).wait()
            #expect(unfinished.status == 75 && unfinished.errors.contains("cannot write"), "\(unfinished.errors)")

            let patient = try await runWithoutRoom(heldAt: 3000, "--fresh")
            for _ in 0..<200 where !patient.errorsSoFar.contains("cannot write") {
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(patient.errorsSoFar.contains("cannot write"), "\(patient.errorsSoFar)")
            try await limit(patient, "unlimited")
            let result = await patient.wait()
            proxy.stop()
            #expect(result.status == 0, "\(result.errors)")
            try await bench.expectNotes()
        }
    }

    @Test func `the tune report has a line for each second with what was found`() async throws {
        try await Workbench.use(.sandbox) { bench in
            try await bench.makeSlowNotes(rows: 3000)
            try await bench.succeed("run", "notes", "--quiet", "--fetch-size", "100", "--tune-report", "tune.csv")
            let lines = try String(contentsOf: bench.folder.appending(path: "tune.csv"), encoding: .utf8)
                .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
            #expect(lines.count >= 3 && Set(lines.map(\.count)).count == 1, "\(lines)")
            #expect(
                lines[0][9] == "fetch_rows" && lines[1...].allSatisfy { $0[9] == "100" || $0[9] == "0" }, "\(lines)")
            #expect(
                lines[1...].allSatisfy {
                    Int($0[2]) != nil
                        && ["", "create", "copy", "settle", "verify", "last-round", "promote", "finish"].contains($0[1])
                }, "\(lines)")
        }
    }

    @Test func `a report that cannot be written is told, and the index serves all the same`() async throws {
        try await Workbench.use(.sandbox) { bench in
            try await bench.makeNotes(rows: 100)
            for place in ["/dev/full", "no/such/folder/report.json"] {
                let result = try await bench.reindex("run", "notes", "--report", place)
                #expect(result.status == 1, "\(result.errors)")
                #expect(result.errors.contains("the report cannot be written to \(place)"), "\(result.errors)")
                try await bench.expectNotes()
            }
            let report = try await bench.succeed("run", "notes", "--report", "/dev/stdout")
            #expect((try? JSONSerialization.jsonObject(with: Data(report.output.utf8))) != nil, "\(report.output)")
        }
    }

    @Test(arguments: targets)
    func `the report is JSON with what was done`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 123)
            try await bench.succeed("run", "notes", "--report", "report.json", "--quiet")
            let report = try String(contentsOf: bench.folder.appending(path: "report.json"), encoding: .utf8)
            #expect((try? JSONSerialization.jsonObject(with: Data(report.utf8))) != nil)
            let live = try await bench.alias("e2e-notes")
            let index = try #require(live.first)
            #expect(report.contains("123") && report.contains(index))
            let rights = try FileManager.default.attributesOfItem(
                atPath: bench.folder.appending(path: "report.json").path)[.posixPermissions]
            #expect(rights as? Int == 0o600, "nobody else's to read")
        }
    }
}
