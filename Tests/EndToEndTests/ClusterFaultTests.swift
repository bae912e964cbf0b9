import Foundation
import Testing

/// What only a real cluster does: its own limits, its full disk, its nodes that leave.
@Suite(
    .enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"),
    .enabled(if: OwnCluster.isPossible, "\(OwnCluster.absent)"), .serialized)
struct ClusterFaultTests {
    private func withCluster(
        nodes: Int = 1, settings: [String] = [], _ test: (inout Workbench, OwnCluster) async throws -> Void
    ) async throws {
        let cluster = try await OwnCluster.start(nodes: nodes, settings: settings)
        try await Workbench.use(.openSearch2, at: cluster.address) { bench in
            do { try await test(&bench, cluster) } catch { Issue.record(error) }
        }
        await cluster.stop()
    }

    @Test func `a write queue of one, and bodies of at most a megabyte`() async throws {
        try await withCluster(
            settings: [
                "node.processors: 1", "thread_pool.write.queue_size: 1", "http.max_content_length: 1mb",
            ]
        ) { bench, _ in
            // More shards than threads and queue: items of one request are refused while others are taken.
            try await bench.makeNotes(rows: 5000, more: "max_rejected: 1")
            try bench.write(
                #"{"settings": {"number_of_shards": 6, "number_of_replicas": 0}, "mappings": {"dynamic": false}}"#,
                to: "notes.index.json")
            try await bench.sql(
                "update notes set body = repeat(md5(id::text), 10000) where id in (7, 8, 9, 4000); update notes set body = repeat('x', 1200000) where id = 2500"
            )
            let result = try await bench.reindex(
                "run", "notes", "--max-in-flight", "8", "--body-size", "5MiB", "--report", "report.json")
            #expect(result.status == 0, "\(result.errors)")
            let report = try String(contentsOf: bench.folder.appending(path: "report.json"), encoding: .utf8)
            let retries = report.matches(of: /"(throttledItems|throttledRequests|tooLarge)" : ([0-9]+)/)
                .reduce(into: [String: Int]()) { $0[String($1.output.1)] = Int($1.output.2) }
            #expect(retries["throttledItems", default: 0] > 0, "the queue was met: \(retries)")
            #expect(try await bench.reindex("rejected", "notes").output.contains("2500"))
            try await bench.expectDocuments(Workbench.notesQuery + " where id <> 2500", in: "\(bench.prefix)notes")
        }
    }

    @Test func `a flood-stage block is waited for, and given up after the patience`() async throws {
        // Otherwise the cluster itself lifts the block, for its disk is not full.
        try await withCluster(settings: ["cluster.routing.allocation.disk.threshold_enabled: false"]) { bench, _ in
            try await bench.makeNotes(rows: 20_000)
            let slow = ["run", "notes", "--body-size", "16KiB", "--max-in-flight", "1"]
            for blocked in ["read_only_allow_delete", "write", "read_only"] {
                let name = "index.blocks.\(blocked)"
                try await bench.sql("update notes set title = 'Note ' || id || ' before \(blocked)'")
                let process = try bench.start(slow)
                try await bench.waitForFirstDocuments()
                let filling = try #require(try await bench.indices().last)
                try await bench.ask("PUT", "\(filling)/_settings", #"{"\#(name)": true}"#)
                try await Task.sleep(for: .seconds(3))
                #expect(process.isRunning, "it waits while there is a \(blocked)")
                try await bench.ask("PUT", "\(filling)/_settings", #"{"\#(name)": null}"#)
                let result = await process.wait()
                #expect(result.status == 0, "\(blocked): \(result.errors)")
                try await bench.expectNotes()
            }
            try await bench.sql("update notes set title = 'Note ' || id || ' at last'")
            let process = try bench.start(slow + ["--patience", "3s"])
            try await bench.waitForFirstDocuments()
            let filling = try #require(try await bench.indices().last)
            try await bench.ask("PUT", "\(filling)/_settings", #"{"index.blocks.read_only_allow_delete": true}"#)
            let result = await process.wait()
            #expect(result.status == 75 && result.errors.contains("flood-stage"), "\(result.errors)")
            try await bench.ask("PUT", "\(filling)/_settings", #"{"index.blocks.read_only_allow_delete": null}"#)
            try await bench.succeed("--resume", "notes")
            try await bench.expectNotes()
        }
    }

    @Test func `an index that is deleted in the middle is told, and the next run begins anew`() async throws {
        guard let target = RunTests.targets.last else { return }
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 40_000)
            let process = try bench.start(["run", "notes", "--body-size", "16KiB", "--max-in-flight", "1"])
            try await bench.waitForFirstDocuments()
            let filling = try #require(try await bench.indices().last)
            try await bench.ask("DELETE", filling)
            let result = await process.wait()
            #expect(result.status == 75 && result.errors.contains("\(filling) is lost"), "\(result.errors)")
            #expect(try await bench.reindex("--resume", "notes").status == 78)
            try await bench.succeed("run", "notes")
            try await bench.expectNotes()
        }
    }

    @Test func `of three nodes one is paused, one is killed, and one loses its disk for good`() async throws {
        try await withCluster(nodes: 3) { bench, cluster in
            try await bench.makeNotes(rows: 20_000)
            try bench.write(
                #"{"settings": {"number_of_shards": 3, "number_of_replicas": 1}, "mappings": {"dynamic": false}}"#,
                to: "notes.index.json")
            let slow = ["run", "notes", "--body-size", "16KiB", "--max-in-flight", "1"]

            // Paused: its shards answer nothing for a while.
            let paused = try bench.start(slow)
            try await bench.waitForFirstDocuments()
            try cluster.signal(SIGSTOP, node: 2)
            try await Task.sleep(for: .seconds(10))
            try cluster.signal(SIGCONT, node: 2)
            let first = await paused.wait()
            #expect([0, 75].contains(first.status), "\(first.errors)")
            if first.status == 75 { try await bench.succeed("--resume", "notes") }
            try await bench.expectNotes()

            // Killed for good: without copies during the load its primary is lost with its disk.
            try await bench.sql("update notes set title = 'Changed ' || id")
            let bereft = try bench.start(slow + ["--patience", "20s"])
            try await bench.waitForFirstDocuments()
            let filling = try #require(try await bench.indices().last)
            let shards = try await bench.ask("GET", "_cat/shards/\(filling)?h=shard,prirep,node")
            let lost = shards.body.split(separator: "\n").filter { $0.contains("node-3") }
                .compactMap { $0.split(separator: " ").first }
            #expect(!lost.isEmpty, "a primary is on node-3: \(shards.body)")
            try cluster.signal(SIGKILL, node: 3)
            let second = await bereft.wait()
            #expect(second.status == 75, "\(second.errors)")
            for shard in lost {
                try await bench.ask(
                    "POST", "_cluster/reroute",
                    #"{"commands": [{"allocate_empty_primary": {"index": "\#(filling)", "shard": \#(shard), "node": "node-1", "accept_data_loss": true}}]}"#
                )
            }
            let third = try await bench.reindex("--resume", "notes")
            #expect(third.status == 78 && third.errors.contains("lost its data"), "\(third.status): \(third.errors)")
            try await bench.succeed("run", "notes")
            try await bench.expectNotes()
        }
    }
}
