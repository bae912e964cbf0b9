import Synchronization
import Testing

@testable import ReindexCore

/// Counts the bytes of the requests that are being answered.
private final class CountingSink: BulkSink {
    private let state = Mutex((now: 0, most: 0, requests: 0, mostRequests: 0, all: 0))
    private let pause: @Sendable () async -> Void

    init(pause: @escaping @Sendable () async -> Void = {}) { self.pause = pause }

    var mostBytes: Int { state.withLock(\.most) }
    var mostRequests: Int { state.withLock(\.mostRequests) }
    var requests: Int { state.withLock(\.all) }

    var isOnLoopback: Bool { true }
    func isWorking(on label: String) async throws(TargetError) -> Bool? { false }

    func send(
        _ body: BulkBody, items: Range<Int>, to destination: BulkDestination, label: String
    ) async throws(TargetError) -> BulkReply {
        let byteCount = body.byteRange(ofItems: items).count
        let number = state.withLock { state in
            state.now += byteCount
            state.requests += 1
            state.all += 1
            state.most = max(state.most, state.now)
            state.mostRequests = max(state.mostRequests, state.requests)
            return state.all
        }
        for _ in 0..<20 + number % 60 { await Task.yield() }
        await pause()
        state.withLock { state in
            state.now -= byteCount
            state.requests -= 1
        }
        return .items(body.ids(ofItems: items).map { ($0, .created) })
    }
}

@Suite(.timeLimit(.minutes(5))) struct BytesInFlightTests {
    private func run(
        _ rows: [ScriptedRow], _ sink: CountingSink, in world: RunWorld = RunWorld(rows: 1),
        _ change: (inout RunOptions, inout ClusterDescription) -> Void = { _, _ in }
    ) async {
        let reader = ScriptedRowReader(ScriptedTable(rows))
        let whole = world.process(reader: reader)
        var options = RunWorld.options
        options.bodyByteCount = nil
        var cluster = ClusterDescription.scripted
        change(&options, &cluster)
        let run = Reindex(
            plan: ReindexPlan(
                mapping: .scripted, source: .scripted, cluster: cluster, templates: [], serving: []),
            options: options, encoder: ScriptedEncoder(), makeReader: { reader }, target: whole.target, sink: sink,
            store: whole.store, progress: whole.progress, clocks: whole.clocks, stop: StopRequest())
        // The documents went nowhere: the count says so, which ends it.
        guard case RunError.countsDiffer(rows.count, 0, 0)? = await failure(of: run) else { return unexpected(nil) }
    }

    /// The mean row says little of the next body: bodies are known only once they are encoded.
    @Test(arguments: [400, 1500, 4000, 100_000], [nil, 1, 3, 64]) func `they stay under half of the indexing pressure`(
        half: Int, maxInFlight: Int?
    ) async throws {
        let rows = (0..<400).map { key in
            ScriptedRow(key: key, payload: String(repeating: "x", count: key % 50 == 0 ? 300 : key % 7))
        }
        let sink = CountingSink()
        await run(rows, sink) { options, cluster in
            options.maxInFlight = maxInFlight
            cluster.indexingPressureLimit = half * 2
        }
        #expect(sink.mostBytes <= half)
        #expect(sink.mostRequests <= maxInFlight ?? 64)
        if half == 100_000, maxInFlight == 3 { #expect(sink.mostRequests == 3, "and the permits are used") }
    }

    @Test func `more than four are let out where the cluster is waited for, and not for a moment`() async {
        let rows = (0..<20_000).map { ScriptedRow(key: $0, payload: "x") }
        let small: (inout RunOptions, inout ClusterDescription) -> Void = { options, _ in options.bodyByteCount = 700 }
        let quick = CountingSink()
        await run(rows, quick, small)
        #expect(quick.mostRequests == ConcurrencyLimit.permitsAtFirst)
        let world = RunWorld(rows: 1)
        let slow = CountingSink { try? await world.clock.clocks.sleep(.milliseconds(200)) }
        await run(rows, slow, in: world, small)
        #expect(slow.mostRequests > ConcurrencyLimit.permitsAtFirst)
    }
}
