import Synchronization
import Testing

@testable import ReindexCore

@Suite(.timeLimit(.minutes(5))) struct StopTests {
    private func isInterrupted(_ error: (any Error)?) -> Bool {
        if case RunError.interrupted? = error { true } else { false }
    }

    @Test func `a stop at any call drains, checkpoints and is gone on with`() async throws {
        for number in 0..<100 {
            let world = RunWorld(rows: 30, seed: number)
            let stop = StopRequest()
            let process = ScriptedProcess(meanwhile: { if $0 == number, !$1.isEmpty { stop.request(.signal) } })
            let first = await failure(of: world.process(process, stop: stop))
            guard process.calls.count > number else { break }
            let comment: Comment = "stopped at call \(number), \(process.calls[number])"
            #expect(first == nil || isInterrupted(first), "\(String(describing: first)): \(comment)")
            if first != nil, let record = world.record, record.phase == .copy {
                #expect(record.state == .interrupted, comment)
                let slice = try world.store["slice-\(record.run)-0"]?.decode(SliceRecord.self)
                let held = world.cluster.documents(of: record.index).count
                #expect(
                    slice?.counts.acknowledged ?? 0 == held,
                    "what was in flight is finished and checkpointed: \(comment)")
                #expect(slice?.isFinished != true || held == 30, comment)
            }
            world.clock.advance(.seconds(2))
            let second = await failure(of: world.process(pid: 2))
            #expect(second == nil, "\(String(describing: second)): \(comment)")
            world.expectServed(comment)
        }
    }

    /// The two come together where a machine shuts down: the table's rest must not be taken for read.
    @Test(arguments: 0..<40) func `a connection that is lost together with the stop is not the end of the table`(
        seed: Int
    )
        async throws
    {
        let world = RunWorld(rows: 80, seed: seed)
        let stop = StopRequest()
        let reader = ScriptedRowReader(world.table) { fetch in
            guard fetch == 2 + seed % 5 else { return nil }
            stop.request(.signal)
            return .connectionLost
        }
        let first = await failure(of: world.process(stop: stop, reader: reader))
        #expect(isInterrupted(first), "\(String(describing: first)), seed \(seed)")
        #expect(await failure(of: world.process(pid: 2)) == nil)
        world.expectServed("seed \(seed)")
    }

    @Test func `a stop while OpenSearch answers nothing ends soon, what was acknowledged is checkpointed`() async throws
    {
        let world = RunWorld(rows: 80)
        let stop = StopRequest()
        let process = ScriptedProcess(fault: { [cluster = world.cluster] _, name in
            guard cluster.bulkCount >= 4, name == "cluster bulk" else { return nil }
            stop.request(.timeLimit)
            return .fails(isApplied: false)
        })
        let error = await failure(of: world.process(process, stop: stop))
        #expect(isInterrupted(error), "\(String(describing: error))")
        #expect(world.clock.now < .seconds(60))
        let record = try #require(world.record)
        let slice = try world.store["slice-\(record.run)-0"]?.decode(SliceRecord.self)
        #expect(slice?.place != nil && record.state == .interrupted)
    }

    @Test func `a stop while the checkpoints cannot be written does not wait out the whole patience`() async throws {
        let world = RunWorld(rows: 80)
        let stop = StopRequest()
        let process = ScriptedProcess(fault: { [cluster = world.cluster] _, name in
            guard cluster.bulkCount >= 4, name.hasPrefix("store") else { return nil }
            stop.request(.signal)
            return .fails(isApplied: false)
        })
        #expect(await failure(of: world.process(process, stop: stop)) != nil)
        #expect(world.clock.now < .seconds(120))
        #expect(await failure(of: world.process(pid: 2)) == nil)
        world.expectServed()
    }

    /// Reads some rows, then waits for as long as nobody ends it: a sort, a lock, a network that is gone.
    private final class StuckReader: RowReader {
        private let reader: ScriptedRowReader
        private let stuckAt: Int
        private let count = Mutex(0)
        private let waiting = Mutex<CheckedContinuation<Void, Never>?>(nil)
        private let isEnded = Mutex(false)
        let stuck: @Sendable () -> Void

        init(_ reader: ScriptedRowReader, at stuckAt: Int, stuck: @escaping @Sendable () -> Void = {}) {
            (self.reader, self.stuckAt, self.stuck) = (reader, stuckAt, stuck)
        }

        func open(_ range: KeyRange, in snapshot: SnapshotChoice) async throws(SourceError) -> ExportedSnapshot? {
            try await reader.open(range, in: snapshot)
        }

        func cuts(_ count: Int, of range: KeyRange) async throws(SourceError) -> [KeyPlace] { [] }

        func lie(
            _ keys: [[String]], from first: [String], through last: [String]
        ) async throws(SourceError) -> [Bool] { try await reader.lie(keys, from: first, through: last) }

        func fetch(rowCount: Int, byteCount: Int) async throws(SourceError) -> FetchedRows? {
            let number = count.withLock {
                $0 += 1
                return $0
            }
            guard number >= stuckAt else { return try await reader.fetch(rowCount: rowCount, byteCount: byteCount) }
            stuck()
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isOver = isEnded.withLock { $0 } || Task.isCancelled
                    if isOver { continuation.resume() } else { waiting.withLock { $0 = continuation } }
                    if isEnded.withLock({ $0 }) || Task.isCancelled { end() }
                }
            } onCancel: {
                end()
            }
            throw SourceError(.connectionLost, doing: "reading", message: "ended")
        }

        func close() async {
            isEnded.withLock { $0 = true }
            end()
            await reader.close()
        }

        private func end() {
            let continuation = waiting.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            continuation?.resume()
        }
    }

    @Test func `a stop ends a read that waits`() async throws {
        let world = RunWorld(rows: 80)
        let stop = StopRequest()
        let reader = StuckReader(ScriptedRowReader(world.table), at: 4) { stop.request(.signal) }
        #expect(isInterrupted(await failure(of: world.process(stop: stop, reader: reader))))
        #expect(await failure(of: world.process(pid: 2)) == nil)
        world.expectServed()
    }

    @Test func `an error elsewhere ends a read that waits`() async throws {
        let world = RunWorld(rows: 80)
        let process = ScriptedProcess.dying(at: 2, of: "cluster bulk")
        let reader = StuckReader(ScriptedRowReader(world.table), at: 3)
        #expect(await failure(of: world.process(process, reader: reader)) != nil)
    }

    // MARK: Back pressure

    /// Answers nothing before `permits` requests are in, so that a copy that uses fewer never ends, and counts what was
    /// read. From then on it answers each: fewer permits may be tried.
    private final class FullHouse: BulkSink {
        private struct State {
            var waiting: [CheckedContinuation<Void, Never>] = []
            var isOpen = false
            var answered = 0
            var mostRead = 0
        }

        private let state = Mutex(State())
        let permits: Int

        init(permits: Int) { self.permits = permits }

        var mostRead: Int { state.withLock(\.mostRead) }

        func read(_ fetches: Int) { state.withLock { $0.mostRead = max($0.mostRead, fetches - $0.answered) } }

        var isOnLoopback: Bool { true }
        func isWorking(on label: String) async throws(TargetError) -> Bool? { false }

        func send(
            _ body: BulkBody, items: Range<Int>, to destination: BulkDestination, label: String
        ) async throws(TargetError) -> BulkReply {
            await withCheckedContinuation { continuation in
                let ready: [CheckedContinuation<Void, Never>] = state.withLock { state in
                    state.waiting.append(continuation)
                    state.isOpen = state.isOpen || state.waiting.count == permits
                    guard state.isOpen else { return [] }
                    defer { state.waiting = [] }
                    return state.waiting
                }
                for continuation in ready { continuation.resume() }
            }
            state.withLock { $0.answered += 1 }
            return .items(body.ids(ofItems: items).map { ($0, .created) })
        }
    }

    @Test(arguments: [1, 2, 3, 4]) func `as many batches are out as there are permits, and no row is read beyond`(
        permits: Int
    ) async throws {
        let table = ScriptedTable(keys: 0..<(7 * permits * 6))
        let house = FullHouse(permits: permits)
        let reader = ScriptedRowReader(table) { fetch in
            house.read(fetch)
            return nil
        }
        let world = RunWorld(rows: 1)
        let whole = world.process(reader: reader)
        var options = RunWorld.options
        options.maxInFlight = permits
        options.bodyByteCount = 1 << 20
        let run = Reindex(
            plan: whole.plan, options: options, encoder: ScriptedEncoder(), makeReader: { reader },
            target: whole.target, sink: house, store: whole.store, progress: whole.progress, clocks: whole.clocks,
            stop: StopRequest())
        // The documents went nowhere: the count says so, which ends it.
        guard case RunError.countsDiffer(7 * permits * 6, 0, 0)? = await failure(of: run) else {
            return unexpected(nil)
        }
        #expect(house.mostRead == permits)
    }
}
