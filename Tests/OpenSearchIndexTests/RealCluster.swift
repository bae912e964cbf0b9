import Foundation
import ReindexCore
import Testing

@testable import OpenSearchIndex

/// The cluster that the tests may use, under names that begin with a prefix of their own.
enum RealCluster {
    /// Comes from scripts/test, which starts one where none is given.
    static let url = ProcessInfo.processInfo.environment["REINDEX_TEST_OPENSEARCH"]
    static let isThere = url != nil
    static let reason: Comment = "REINDEX_TEST_OPENSEARCH does not say where an OpenSearch is"

    static func transport(timeouts: OpenSearchTimeouts = OpenSearchTimeouts()) throws -> OpenSearchTransport {
        try OpenSearchTransport(OpenSearchSettings(urls: [try #require(url)], timeouts: timeouts))
    }

    /// A name that no other test has, lower case.
    static func name(_ purpose: String) -> String {
        "reindex-unit-\(purpose)-\(UInt32.random(in: 0...UInt32.max))"
    }

    /// Lends a cluster and removes the indices afterwards.
    static func withIndices<Result>(
        _ names: [String], _ use: (OpenSearchCluster) async throws -> Result
    ) async throws -> Result {
        let cluster = OpenSearchCluster(try transport())
        do {
            let result = try await use(cluster)
            for name in names { try await cluster.deleteIndex(name) }
            return result
        } catch {
            for name in names { try? await cluster.deleteIndex(name) }
            throw error
        }
    }

    /// What a new index looks like to the run: hidden, without copies, marked as ours.
    static func body(run: String = "r1", mappings: JSONValue = [:]) -> JSONValue {
        var mappings = mappings
        mappings["_meta"] = ["reindex": ["run": .string(run)]]
        return ["settings": ["index": ["hidden": true, "number_of_replicas": "0"]], "mappings": mappings]
    }
}

/// A bulk body of `index` actions.
func bulkBody(_ documents: [(id: String, json: String)], version: Int = 10) -> BulkBody {
    let body = BulkBody(capacity: 64)
    for (id, json) in documents {
        let action = #"{"index":{"_id":"\#(id)","version":\#(version),"version_type":"external_gte"}}"#
        let bytes = Array((action + "\n" + json + "\n").utf8)
        let room = body.reserve(bytes.count)
        room.update(from: bytes, count: bytes.count)
        body.fill(upTo: room + bytes.count)
        body.endItem()
    }
    return body
}

/// Runs something that has to fail.
func targetError(_ attempt: () async throws -> Void) async -> TargetError? {
    do {
        try await attempt()
        return nil
    } catch {
        return error as? TargetError
    }
}
