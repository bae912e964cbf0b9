import Foundation
import Testing

/// What others configured in the cluster for indices of our names: nothing is found twice, nothing is lost in silence.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"), .serialized)
struct TemplateTests {
    /// Pipelines are OpenSearch's own.
    private static let servers = RunTests.targets.filter { $0 != .sandbox }

    private func makeNotes(_ bench: Workbench) async throws {
        try await bench.makeNotes(rows: 400)
        try bench.write(#"{"mappings": {"dynamic": false}}"#, to: "notes.index.json")
    }

    @Test(arguments: RunTests.targets) func `templates of both kinds that add the live alias are refused`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await makeNotes(bench)
            try await bench.succeed("run", "notes")
            let serving = try await bench.alias("e2e-notes")
            let (name, alias) = ("\(bench.prefix)template", "\(bench.prefix)notes")
            for isLegacy in [true, false] {
                let path = isLegacy ? "_template/\(name)" : "_index_template/\(name)"
                let effect = #""aliases": {"\#(alias)": {}}"#
                let body =
                    isLegacy
                    ? #"{"index_patterns": ["\#(alias)-*"], \#(effect)}"#
                    : #"{"index_patterns": ["\#(alias)-*"], "priority": 900, "template": {\#(effect)}}"#
                #expect(try await bench.ask("PUT", path, body).status == 200)
                let refused = try await bench.reindex("run", "notes")
                #expect(refused.status == 65 && refused.errors.contains(name), "\(refused.errors)")
                #expect(try await bench.alias("e2e-notes") == serving)
                #expect(try await bench.indices() == serving, "no index was made that searches would find")
                try await bench.ask("DELETE", path)
            }
        }
    }

    @Test(arguments: servers) func `a final pipeline that drops documents is not promoted over`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await makeNotes(bench)
            try await bench.succeed("run", "notes")
            let serving = try await bench.alias("e2e-notes")
            let name = "\(bench.prefix)drops"
            try await bench.ask(
                "PUT", "_ingest/pipeline/\(name)", #"{"processors": [{"drop": {"if": "ctx.id % 2 == 0"}}]}"#)
            let made = try await bench.ask(
                "PUT", "_index_template/\(name)",
                #"{"index_patterns": ["\#(bench.prefix)notes-*"], "priority": 901, "template": {"settings": {"index.final_pipeline": "\#(name)"}}}"#
            )
            #expect(made.status == 200, "\(made.body)")
            let plan = try await bench.reindex("plan", "notes")
            #expect(plan.output.contains("final pipeline \(name)"), "\(plan.output)")
            let refused = try await bench.reindex("run", "notes")
            #expect(refused.status == 4, "\(refused.output) \(refused.errors)")
            #expect(try await bench.alias("e2e-notes") == serving)
            try await bench.expectNotes()
            try await bench.ask("DELETE", "_index_template/\(name)")
            try await bench.ask("DELETE", "_ingest/pipeline/\(name)")
        }
    }

    @Test(arguments: servers)
    func `a default pipeline that drops documents is switched off, and so are replicas while loading`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await makeNotes(bench)
            let name = "\(bench.prefix)drops"
            try await bench.ask(
                "PUT", "_ingest/pipeline/\(name)", #"{"processors": [{"drop": {"if": "ctx.id % 2 == 0"}}]}"#)
            try await bench.ask(
                "PUT", "_index_template/\(name)",
                #"{"index_patterns": ["\#(bench.prefix)notes-*"], "priority": 902, "template": {"settings": {"index.default_pipeline": "\#(name)", "index.number_of_replicas": 1}}}"#
            )
            let run = try await bench.reindex("run", "notes", "--patience", "20s")
            #expect(run.status == 0, "\(run.errors)")
            try await bench.expectNotes()
            let index = try await bench.alias("e2e-notes")[0]
            let settings = try await bench.ask("GET", "\(index)/_settings?flat_settings=true")
            #expect(settings.body.contains(#""index.number_of_replicas":"1""#), "the template's, put back")
            try await bench.ask("DELETE", "_index_template/\(name)")
            try await bench.ask("DELETE", "_ingest/pipeline/\(name)")
        }
    }
}
