import Foundation
import ReindexCore
import Testing

@testable import OpenSearchIndex

@Suite(.enabled(if: RealCluster.isThere, RealCluster.reason)) struct IndexDocumentStoreTests {
    @Test func `the index is hidden, has one shard, and looks into nothing`() async throws {
        let name = RealCluster.name("checkpoints")
        try await RealCluster.withIndices(["\(name)-1"]) { cluster in
            let store = IndexDocumentStore(cluster.transport, index: name)
            #expect(try await store.get(["run-a"]).isEmpty)
            // Reading makes nothing.
            #expect(try await cluster.index("\(name)-1") == nil)
            _ = try await store.put("run-a", ["a": ["b": 1]], expected: nil)
            _ = try await store.put("run-b", ["a": "text"], expected: nil)
            let index = try #require(try await cluster.index("\(name)-1"))
            #expect(index.settings["hidden"] == "true" && index.settings["number_of_shards"] == "1")
            #expect(index.settings["auto_expand_replicas"] == "0-1")
            #expect(index.mappings == ["enabled": false])
            #expect(store.place == "the index \(name) at \(try #require(RealCluster.url))")
        }
    }

    @Test func `an index that was deleted does not come back by itself with another mapping`() async throws {
        let name = RealCluster.name("checkpoints")
        try await RealCluster.withIndices(["\(name)-1"]) { cluster in
            let store = IndexDocumentStore(cluster.transport, index: name)
            let version = try await store.put("run-a", ["a": ["b": 1]], expected: nil)
            try await cluster.deleteIndex("\(name)-1")
            // What was in it is gone: who goes on with it has lost it.
            await #expect {
                _ = try await store.put("run-a", ["a": "text"], expected: version)
            } throws: {
                ($0 as? StoreError)?.kind == .conflict
            }
            #expect(try await cluster.index("\(name)-1") == nil)
            #expect(try await cluster.index(name) == nil)
            _ = try await store.put("run-b", ["a": "text"], expected: nil)
            _ = try await store.put("run-c", ["a": ["b": 1]], expected: nil)
            #expect(try await cluster.index("\(name)-1")?.mappings == ["enabled": false])
        }
    }

    @Test func `many that write first make one index`() async throws {
        let name = RealCluster.name("checkpoints")
        try await RealCluster.withIndices(["\(name)-1"]) { cluster in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<6 {
                    let store = IndexDocumentStore(cluster.transport, index: name)
                    group.addTask { _ = try await store.put("run-\(writer)", ["n": 1], expected: nil) }
                }
                try await group.waitForAll()
            }
            let ids = (0..<6).map { "run-\($0)" }
            #expect(try await IndexDocumentStore(cluster.transport, index: name).get(ids).count == 6)
        }
    }
}

/// Lost answers, by a server that plays OpenSearch's part.
@Suite struct IndexDocumentStoreAnswerTests {
    private static let exists = #"{"t-1":{"aliases":{"t":{}}}}"#
    private static let conflict =
        #"{"error":{"type":"version_conflict_engine_exception","reason":"document already exists"},"status":409}"#

    private func store(on server: ScriptedServer) throws -> IndexDocumentStore {
        let retry = CallRetry(attempts: 3, sleep: { _ in }, jitter: { 1 })
        return IndexDocumentStore(try server.transport(), index: "t", retry: retry)
    }

    /// The body of a `_mget` answer with the document as the last `PUT` sent it.
    private static func found(_ put: ScriptedServer.Request?, mark: String? = nil) -> String {
        var source = (try? JSONValue(parsing: Array((put?.body ?? "{}").utf8))) ?? [:]
        if let mark { source["_put"] = .string(mark) }
        let entry: JSONValue = ["_id": "run-a", "found": true, "_seq_no": 7, "_primary_term": 1, "_source": source]
        return String(decoding: (["docs": [entry]] as JSONValue).bytes, as: UTF8.self)
    }

    @Test func `a write whose answer was lost is recognised when it is refused the second time`() async throws {
        let server = try ScriptedServer { request, history in
            if request.method == "GET" { return .json(200, Self.exists) }
            if request.path.hasPrefix("/t/_mget") { return .json(200, Self.found(history.last { $0.method == "PUT" })) }
            return history.count { $0.method == "PUT" } == 1 ? .close : .json(409, Self.conflict)
        }
        let version = try await store(on: server).put("run-a", ["n": 1], expected: nil)
        #expect(version == StoredVersion(sequenceNumber: 7, primaryTerm: 1))
        #expect(server.history.count { $0.method == "PUT" } == 2)
    }

    @Test func `a document with the same content that somebody else wrote is a conflict`() async throws {
        let server = try ScriptedServer { request, history in
            if request.method == "GET" { return .json(200, Self.exists) }
            if request.path.hasPrefix("/t/_mget") {
                return .json(200, Self.found(history.last { $0.method == "PUT" }, mark: "somebody else's"))
            }
            return .json(409, Self.conflict)
        }
        let store = try store(on: server)
        #expect(await kindOfFailure { _ = try await store.put("run-a", ["n": 1], expected: nil) } == .conflict)
    }

    @Test func `an answer that is lost each time is settled by reading the document`() async throws {
        let server = try ScriptedServer { request, history in
            if request.method == "GET" { return .json(200, Self.exists) }
            if request.path.hasPrefix("/t/_mget") { return .json(200, Self.found(history.last { $0.method == "PUT" })) }
            return .close
        }
        let version = try await store(on: server).put("run-a", ["n": 1], expected: nil)
        #expect(version.sequenceNumber == 7)
    }

    @Test func `a shard that is away makes reading unavailable, and is asked again first`() async throws {
        let server = try ScriptedServer { _, _ in
            .json(200, #"{"docs":[{"_id":"a","error":{"type":"no_shard_available_action_exception","reason":"x"}}]}"#)
        }
        let store = try store(on: server)
        #expect(await kindOfFailure { _ = try await store.get(["a"]) } == .unavailable)
        #expect(server.history.count == 3)
    }

    @Test(arguments: [(401, StoreError.Kind.notAllowed), (403, .notAllowed), (503, .unavailable), (400, .failed)])
    func `each refusal has its kind`(status: Int, kind: StoreError.Kind) async throws {
        let server = try ScriptedServer { _, _ in .json(status, #"{"error":{"type":"t","reason":"r"}}"#) }
        let store = try store(on: server)
        #expect(await kindOfFailure { _ = try await store.get(["a"]) } == kind)
        #expect(await kindOfFailure { _ = try await store.put("a", [:], expected: nil) } == kind)
    }
}
