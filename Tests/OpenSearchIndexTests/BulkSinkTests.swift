import Foundation
import ReindexCore
import Testing

@testable import OpenSearchIndex

@Suite(.enabled(if: RealCluster.isThere, RealCluster.reason)) struct BulkSinkTests {
    private struct Items {
        var statuses: [Int]
        var errorTypes: [String?]

        init(_ reply: BulkReply) throws {
            let items = try #require(try JSONValue(parsing: reply.body)["items"]?.array)
            statuses = items.compactMap { $0["index"]?["status"]?.int }
            errorTypes = items.map { $0["index"]?["error"]?["type"]?.string }
        }
    }

    @Test(arguments: [false, true]) func `each item of a body has its verdict, compressed or not`(gzip: Bool)
        async throws
    {
        let name = RealCluster.name("bulk")
        try await RealCluster.withIndices([name]) { cluster in
            try await cluster.createIndex(
                name, body: RealCluster.body(mappings: ["properties": ["n": ["type": "long"]]]))
            try await cluster.updateAliases([.add(AliasPlacement(alias: name + "-w", index: name, isHidden: true))])
            let body = bulkBody([("1", #"{"n":1}"#), ("2", #"{"n":"many"}"#), ("3", #"{"n":3}"#), ("4", #"{"n":4}"#)])
            let sink = OpenSearchBulkSink(cluster.transport)
            let destination = BulkDestination(writerAlias: name + "-w", pipeline: nil, compresses: gzip)
            let items = try Items(try await sink.send(body, items: 0..<3, to: destination, label: "t"))
            #expect(items.statuses == [201, 400, 201])
            #expect(items.errorTypes == [nil, "mapper_parsing_exception", nil])
            // The same again is harmless, and a range sends the items of that range alone.
            let again = try Items(try await sink.send(body, items: 2..<4, to: destination, label: "t"))
            #expect(again.statuses == [200, 201])
            try await cluster.refresh(name)
            #expect(try await cluster.count(of: name) == 3)
        }
    }

    @Test func `a writer whose alias is gone writes nothing and creates nothing`() async throws {
        let name = RealCluster.name("fence")
        try await RealCluster.withIndices([name]) { cluster in
            try await cluster.createIndex(name, body: RealCluster.body())
            try await cluster.updateAliases([.add(AliasPlacement(alias: name + "-w1", index: name, isHidden: true))])
            let sink = OpenSearchBulkSink(cluster.transport)
            let holder = BulkDestination(writerAlias: name + "-w1", pipeline: nil, compresses: false)
            try await cluster.updateAliases([
                .remove(alias: name + "-w1", index: name),
                .add(AliasPlacement(alias: name + "-w2", index: name, isHidden: true)),
            ])
            let items = try Items(
                try await sink.send(bulkBody([("1", "{}"), ("2", "{}")]), items: 0..<2, to: holder, label: "t"))
            #expect(items.statuses == [404, 404])
            #expect(items.errorTypes == ["index_not_found_exception", "index_not_found_exception"])
            #expect(try await cluster.index(name + "-w1") == nil)
            try await cluster.refresh(name)
            #expect(try await cluster.count(of: name) == 0)
        }
    }

    @Test func `a pipeline that is named is asked for`() async throws {
        let name = RealCluster.name("pipeline")
        try await RealCluster.withIndices([name]) { cluster in
            try await cluster.createIndex(name, body: RealCluster.body())
            try await cluster.updateAliases([.add(AliasPlacement(alias: name + "-w", index: name, isHidden: true))])
            let destination = BulkDestination(writerAlias: name + "-w", pipeline: "no such & one", compresses: false)
            let reply = try await OpenSearchBulkSink(cluster.transport).send(
                bulkBody([("1", "{}")]), items: 0..<1, to: destination, label: "t")
            #expect(
                String(decoding: reply.body, as: UTF8.self).contains("pipeline with id [no such & one] does not exist"))
        }
    }
}
