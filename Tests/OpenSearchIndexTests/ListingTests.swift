import Foundation
import ReindexCore
import Synchronization
import Testing

@testable import OpenSearchIndex

/// A whole index, listed in parts at once, on a real cluster and on one that answers as a test says.
@Suite struct ListingTests {
    private static let keys = ListingForm(hasSource: false, hasVersions: false)

    /// What is listed, in whatever order; pages of `limit`.
    private func list(
        _ cluster: OpenSearchCluster, _ index: String, _ form: ListingForm = keys, limit: Int, parts: Int = 4,
        during: (Int) async throws -> Void = { _ in }
    ) async throws -> [String] {
        let listing = try await cluster.beginListing(index, parts: parts)
        var ids: [String] = []
        var pages = 0
        for beginning in listing.beginnings {
            var next: ListingCursor? = beginning
            while let cursor = next {
                let page = try await cluster.page(cursor, of: listing, form, limit: limit)
                ids += page.documents.map { document in
                    let routing = document.routing.map { " " + String(decoding: page.bytes[$0], as: UTF8.self) } ?? ""
                    return String(decoding: page.bytes[document.id], as: UTF8.self) + routing
                }
                next = page.next
                try await during(pages)
                pages += 1
            }
        }
        #expect(try await cluster.countDocuments(in: listing) == ids.count)
        await cluster.endListing(listing, at: [])
        return ids
    }

    private func fill(
        _ cluster: OpenSearchCluster, _ index: String, shards: Int, _ lines: [String]
    ) async throws {
        var body = RealCluster.body(mappings: ["properties": ["kids": ["type": "nested"]]])
        body["settings"] = [
            "index": ["hidden": true, "number_of_replicas": "0", "number_of_shards": .string("\(shards)")]
        ]
        try await cluster.createIndex(index, body: body)
        try await bulk(cluster, index, lines)
    }

    private func bulk(_ cluster: OpenSearchCluster, _ index: String, _ lines: [String]) async throws {
        let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
        let response = try await cluster.transport.send(
            HTTPRequest(
                .post, "/\(index)/_bulk?refresh=true", body: .buffer(ByteBuffer(copying: bytes)), contentType: .ndjson,
                doing: "filling"))
        #expect(response.status == 200)
    }

    private func openPoints(_ cluster: OpenSearchCluster, _ index: String) async throws -> Int {
        let request = HTTPRequest(.get, "/\(index)/_stats/search", doing: "counting points in time")
        let json = try await cluster.call(request)
        return json[path: ["_all", "primaries", "search", "point_in_time_current"]]?.int ?? -1
    }

    @Test(.enabled(if: RealCluster.isThere, RealCluster.reason), arguments: [1, 3, 7])
    func `each document is listed once, whatever is written meanwhile`(shards: Int) async throws {
        let name = RealCluster.name("listing")
        try await RealCluster.withIndices([name]) { cluster in
            // Nested objects are documents to Lucene, and so is what was written twice or deleted.
            func document(_ id: Int, _ note: String) -> [String] {
                [
                    #"{"index":{"_id":"\#(id)"\#(id % 7 == 0 ? #","routing":"r\#(id % 5)""# : "")}}"#,
                    #"{"n":"\#(note)","kids":[\#(Array(repeating: #"{"a":1}"#, count: id % 4).joined(separator: ","))]}"#,
                ]
            }
            try await fill(cluster, name, shards: shards, (0..<1000).flatMap { document($0, "first") })
            try await bulk(cluster, name, (0..<1000).filter { $0 % 11 == 0 }.flatMap { document($0, "second") })
            let gone = (0..<1000).filter { $0 % 13 == 0 && $0 % 7 != 0 }
            try await bulk(cluster, name, gone.map { #"{"delete":{"_id":"\#($0)"}}"# })
            var held = (0..<1000).filter { !gone.contains($0) }.map { "\($0)" + ($0 % 7 == 0 ? " r\($0 % 5)" : "") }
            for (limit, parts) in [(1000, 1), (100, 1), (100, 4), (37, 9), (1, 2)] {
                let listed = try await list(cluster, name, limit: limit, parts: parts)
                #expect(listed.sorted() == held.sorted(), "\(limit) \(parts)")
            }
            let sources = ListingForm(hasSource: true, hasVersions: true)
            #expect(try await list(cluster, name, sources, limit: 90).sorted() == held.sorted())
            // All of them written anew, some deleted and others added, in the midst of it: it goes on with what it began with.
            let listed = try await list(cluster, name, limit: 50) { page in
                guard page == 1 else { return }
                try await bulk(
                    cluster, name,
                    (0..<1200).flatMap { $0 % 10 == 9 && $0 % 7 != 0 ? [] : document($0, "third") }
                        + (0..<1000).filter { $0 % 10 == 9 && $0 % 7 != 0 }.map { #"{"delete":{"_id":"\#($0)"}}"# })
            }
            #expect(listed.sorted() == held.sorted())
            held = (0..<1200).filter { $0 >= 1000 || $0 % 10 != 9 || $0 % 7 == 0 }.map {
                "\($0)" + ($0 % 7 == 0 ? " r\($0 % 5)" : "")
            }.filter { id in !(1000..<1200).contains { $0 % 10 == 9 && $0 % 7 != 0 && "\($0)" == id } }
            #expect(try await list(cluster, name, limit: 100).sorted() == held.sorted())
            let first = try await cluster.firstDocuments(of: name, Self.keys, limit: 5)
            #expect(first.documents.count == 5 && first.total == held.count)
            #expect(try await cluster.firstDocuments(of: name, Self.keys, limit: 5000).documents.count == held.count)
            #expect(try await openPoints(cluster, name) == 0)
        }
    }

    @Test(.enabled(if: RealCluster.isThere, RealCluster.reason))
    func `a point in time that was lost is an incomplete answer`() async throws {
        let name = RealCluster.name("listing-lost")
        try await RealCluster.withIndices([name]) { cluster in
            try await fill(
                cluster, name, shards: 2, (0..<50).flatMap { [#"{"index":{"_id":"\#($0)"}}"#, "{}"] })
            let listing = try await cluster.beginListing(name, parts: 2)
            #expect(try await openPoints(cluster, name) == 2)
            await cluster.endListing(listing, at: [])
            let lost = await targetError {
                _ = try await cluster.page(listing.beginnings[0], of: listing, Self.keys, limit: 10)
            }
            #expect(lost?.kind == .incompleteAnswer && lost?.message.contains("No search context") == true)
            let missing = await targetError { _ = try await cluster.beginListing(name + "-no", parts: 2) }
            #expect(missing?.kind == .refused(status: 404, type: "index_not_found_exception"))
        }
    }

    @Test(.enabled(if: RealCluster.isThere, RealCluster.reason))
    func `a task that was cancelled closes its point in time`() async throws {
        let name = RealCluster.name("listing-cancelled")
        try await RealCluster.withIndices([name]) { cluster in
            try await fill(
                cluster, name, shards: 1, (0..<50).flatMap { [#"{"index":{"_id":"\#($0)"}}"#, "{}"] })
            let listing = try await cluster.beginListing(name, parts: 2)
            #expect(try await openPoints(cluster, name) == 1)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await cluster.endListing(listing, at: []) }
                group.cancelAll()
            }
            #expect(try await openPoints(cluster, name) == 0)
        }
    }

    @Test(.enabled(if: RealCluster.isThere, RealCluster.reason))
    func `a scroll lists each document once as well`() async throws {
        let name = RealCluster.name("listing-scroll")
        try await RealCluster.withIndices([name]) { cluster in
            try await fill(
                cluster, name, shards: 3, (0..<250).flatMap { [#"{"index":{"_id":"\#($0)"}}"#, "{}"] })
            let listing = IndexListing(index: name, pointInTime: nil, beginnings: [.scroll(nil)])
            var ids: Set<String> = []
            var next: ListingCursor? = .scroll(nil)
            var (count, last) = (0, ListingCursor.scroll(nil))
            while let cursor = next {
                let page = try await cluster.page(cursor, of: listing, Self.keys, limit: 100)
                count += page.documents.count
                ids.formUnion(page.documents.map { String(decoding: page.bytes[$0.id], as: UTF8.self) })
                last = page.scroll.map { .scroll($0) } ?? last
                next = page.next
            }
            #expect(count == 250 && ids.count == 250)
            await cluster.endListing(listing, at: [last])
            let over = await targetError { _ = try await cluster.page(last, of: listing, Self.keys, limit: 100) }
            #expect(over?.kind == .incompleteAnswer)
        }
    }

    @Test(arguments: [
        (405, #"{"error":"Incorrect HTTP method for uri","status":405}"#),
        (400, #"{"error":"no handler found for uri [/a/_search/point_in_time] and method [POST]"}"#),
        (403, #"{"error":{"type":"security_exception","reason":"no permissions"},"status":403}"#),
    ])
    func `where there are no points in time a scroll is read`(status: Int, body: String) async throws {
        let server = try ScriptedServer { request, _ in
            if request.path.contains("point_in_time") { return .json(status, body) }
            return .json(200, #"{"_scroll_id":"s","_shards":{"failed":0}}"#)
        }
        let cluster = OpenSearchCluster(try server.transport())
        let listing = try await cluster.beginListing("a", parts: 4)
        #expect(listing.pointInTime == nil && listing.beginnings == [.scroll(nil)])
        #expect(try await cluster.page(.scroll(nil), of: listing, Self.keys, limit: 7).next == nil)
        #expect(server.history.last?.body.contains("track_total_hits") == false)
        await cluster.endListing(listing, at: [.scroll("s")])
        #expect(server.history.last?.path == "/_search/scroll" && server.history.last?.method == "DELETE")
    }

    @Test(arguments: [
        #"{"timed_out":true,"_shards":{"failed":0}}"#, #"{"terminated_early":true,"_shards":{"failed":0}}"#,
        #"{"_shards":{"failed":1},"hits":{"hits":[{"_id":"1","sort":[0]}]}}"#, #"{"hits":{"hits":[]}}"#,
        #"{"_shards":{"failed":0},"hits":{"hits":[{"_id":"1","sort":[5]},{"_id":"2","sort":[5]}]}}"#,
        #"{"_shards":{"failed":0},"hits":{"hits":[{"_id":"1"}]}}"#, "<html>",
    ])
    func `half an answer is incomplete`(body: String) async throws {
        let server = try ScriptedServer { _, _ in .json(200, body) }
        let cluster = OpenSearchCluster(try server.transport())
        let listing = IndexListing(index: "a", pointInTime: "p", beginnings: [.part(ListingPart(shard: 0, of: 1))])
        let error = await targetError {
            _ = try await cluster.page(listing.beginnings[0], of: listing, Self.keys, limit: 10)
        }
        #expect(error?.kind == .incompleteAnswer)
    }
}
