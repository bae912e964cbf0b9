import Foundation
import Testing

/// Real clusters that are too small, blocked, paused, killed and robbed of a disk: each run ends with an index that equals
/// the table, or with the documented exit, and the next one ends so.
@Suite(
    .enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"),
    .enabled(if: Servers.hasOpenSearch2, "\(Servers.noOpenSearch2)"),
    .enabled(if: OwnCluster.home != nil, "\(OwnCluster.absent)"), .serialized)
enum ClusterFaultTests {
    /// Notes, and an index for them on the cluster of the suite.
    static func withNotes(
        settings: String = #""number_of_shards": 1"#, rows: Int = 4000,
        _ test: (inout Workbench, OwnCluster) async throws -> Void
    ) async throws {
        let cluster = try #require(OwnCluster.current)
        try await Workbench.use(.openSearch2, at: cluster.address) { bench in
            bench.environment["OPENSEARCH_URL"] = cluster.addresses
            try await bench.makeNotes(rows: rows)
            try bench.write(
                #"{"settings": {"number_of_replicas": 0, \#(settings)}, "mappings": {"dynamic": false}}"#,
                to: "notes.index.json")
            try await test(&bench, cluster)
        }
    }

    /// Small bodies, one at a time: whatever happens in the middle, something was acknowledged and something is to come.
    static let inPieces = ["--body-size", "16KiB", "--max-in-flight", "1"]

    /// Starts a run, holds its bulk request with the document of this id, lets things happen, and lets it go on.
    static func run(
        _ arguments: [String] = ["run", "notes"], heldAt id: Int, _ bench: Workbench, _ cluster: OwnCluster,
        _ meanwhile: (ChildProcess) async throws -> Void
    ) async throws -> ChildProcess {
        let proxy = try HoldingProxy(for: cluster.address)
        proxy.hold(.before) { $0.path.contains("/_bulk") && $0.body.contains(#""_id":"\#(id)""#) }
        let process = try bench.start(arguments + inPieces, with: ["OPENSEARCH_URL": proxy.address])
        #expect(
            try await proxy.isHolding(within: .seconds(60)) { false }, "no such request: \(process.errorsSoFar)")
        try await meanwhile(process)
        proxy.release()
        return process
    }

    /// One node with one processor, that queues one write and takes requests of 1 MB at most. Blocks of a full disk are
    /// lifted no oftener than shards may be moved about, which is once a minute by default.
    @Suite(
        .cluster(
            nodes: 1,
            settings: """
                node.processors: 1
                thread_pool.write.queue_size: 1
                http.max_content_length: 1mb
                cluster.info.update.interval: 10s
                cluster.routing.allocation.disk.reroute_interval: 1s
                path.repo: /tmp
                """)) struct SmallNode
    {
        @Test func `an index of which a snapshot is being taken is dropped when that has ended`() async throws {
            try await withNotes(rows: 2000) { bench, cluster in
                var served: [String] = []
                for _ in 1...3 {
                    try await bench.succeed("run", "notes")
                    served += try await bench.alias("e2e-notes")
                }
                try bench.writeMapping(more: "retain: {for: 1s, at_least: 1}")
                let place = "/tmp/reindex-snapshots-\(UUID().uuidString)"
                defer { try? FileManager.default.removeItem(atPath: place) }
                let slow = #"{"location": "\#(place)", "max_snapshot_bytes_per_sec": "20kb"}"#
                let made = try await cluster.ask("PUT", "_snapshot/slow", #"{"type": "fs", "settings": \#(slow)}"#)
                #expect(made.status == 200, "\(made.body)")
                let taking = try await cluster.ask(
                    "PUT", "_snapshot/slow/one", #"{"indices": "\#(served[0])", "include_global_state": false}"#)
                #expect(taking.status == 200, "\(taking.body)")
                func state() async throws -> String? {
                    let answer = try await cluster.ask("GET", "_snapshot/slow/one")
                    return (answer.object["snapshots"] as? [[String: Any]])?.first?["state"] as? String
                }
                #expect(try await state() == "IN_PROGRESS")
                let pruned = try await bench.reindex("prune", "notes")
                #expect(pruned.status == 0 && pruned.errors.contains("is under way"), "\(pruned.errors)")
                #expect(try await state() == "SUCCESS")
                #expect(try await bench.indices() == Array(served[1...]).sorted())
                try await cluster.ask("DELETE", "_snapshot/slow")
                try await bench.expectNotes()
            }
        }

        @Test func `a write queue of 1 refuses items, which are sent again`() async throws {
            try await withNotes(settings: #""number_of_shards": 8"#, rows: 4000) { bench, _ in
                let run = ["run", "notes", "--body-size", "64KiB", "--max-in-flight", "8", "--report", "report.json"]
                let result = await (try bench.start(run)).wait()
                #expect(result.status == 0, "\(result.errors)")
                try await bench.expectNotes()
                #expect(try bench.retries("throttledItems") > 0, "the node refused nothing")
            }
        }

        @Test func `a document that is larger than a request may be is rejected alone`() async throws {
            try await withNotes(rows: 40) { bench, _ in
                try await bench.sql(
                    """
                    update notes
                    set body = repeat(md5(id::text), case id when 13 then 45000 else 6000 + id::int * 100 end);
                    analyze notes
                    """)
                let run = ["run", "notes", "--body-size", "4MiB", "--report", "report.json"]
                let refused = await (try bench.start(run)).wait()
                #expect(refused.status == 4, "\(refused.errors)")
                #expect(try bench.retries("tooLarge") > 0, "nothing was answered 413")
                #expect(try await bench.alias("e2e-notes").isEmpty)
                let listed = try await bench.succeed("rejected", "notes").output
                #expect(listed.contains("13") && listed.contains("413"), "\(listed)")
                try bench.allowOneRejection()
                try await bench.succeed("run", "notes", "--body-size", "4MiB")
                try await bench.expectDocuments(
                    Workbench.notesQuery + " where id <> 13", in: "\(bench.prefix)notes", pageSize: 10)
            }
        }

        /// OpenSearch lifts `read_only_allow_delete` by itself where the disk has room: the full disk has a test below.
        @Test(arguments: ["write", "read_only"])
        func `a blocked index is waited for within the patience`(block: String) async throws {
            try await withNotes { bench, cluster in
                let impatient = try await run(["run", "notes", "--patience", "3s"], heldAt: 1000, bench, cluster) { _ in
                    try await bench.block(block, true)
                }
                let unfinished = await impatient.wait()
                #expect(unfinished.status == 75, "\(unfinished.errors)")
                #expect(unfinished.errors.contains("cluster_block_exception"), "\(unfinished.errors)")
                #expect(unfinished.errors.contains("--resume"), "\(unfinished.errors)")
                try await bench.block(block, false)

                let patient = try await run(heldAt: 3000, bench, cluster) { _ in try await bench.block(block, true) }
                try await bench.wait("a word about the wait", of: patient) { $0.contains("cluster_block_exception") }
                try await bench.block(block, false)
                let result = await patient.wait()
                #expect(result.status == 0, "\(result.errors)")
                try await bench.expectNotes()
            }
        }

        /// Settings put back, alias moved, index shown: all of it is refused while the index is read-only.
        @Test(arguments: [TransitionTests.settingsRestored, TransitionTests.aliasMoved])
        func `an index that is blocked after the copy is waited for as well`(
            transition: TransitionTests.Transition
        ) async throws {
            try await withNotes(rows: 1000) { bench, _ in
                let proxy = try HoldingProxy(for: bench.openSearch)
                proxy.hold(.before, transition.matches)
                let process = try bench.start(["run", "notes"], with: ["OPENSEARCH_URL": proxy.address])
                #expect(try await proxy.isHolding(within: .seconds(60)) { false }, "\(transition.name) was not met")
                try await bench.block("read_only", true)
                proxy.release()
                try await bench.wait("a word about the wait", of: process) { $0.contains("cluster_block_exception") }
                try await Task.sleep(for: .seconds(5))
                try await bench.block("read_only", false)
                let result = await process.wait()
                proxy.stop()
                #expect(result.status == 0, "\(result.errors)")
                try await bench.expectNotes()
            }
        }

        @Test func `a full disk stops all writes, of the checkpoints too, until there is room`() async throws {
            try await withNotes { bench, cluster in
                let impatient = try await run(["run", "notes", "--patience", "3s"], heldAt: 1000, bench, cluster) { _ in
                    try await cluster.fillDisks(true)
                }
                let unfinished = await impatient.wait()
                #expect(unfinished.status == 75, "\(unfinished.errors)")
                #expect(unfinished.errors.contains("flood-stage watermark"), "\(unfinished.errors)")
                let refused = try await bench.reindex("--resume", "notes", "--patience", "2s")
                #expect([69, 75].contains(refused.status), "\(refused.errors)")
                #expect(refused.errors.contains("flood-stage watermark"), "\(refused.errors)")
                try await cluster.fillDisks(false)

                let patient = try await run(heldAt: 3000, bench, cluster) { _ in try await cluster.fillDisks(true) }
                try await bench.wait("a word about the wait", of: patient) { $0.contains("flood-stage watermark") }
                try await cluster.fillDisks(false)
                let result = await patient.wait()
                #expect(result.status == 0, "\(result.errors)")
                try await bench.expectNotes()
            }
        }
    }

    /// Three nodes; the new index is on the second one alone, and no request of the test's own needs that.
    @Suite(.cluster(nodes: 3)) struct ThreeNodes {
        private static let onSecondNode = #""number_of_shards": 2, "routing.allocation.require._name": "node-2""#

        /// A run of the mapping `others` that was killed half-way.
        private static func leaveOthersHalfway(_ bench: Workbench, _ cluster: OwnCluster) async throws {
            try bench.copyMapping()
            let killed = try await run(["run", "others"], heldAt: 2000, bench, cluster) { $0.signal(SIGKILL) }
            #expect(await killed.wait().status == 137)
        }

        @Test func `a node that is paused for 20 s is waited for`() async throws {
            try await withNotes(settings: Self.onSecondNode) { bench, cluster in
                let process = try await run(heldAt: 1000, bench, cluster) { _ in try cluster.signal(SIGSTOP, to: 2) }
                try await Task.sleep(for: .seconds(20))
                try cluster.signal(SIGCONT, to: 2)
                let result = await process.wait()
                #expect(result.status == 0, "\(result.errors)")
                try await bench.expectNotes()
            }
        }

        /// The second node has it to apply, and is paused; then the connections are cut.
        @Test func `a request that the cluster still works on is not sent again`() async throws {
            try await withNotes(settings: Self.onSecondNode, rows: 3000) { bench, cluster in
                let proxy = try HoldingProxy(for: cluster.address)
                var bulks: Int { proxy.requests.count { $0.path.contains("/_bulk") } }
                proxy.hold(.before) { $0.path.contains("/_bulk") && $0.body.contains(#""_id":"1000""#) }
                let process = try bench.start(["run", "notes"] + inPieces, with: ["OPENSEARCH_URL": proxy.address])
                #expect(try await proxy.isHolding(within: .seconds(60)) { false }, "no such request")
                try cluster.signal(SIGSTOP, to: 2)
                let before = bulks
                proxy.release()
                try await cluster.wait("the request to be sent again") { bulks > before }
                try await Task.sleep(for: .seconds(1))
                proxy.release()
                try await bench.wait("a word about the wait", of: process) { $0.contains("still works on a request") }
                try await Task.sleep(for: .seconds(4))
                #expect(bulks == before + 1, "sent again while the cluster worked on it")
                try cluster.signal(SIGCONT, to: 2)
                let result = await process.wait()
                proxy.stop()
                #expect(result.status == 0, "\(result.errors)")
                try await bench.expectNotes()
            }
        }

        /// While it is away its shards have no history to compare: that must not be taken for a loss.
        @Test func `a node that is killed and comes back is waited for`() async throws {
            try await withNotes(settings: Self.onSecondNode) { bench, cluster in
                try await Self.leaveOthersHalfway(bench, cluster)
                let process = try await run(heldAt: 1000, bench, cluster) { _ in try await cluster.killNode(2) }
                let resumed = try await bench.reindex("--resume", "others", "--patience", "1s")
                #expect(resumed.status == 75, "\(resumed.errors)")
                try await cluster.start(2)
                let result = await process.wait()
                #expect(result.status == 0, "\(result.errors)")
                try await bench.succeed("--resume", "others")
                try await bench.expectDocuments(Workbench.notesQuery, in: "\(bench.prefix)others")
                try await bench.expectNotes()
            }
        }

        @Test func `an index that was deleted in the middle is told, and made anew`() async throws {
            try await withNotes { bench, cluster in
                var index = ""
                let process = try await run(heldAt: 1000, bench, cluster) { _ in
                    index = try #require(try await bench.indices().first)
                    try await bench.ask("DELETE", index)
                }
                let result = await process.wait()
                #expect(result.status == 75, "\(result.errors)")
                #expect(
                    result.errors.contains("\(index) is lost") && result.errors.contains("deleted"), "\(result.errors)")
                let resumed = try await bench.reindex("--resume", "notes")
                #expect(resumed.status == 78 && resumed.errors.contains("is gone"), "\(resumed.errors)")
                try await bench.succeed("run", "notes")
                try await bench.expectNotes()
            }
        }

        /// One run was stopped before, and the other goes on through it: neither may end with 0 and documents missing.
        @Test func `a disk that is gone for good is found out, and the copy made anew`() async throws {
            try await withNotes(settings: Self.onSecondNode) { bench, cluster in
                try await Self.leaveOthersHalfway(bench, cluster)
                let process = try await run(heldAt: 1000, bench, cluster) { _ in
                    let lost = try await bench.indices()
                    try await cluster.killNode(2)
                    try cluster.loseDisk(of: 2)
                    try await cluster.start(2)
                    for index in lost {
                        for shard in 0..<2 { try await cluster.acceptLoss(of: shard, of: index, on: 2) }
                    }
                }
                let result = await process.wait()
                #expect(result.status == 75, "\(result.errors)")
                #expect(result.errors.contains("lost its data"), "\(result.errors)")
                for name in ["notes", "others"] {
                    let resumed = try await bench.reindex("--resume", name)
                    #expect(resumed.status == 78 && resumed.errors.contains("lost its data"), "\(resumed.errors)")
                    #expect(try await bench.alias("e2e-\(name)").isEmpty)
                    try await bench.succeed("run", name)
                    try await bench.expectDocuments(Workbench.notesQuery, in: "\(bench.prefix)\(name)")
                }
            }
        }
    }
}

extension Workbench {
    /// Sets or lifts a block of the new index, which is the only one there is.
    fileprivate func block(_ name: String, _ isSet: Bool) async throws {
        let index = try #require(try await indices().first)
        let answer = try await ask("PUT", "\(index)/_settings", #"{"index.blocks.\#(name)": \#(isSet)}"#)
        guard answer.status == 200 else { throw Failure("blocking \(index): \(answer.body)") }
    }

    /// Until something stands on the process's standard error.
    fileprivate func wait(_ what: String, of process: ChildProcess, until isSo: (String) -> Bool) async throws {
        for _ in 0..<600 {
            if isSo(process.errorsSoFar) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("waited in vain for \(what): \(process.errorsSoFar)")
    }

    /// What the report says of the times that something was sent again.
    fileprivate func retries(_ why: String) throws -> Int {
        let data = try Data(contentsOf: folder.appending(path: "report.json"))
        let report = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        let retries = (report?["progress"] as? [String: Any])?["retries"] as? [String: Int]
        return retries?[why] ?? 0
    }

    fileprivate func allowOneRejection() throws {
        let text = try String(contentsOf: folder.appending(path: "mappings/notes.yaml"), encoding: .utf8)
        try write(text.replacing(prefix, with: "e2e-") + "max_rejected: 1\n", to: "notes.yaml")
    }

    /// A mapping `others` of the same table and index body, with an alias of its own.
    fileprivate func copyMapping() throws {
        let text = try String(contentsOf: folder.appending(path: "mappings/notes.yaml"), encoding: .utf8)
        try write(text.replacing("\(prefix)notes", with: "e2e-others"), to: "others.yaml")
    }
}

extension OwnCluster {
    /// Free space that no disk has is asked for, or no longer; returns when OpenSearch has seen it.
    fileprivate func fillDisks(_ areFull: Bool) async throws {
        let mark = areFull ? #""1000pb""# : "null"
        let names = ["low", "high", "flood_stage"].map {
            #""cluster.routing.allocation.disk.watermark.\#($0)": \#(mark)"#
        }
        let answer = try await ask("PUT", "_cluster/settings", #"{"transient": {\#(names.joined(separator: ", "))}}"#)
        guard answer.status == 200 else { throw Failure("watermarks: \(answer.body)") }
        try await wait("the blocks") {
            let blocks = try await self.ask("GET", "_cluster/state/blocks?filter_path=blocks").body
            return blocks.contains("flood-stage watermark") == areFull
                && (areFull || !blocks.contains("create-index blocked"))
        }
    }

    /// What an operator does who has no other copy: the shard begins empty.
    fileprivate func acceptLoss(of shard: Int, of index: String, on node: Int) async throws {
        let command =
            #"{"index": "\#(index)", "shard": \#(shard), "node": "node-\#(node)", "accept_data_loss": true}"#
        let answer = try await ask(
            "POST", "_cluster/reroute?filter_path=error", #"{"commands": [{"allocate_empty_primary": \#(command)}]}"#)
        guard answer.status == 200 else { throw Failure("reroute: \(answer.body)") }
    }
}
