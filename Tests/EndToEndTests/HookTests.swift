import Foundation
import Testing

/// `scripts/post-deploy`, as a deployment calls it.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct HookTests {
    /// What each file of `examples/` gives the hook, with the test's own folder of mappings.
    private static func argumentsOfExamples() throws -> [[String]] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../examples").standardized
        return try ["Dockerfile", "kubernetes-job.yaml", "github-actions.yaml", "ecs-task.json", "sst.config.ts"].map {
            let text = try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
            let line = try #require(
                text.split(separator: "\n").last { $0.contains("--time-limit") && $0.contains("--wait-for") }, "\($0)")
            let start = try #require(line.range(of: "--time-limit")).lowerBound
            let words = line[start...].split { " \",[]".contains($0) }.map(String.init)
            return words.map { $0 == "/mappings" ? "mappings" : $0 }
        }
    }

    @Test func `the hook: first time, unchanged, changed, killed in the middle, two at once`() async throws {
        try await Workbench.use(.sandbox) { bench in
            try await bench.makeNotes(rows: 300)
            let first = try await bench.hook("--report", "report.json")
            #expect(first.status == 0, "\(first.errors)")
            let serving = try await bench.alias("e2e-notes")
            #expect(serving.count == 1)
            let unchanged = try await bench.hook()
            #expect(unchanged.status == 0, "\(unchanged.errors)")
            #expect(try await bench.alias("e2e-notes") == serving)
            // Stopped in the middle, by a signal to it alone and by Ctrl-C, which its whole group gets: finished in order.
            try await bench.makeMany()
            for number in [SIGTERM, SIGINT] {
                let killed = try bench.startHook()
                try await bench.awaitFetch(by: killed)
                if number == SIGINT { kill(-killed.id, number) } else { killed.signal(number) }
                let ended = await killed.wait()
                #expect(ended.status == 75, "\(ended.errors)")
                let status = try await bench.succeed("status", "notes")
                #expect(status.output.contains("interrupted"), "\(status.output)")
            }
            // Then another mapping: begun afresh.
            try bench.writeMapping(more: "document: {omit: [body]}")
            let before = try await bench.history()
            let one = try bench.startHook()
            try await Task.sleep(for: .milliseconds(300))
            let other = try bench.startHook()
            let results = (await one.wait(), await other.wait())
            #expect(results.0.status == 0 && results.1.status == 0, "\(results.0.errors) \(results.1.errors)")
            #expect(try await bench.alias("e2e-notes") != serving)
            #expect(try await bench.indices().count == 2, "one was made, and the one before is kept")
            #expect(try await bench.history() == before + 1, "the work was done once")
            try await bench.expectDocuments(
                "select id::text as _id, to_jsonb(notes) - 'body' as document from notes", in: "\(bench.prefix)notes")
            let late = try await bench.hook("--time-limit", "nonsense")
            #expect(late.status == 64, "\(late.errors)")
            let bare = try await bench.hook("--report")
            #expect(bare.status == 64 && bare.errors.contains("--report needs a value"), "\(bare.errors)")
            let nowhere = await (try bench.startHook(with: ["REINDEX": "/nonexistent/reindex"])).wait()
            #expect(nowhere.status == 64 && nowhere.errors.contains("REINDEX"), "\(nowhere.errors)")
            for arguments in try Self.argumentsOfExamples() {
                let result = await (try bench.startHook(arguments)).wait()
                #expect(result.status == 0, "\(arguments): \(result.errors)")
            }
        }
    }
}

extension Workbench {
    /// `scripts/post-deploy`, as a deployment calls it.
    func startHook(_ arguments: [String] = [], with more: [String: String] = [:]) throws -> ChildProcess {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../scripts/post-deploy")
        return try ChildProcess(
            "/bin/bash", [script.standardized.path] + arguments,
            environment: environment.merging(["REINDEX": Servers.reindex]) { $1 }.merging(more) { $1 }, in: folder)
    }

    func hook(_ arguments: String...) async throws -> ChildProcess.Result {
        await (try startHook(arguments)).wait()
    }

    /// How often the alias moved.
    fileprivate func history() async throws -> Int {
        let text = try await succeed("status", "notes", "--history").output
        return text.components(separatedBy: "promoted at").count
    }

    /// Enough rows, read slowly enough, to be stopped among them.
    fileprivate func makeMany() async throws {
        try await sql("insert into notes select n, 'Note ' || n, '' from generate_series(1000, 9000) as n")
        try await makePace()
        try writeSlowMapping()
    }
}
