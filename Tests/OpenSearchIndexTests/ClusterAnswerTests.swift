import Foundation
import ReindexCore
import Synchronization
import Testing

@testable import OpenSearchIndex

/// What a real cluster does not say when asked: refusals, half answers, other products.
@Suite struct ClusterAnswerTests {
    private func cluster(on server: ScriptedServer) throws -> OpenSearchCluster {
        OpenSearchCluster(try server.transport(), retry: CallRetry(attempts: 3, sleep: { _ in }, jitter: { 1 }))
    }

    private static func root(_ version: String) -> String {
        #"{"cluster_name":"c","cluster_uuid":"u","version":\#(version),"tagline":"t"}"#
    }

    private static let openSearch = root(#"{"distribution":"opensearch","number":"2.19.6"}"#)

    @Test(
        arguments: [
            (#"{"number":"8.12.0"}"#, "Elasticsearch 8.12.0"),
            (#"{"distribution":"opensearch","number":"1.3.20"}"#, "OpenSearch 1.3.20; 2 or later is needed"),
            (#"{"distribution":"opensearch","number":"nine"}"#, "OpenSearch nine; 2 or later is needed"),
        ])
    func `what is not a supported OpenSearch is refused by name`(version: String, message: String) async throws {
        let server = try ScriptedServer { _, _ in .json(200, Self.root(version)) }
        let error = await targetError { _ = try await cluster(on: server).describeCluster() }
        #expect(error?.kind == .unsupported && error?.message == message)
    }

    @Test(
        arguments: [
            ("<!DOCTYPE html><html><head><TITLE>Welcome\u{1b}[31m</title>", "an HTML page titled “Welcome [31m”"),
            ("", "an empty answer"), ("hello\u{7}\nthere", "hello there"), (#"{"ok":true}"#, #"{"ok":true}"#),
        ])
    func `something else altogether is summarised`(body: String, summary: String) async throws {
        let server = try ScriptedServer { _, _ in .full(200, [], body) }
        let error = await targetError { _ = try await cluster(on: server).describeCluster() }
        #expect(error?.kind == .unsupported && error?.message == "it answers 200 with " + summary)
    }

    @Test func `what may not be read is a note and no error`() async throws {
        let server = try ScriptedServer { request, _ in
            if request.path == "/" { return .json(200, Self.openSearch) }
            return .json(403, #"{"error":{"type":"security_exception","reason":"no permissions"},"status":403}"#)
        }
        let cluster = try await cluster(on: server).describeCluster()
        #expect(cluster.notes.count == 4 && cluster.notes.allSatisfy { $0.contains(" may not be read: ") })
        #expect(cluster.dataNodes == 1 && cluster.freeDiskBytes == nil && cluster.highWatermark == nil)
    }

    @Test func `of several nodes the least limits and the fullest disk count`() async throws {
        let server = try ScriptedServer { request, _ in
            switch request.path.prefix(while: { $0 != "?" }) {
            case "/": .json(200, Self.openSearch)
            case "/_cluster/health": .json(200, #"{"number_of_data_nodes":2}"#)
            case "/_nodes/http":
                .json(
                    200,
                    #"""
                    {"nodes":{"a":{"http":{"max_content_length_in_bytes":9}},
                              "b":{"http":{"max_content_length_in_bytes":7}}}}
                    """#
                )
            case "/_cluster/settings":
                .json(
                    200,
                    #"""
                    {"persistent":{"cluster":{"routing":{"allocation":{"disk":{"watermark":{"high":"25b"}}}}}},
                     "defaults":{"cluster":{"routing":{"allocation":{"disk":{"threshold_enabled":"true",
                       "watermark":{"high":"90%","flood_stage":"0.97"}}}}}}}
                    """#)
            default:
                .json(
                    200,
                    #"""
                    {"nodes":{
                      "a":{"roles":["data"],"fs":{"total":{"total_in_bytes":100,"available_in_bytes":60}},
                           "indexing_pressure":{"memory":{"limit_in_bytes":500}}},
                      "b":{"roles":["data"],"fs":{"total":{"total_in_bytes":100,"available_in_bytes":50}},
                           "indexing_pressure":{"memory":{"limit_in_bytes":400}}},
                      "c":{"roles":["cluster_manager"],"fs":{"total":{"total_in_bytes":9,"available_in_bytes":1}}}}}
                    """#)
            }
        }
        let cluster = try await cluster(on: server).describeCluster()
        #expect(cluster.dataNodes == 2 && cluster.maxContentLength == 7 && cluster.indexingPressureLimit == 400)
        #expect(cluster.freeDiskBytes == 50 && cluster.totalDiskBytes == 100)
        #expect(cluster.highWatermark == 0.75 && cluster.floodStageWatermark == 0.97)
        #expect(cluster.notes.isEmpty)
    }

    /// An answer to one is held back until the others are there: in turn they would never be.
    @Test func `what does not depend on each other is asked at once`() async throws {
        let groups: [Set<String>] = [
            ["/_cluster/health", "/_nodes/stats/fs,indexing_pressure", "/_nodes/http", "/_cluster/settings"],
            ["/a", "/a/_stats"], ["/a*", "/a*/_stats"], ["/_index_template", "/_template"],
        ]
        let met = Mutex<[String]>([])
        let mayGo = DispatchSemaphore(value: 0)
        let server = try ScriptedServer { request, _ in
            let path = String(request.path.prefix { $0 != "?" })
            guard let group = groups.first(where: { $0.contains(path) }) else { return .json(200, Self.openSearch) }
            let count = met.withLock { met in
                met.append(path)
                return met.filter(group.contains).count
            }
            let isLast = count == group.count
            if isLast { for _ in 1..<count { mayGo.signal() } }
            guard isLast || mayGo.wait(timeout: .now() + 5) == .success else { return .close }
            return .json(200, #"{"a":{"mappings":{"_meta":{"reindex":{}}}}}"#)
        }
        let cluster = OpenSearchCluster(try server.transport(), retry: CallRetry(attempts: 1))
        #expect(try await cluster.describeCluster().notes.count == 1)
        #expect(try await cluster.index("a") != nil)
        #expect(try await cluster.indices(matching: "a*").count == 1)
        #expect(try await cluster.templates(for: "b").isEmpty)
    }

    @Test(arguments: [(404, 503), (403, 404), (503, 403)])
    func `of two errors at once the same one is told, whichever comes first`(index: Int, numbers: Int) async throws {
        for slower in ["/a?", "/a/_stats"] {
            let server = try ScriptedServer { request, _ in
                if request.path.hasPrefix(slower) { usleep(50_000) }
                let status = request.path.hasPrefix("/a?") ? index : numbers
                return .json(status, #"{"error":{"type":"x","reason":"x"}}"#)
            }
            let error = await targetError { _ = try await cluster(on: server).index("a") }
            #expect(error?.kind == (index == 403 ? .notAllowed : .refused(status: index, type: "x")))
        }
    }

    @Test func `a call that may be repeated is, and one that may not is sent once`() async throws {
        let server = try ScriptedServer { _, history in
            history.count < 3
                ? .json(503, #"{"error":{"type":"x","reason":"away"}}"#) : .json(200, #"{"acknowledged":true}"#)
        }
        try await cluster(on: server).putSettings([:], of: "a")
        #expect(server.history.count == 3)
        let refusing = try ScriptedServer { _, _ in .json(503, #"{"error":{"type":"x","reason":"away"}}"#) }
        let error = await targetError {
            try await cluster(on: refusing).updateAliases([.remove(alias: "a", index: "b")])
        }
        #expect(error?.kind == .refused(status: 503, type: "x") && error?.message == "away")
        #expect(refusing.history.count == 1)
    }

    @Test func `an index whose creation was not answered is ours when it carries our mark`() async throws {
        for run in ["mine", "another"] {
            let server = try ScriptedServer { request, history in
                if request.path.contains("_stats") { return .json(200, "{}") }
                if request.method == "GET" {
                    return .json(200, #"{"a":{"mappings":{"_meta":{"reindex":{"run":"\#(run)"}}}}}"#)
                }
                return .close
            }
            let cluster = try cluster(on: server)
            let error = await targetError {
                try await cluster.createIndex("a", body: ["mappings": ["_meta": ["reindex": ["run": "mine"]]]])
            }
            #expect(error?.kind == (run == "mine" ? nil : .incompleteAnswer))
        }
    }

    @Test func `a count of fewer shards than there are is incomplete`() async throws {
        for shards in [#"{"total":2,"successful":1,"failed":1}"#, #"{"total":2,"successful":1,"failed":0}"#] {
            let server = try ScriptedServer { _, _ in .json(200, #"{"count":5,"_shards":\#(shards)}"#) }
            let error = await targetError { _ = try await cluster(on: server).count(of: "a") }
            #expect(error?.kind == .incompleteAnswer)
        }
    }

    @Test func `an alias swap that is not acknowledged is incomplete, for it may happen yet`() async throws {
        let server = try ScriptedServer { _, _ in .json(200, #"{"acknowledged":false}"#) }
        let error = await targetError { try await cluster(on: server).updateAliases([.removeIndex("a")]) }
        #expect(error?.kind == .incompleteAnswer)
    }

    @Test(
        arguments: [
            (401, "Unauthorized", TargetError.Kind.authentication),
            (403, #"{"error":{"type":"security_exception","reason":"no"}}"#, .notAllowed),
            (403, "403 Request throttled due to too many requests", .refused(status: 429, type: "request_throttled")),
            (
                403, #"{"error":{"type":"cluster_block_exception","reason":"index read-only"}}"#,
                .refused(status: 403, type: "cluster_block_exception")
            ),
            (404, #"{"error":"alias [a] missing","status":404}"#, .refused(status: 404, type: "http_404")),
            (413, "", .refused(status: 413, type: "http_413")),
            (200, "<html>", .incompleteAnswer),
        ])
    func `each status has its kind`(status: Int, body: String, kind: TargetError.Kind) async throws {
        let server = try ScriptedServer { _, _ in .full(status, [], body) }
        let error = await targetError { _ = try await cluster(on: server).index("a") }
        #expect(error?.kind == kind)
    }
}
