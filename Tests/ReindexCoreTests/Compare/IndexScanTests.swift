import Synchronization
import Testing

@testable import ReindexCore

/// An index of several shards, whose documents have gaps in their numbers, read through whatever goes wrong.
@Suite struct IndexScanTests {
    private static let hash = DocumentHash(seed: 5)

    private func scan(_ reader: ListedIndex, stop: StopRequest = StopRequest()) -> IndexScan {
        IndexScan(target: reader, index: "a", hash: Self.hash, stop: stop)
    }

    private func wanted(_ ids: [String]) -> KeyDigest {
        var digest = KeyDigest(Self.hash)
        digest.add(.of(ids))
        return digest
    }

    @Test(arguments: [0, 1, 999, 1000, 1001, 25_000, 90_000], [1, 3, 6])
    func `each document is added once`(count: Int, shards: Int) async throws {
        let reader = ListedIndex(count: count, shards: shards)
        #expect(try await scan(reader).keyDigest().isEqual(to: wanted(reader.ids)))
        #expect(reader.open == 0 && reader.opened == (count > 1000 ? 1 : 0))
        #expect(reader.mostAtOnce <= 5)
    }

    @Test func `a lost point in time begins anew, with smaller pages`() async throws {
        let reader = ListedIndex(count: 50_000, shards: 2)
        reader.fail { listing, call in listing == 1 && call == 4 ? .incompleteAnswer : nil }
        #expect(try await scan(reader).keyDigest().isEqual(to: wanted(reader.ids)))
        #expect(reader.open == 0 && reader.opened == 2 && reader.limits == [10_000, 1250])
    }

    @Test func `one that is lost again and again is an error, and so is any other`() async throws {
        for kind in [TargetError.Kind.incompleteAnswer, .refused(status: 404, type: "index_not_found_exception")] {
            let reader = ListedIndex(count: 50_000, shards: 2)
            reader.fail { _, call in call == 3 ? kind : nil }
            let error = await #expect(throws: TargetError.self) { _ = try await scan(reader).keyDigest() }
            #expect(error?.kind == kind && reader.open == 0)
            #expect(reader.opened == (kind == .incompleteAnswer ? 4 : 1))
        }
    }

    @Test func `a list that is shorter than the count is not taken for the index`() async throws {
        let reader = ListedIndex(count: 5000, shards: 1, counted: 5001)
        let error = await #expect(throws: TargetError.self) { _ = try await scan(reader).keyDigest() }
        #expect(error?.message == "5000 of 5001 documents were listed" && reader.open == 0)
    }

    @Test func `what is cancelled or stopped ends its listing`() async throws {
        let reader = ListedIndex(count: 90_000, shards: 2)
        let task = Task { try await scan(reader).keyDigest() }
        reader.fail { _, call in
            if call == 3 { task.cancel() }
            return nil
        }
        _ = await task.result
        #expect(reader.open == 0)
        let stop = StopRequest()
        let stopped = ListedIndex(count: 90_000, shards: 2)
        stopped.fail { _, call in
            if call == 3 { stop.request(.signal) }
            return nil
        }
        await #expect(throws: RunError.self) { _ = try await scan(stopped, stop: stop).keyDigest() }
        #expect(stopped.open == 0)
    }

    @Test(arguments: [1, 2, 5], [1, 2, 4, 9]) func `parts cover every number of every shard once`(
        shards: Int, count: Int
    ) {
        for largest in [nil, 0, 1, 3, 10, 1000] {
            let parts = ListingPart.parts(count, shards: shards, largest: largest)
            for shard in 0..<shards {
                let own = parts.filter { $0.shard == shard }.sorted { $0.first < $1.first }
                #expect(own.first?.first == 0 && own.last?.end == nil)
                for (one, next) in zip(own, own.dropFirst()) {
                    #expect(one.end == next.first && one.first < next.first)
                }
            }
        }
    }
}

/// Answers as the pages of an index would be; numbers of documents have gaps.
final class ListedIndex: IndexReader {
    typealias Failure = @Sendable (_ listing: Int, _ call: Int) -> TargetError.Kind?

    private struct State {
        var opened = 0
        var open: Set<Int> = []
        var calls = 0
        var atOnce = 0
        var mostAtOnce = 0
        var limits: [Int] = []
        var failure: Failure?
    }

    private let shards: [[(number: Int, id: String)]]
    private let counted: Int?
    private let state = Mutex(State())

    init(count: Int, shards: Int, counted: Int? = nil) {
        self.shards = (0..<shards).map { shard in
            (0..<count).filter { $0 % shards == shard }.enumerated().map {
                ($0 * 2 + ($0 % 10 == 0 ? 0 : 1), "id-\($1)")
            }
        }
        self.counted = counted
    }

    var ids: [String] { shards.flatMap { $0.map(\.id) } }
    var open: Int { state.withLock(\.open.count) }
    var opened: Int { state.withLock(\.opened) }
    var mostAtOnce: Int { state.withLock(\.mostAtOnce) }
    var limits: [Int] { state.withLock(\.limits) }

    func fail(_ failure: @escaping Failure) { state.withLock { $0.failure = failure } }

    private static func page(
        _ hits: some Sequence<(number: Int, id: String)>, total: Int? = nil, _ form: ListingForm
    ) throws(TargetError) -> IndexPage {
        let list = hits.map { "{\"_id\":\"\($0.id)\",\"sort\":[\($0.number)]}" }.joined(separator: ",")
        let count = total.map { "\"total\":{\"value\":\($0),\"relation\":\"eq\"}," } ?? ""
        let text = "{\"_shards\":{\"failed\":0},\"hits\":{\(count)\"hits\":[\(list)]}}"
        do {
            return try IndexPage(reading: Array(text.utf8), form: form)
        } catch {
            throw TargetError(.incompleteAnswer, doing: "listing", message: error.reason, address: "")
        }
    }

    func firstDocuments(of index: String, _ form: ListingForm, limit: Int) async throws(TargetError) -> IndexPage {
        try Self.page(shards.joined().prefix(limit), total: ids.count, form)
    }

    func beginListing(_ index: String, parts: Int) async throws(TargetError) -> IndexListing {
        let number = state.withLock { state in
            state.opened += 1
            state.calls = 0
            state.open.insert(state.opened)
            return state.opened
        }
        // Not the largest: it is a guess of another moment.
        let largest = (shards[0].last?.number ?? 0) / 2
        return IndexListing(
            index: index, pointInTime: "\(number)",
            beginnings: ListingPart.parts(parts, shards: shards.count, largest: largest).map { .part($0) })
    }

    func page(
        _ cursor: ListingCursor, of listing: IndexListing, _ form: ListingForm, limit: Int
    ) async throws(TargetError) -> IndexPage {
        let kind = state.withLock { state -> TargetError.Kind? in
            state.calls += 1
            state.atOnce += 1
            state.mostAtOnce = max(state.mostAtOnce, state.atOnce)
            if !state.limits.contains(limit) { state.limits.append(limit) }
            return state.failure?(state.opened, state.calls)
        }
        await Task.yield()
        state.withLock { $0.atOnce -= 1 }
        if let kind { throw TargetError(kind, doing: "listing", message: "scripted", address: "") }
        guard case .part(let part) = cursor, !Task.isCancelled else {
            throw TargetError(.incompleteAnswer, doing: "listing", message: "given up", address: "")
        }
        let rest = shards[part.shard].lazy.filter { $0.number >= part.first }.prefix(part.pageSize(limit))
        var page = try Self.page(rest, form)
        do throws(BulkResponse.Malformed) {
            page.next = try part.rest(behind: &page, limit: limit).map { .part($0) }
        } catch {
            throw TargetError(.incompleteAnswer, doing: "listing", message: error.reason, address: "")
        }
        return page
    }

    func countDocuments(in listing: IndexListing) async throws(TargetError) -> Int? { counted ?? ids.count }

    func endListing(_ listing: IndexListing, at cursors: [ListingCursor]) async {
        state.withLock { _ = $0.open.remove(Int(listing.pointInTime ?? "") ?? 0) }
    }
}
