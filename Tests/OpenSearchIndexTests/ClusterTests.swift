import Foundation
import ReindexCore
import Testing

@testable import OpenSearchIndex

@Suite(.enabled(if: RealCluster.isThere, RealCluster.reason)) struct ClusterTests {
    @Test func `a cluster tells its version, nodes and limits`() async throws {
        let cluster = try await OpenSearchCluster(RealCluster.transport()).describeCluster()
        #expect(cluster.version.split(separator: ".").first.flatMap { Int($0) }.map { $0 >= 2 } == true)
        #expect(cluster.dataNodes >= 1 && !cluster.uuid.isEmpty && cluster.notes.isEmpty)
        #expect(cluster.freeDiskBytes.map { $0 > 0 } == true)
        #expect(try #require(cluster.totalDiskBytes) >= (try #require(cluster.freeDiskBytes)))
        #expect(cluster.indexingPressureLimit.map { $0 > 1 << 20 } == true)
        #expect(cluster.maxContentLength == 100 << 20)
        #expect(cluster.highWatermark == 0.9 && cluster.floodStageWatermark == 0.95)
        #expect(!cluster.isSandbox)
    }

    @Test func `an index is created with its body, described, and deleted more than once`() async throws {
        let name = RealCluster.name("create")
        try await RealCluster.withIndices([name]) { cluster in
            #expect(try await cluster.index(name) == nil)
            try await cluster.createIndex(name, body: RealCluster.body())
            let index = try #require(try await cluster.index(name))
            #expect(index.settings["hidden"] == "true" && index.settings["number_of_replicas"] == "0")
            #expect(index.uuid.count > 10 && index.historyUUIDs?.count == 1)
            #expect(index.mappings["_meta"]?["reindex"]?["run"] == "r1")
            let again = await targetError { try await cluster.createIndex(name, body: RealCluster.body()) }
            #expect(again?.kind == .refused(status: 400, type: "resource_already_exists_exception"))
            #expect(
                try await cluster.health(of: name)
                    == IndexHealth(color: .green, unassignedShards: 0, relocatingOrInitializingShards: 0))
            try await cluster.deleteIndex(name)
            try await cluster.deleteIndex(name)
            let health = await targetError { _ = try await cluster.health(of: name) }
            #expect(health?.kind == .refused(status: 404, type: "index_not_found_exception"))
        }
    }

    @Test func `settings and _meta are changed and read back`() async throws {
        let name = RealCluster.name("settings")
        try await RealCluster.withIndices([name]) { cluster in
            try await cluster.createIndex(
                name, body: RealCluster.body(mappings: ["properties": ["a": ["type": "long"]]]))
            try await cluster.putSettings(["index.refresh_interval": "-1", "index": ["gc_deletes": "1h"]], of: name)
            try await cluster.putMeta(["reindex": ["run": "r2"], "mine": 1], of: name)
            let index = try #require(try await cluster.index(name))
            #expect(index.settings["refresh_interval"] == "-1" && index.settings["gc_deletes"] == "1h")
            #expect(index.mappings["_meta"] == ["reindex": ["run": "r2"], "mine": 1])
            #expect(index.mappings["properties"]?["a"]?["type"] == "long")
            let error = await targetError { try await cluster.putSettings(["index.no_such": 1], of: name) }
            // Version 2 calls it illegal_argument_exception, version 3 settings_exception.
            guard case .refused(400, _) = error?.kind else {
                Issue.record("an unknown setting is refused, not \(String(describing: error))")
                return
            }
            #expect(error?.message.contains("index.no_such") == true)
        }
    }

    @Test func `documents are counted after a refresh and read by id and routing`() async throws {
        let name = RealCluster.name("count")
        try await RealCluster.withIndices([name]) { cluster in
            try await cluster.createIndex(name, body: RealCluster.body())
            try await cluster.updateAliases([.add(AliasPlacement(alias: name + "-w", index: name, isHidden: true))])
            let sink = OpenSearchBulkSink(cluster.transport)
            let body = bulkBody([("a/b ?&#%", #"{"n":1.50}"#), ("2", #"{"n":2.0}"#)])
            let reply = try await sink.send(
                body, items: 0..<2, to: BulkDestination(writerAlias: name + "-w", pipeline: nil, compresses: false),
                label: "t")
            #expect(reply.status == 200 && reply.elapsed > .zero)
            try await cluster.refresh(name)
            #expect(try await cluster.count(of: name) == 2)
            #expect(try await cluster.document("a/b ?&#%", routing: nil, in: name)?["n"] == .number(1.5))
            #expect(try await cluster.document("absent", routing: "x&y", in: name) == nil)
            let missing = await targetError { _ = try await cluster.document("1", routing: nil, in: name + "-no") }
            #expect(missing?.kind == .refused(status: 404, type: "index_not_found_exception"))
        }
    }

    @Test func `only indices that carry our mark are listed, hidden ones too`() async throws {
        let prefix = RealCluster.name("list")
        let names = [prefix + "-a", prefix + "-b", prefix + "-c"]
        try await RealCluster.withIndices(names) { cluster in
            #expect(try await cluster.indices(matching: prefix + "-*").isEmpty)
            try await cluster.createIndex(names[0], body: RealCluster.body(run: "a"))
            try await cluster.createIndex(names[1], body: ["settings": ["number_of_replicas": 0]])
            try await cluster.createIndex(names[2], body: RealCluster.body(run: "c"))
            let found = try await cluster.indices(matching: prefix + "-*")
            #expect(found.map(\.name) == [names[0], names[2]])
            #expect(found.allSatisfy { $0.historyUUIDs?.count == 1 })
            #expect(try await cluster.indices(matching: names[2]).map(\.name) == [names[2]])
            #expect(try await cluster.indices(matching: prefix + "-none").isEmpty)
        }
    }

    @Test(arguments: ["*", "a,b", "_all", "-a", "<a-{now/d}>", "", "..", "a/b", "a b", "a?", "a\nb"])
    func `a name that would mean other indices is refused before anything is sent`(name: String) async throws {
        let cluster = OpenSearchCluster(try RealCluster.transport())
        let deletion = await targetError { try await cluster.deleteIndex(name) }
        #expect(deletion?.kind == .refused(status: 400, type: "invalid_index_name_exception"))
        let swap = await targetError { try await cluster.updateAliases([.remove(alias: name, index: "a")]) }
        #expect(swap?.kind == .refused(status: 400, type: "invalid_index_name_exception"))
    }

    @Test func `an index that has the name of an alias is not found by it`() async throws {
        let name = RealCluster.name("named")
        try await RealCluster.withIndices([name]) { cluster in
            try await cluster.createIndex(name, body: RealCluster.body())
            try await cluster.updateAliases([.add(AliasPlacement(alias: "Über-" + name, index: name))])
            #expect(try await cluster.index("Über-" + name) == nil)
            #expect(try await cluster.alias(name).isEmpty)
            #expect(try await cluster.alias("Über-" + name).map(\.index) == [name])
        }
    }
}
