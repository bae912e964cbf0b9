import Synchronization
import Testing

@testable import ReindexCore

/// Several readers, each on a slice of its own: whatever happens to one of them, the index holds the table.
@Suite(.timeLimit(.minutes(5))) struct SliceTests {
    private static func threeReaders(_ mapping: inout Mapping, _ options: inout RunOptions) {
        options.readers = 3
        options.patience = .seconds(100_000)
    }

    private func slices(of world: RunWorld) -> [SliceRecord] {
        guard let record = world.record else { return [] }
        return record.slices.compactMap {
            try? world.store[SliceRecord.id(run: record.run, slice: $0)]?.decode(SliceRecord.self)
        }
    }

    /// They follow each other without a gap, from the table's beginning to its end.
    private func expectWhole(_ slices: [SliceRecord], _ comment: Comment? = nil) {
        let inOrder = slices.sorted { ($0.from?.key ?? -1) < ($1.from?.key ?? -1) }
        #expect(inOrder.first?.from == nil && inOrder.last?.through == nil, comment)
        for (slice, next) in zip(inOrder, inOrder.dropFirst()) {
            #expect(slice.through != nil && slice.through == next.from, comment)
        }
    }

    @Test func `each reader reads a slice of its own, all of them in one snapshot`() async throws {
        let world = RunWorld(rows: 90)
        let readers = Mutex<[ScriptedRowReader]>([])
        var run = world.process(.immortal, Self.threeReaders)
        run = Reindex(
            plan: run.plan, options: run.options, encoder: run.encoder,
            makeReader: {
                let reader = ScriptedRowReader(world.table)
                readers.withLock { $0.append(reader) }
                return reader
            }, target: run.target, sink: run.sink, store: run.store, progress: run.progress, clocks: run.clocks,
            stop: run.stop)
        #expect(await failure(of: run) == nil)
        world.expectServed()
        let slices = slices(of: world)
        #expect(slices.map(\.slice) == [1, 2, 3] && slices.allSatisfy(\.isFinished))
        #expect(slices.map(\.counts.acknowledged) == [30, 30, 30])
        expectWhole(slices)
        #expect(world.record?.snapshots.count == 2, "the others joined the first one's, and the last round has its own")
        #expect(readers.withLock { $0.prefix(3).filter { $0.fetches > 0 }.count } == 3)
    }

    @Test(arguments: [1, 2, 4, 91, 200]) func `any number of rows is cut into what there is`(rows: Int) async throws {
        let world = RunWorld(rows: rows)
        #expect(await failure(of: world.process(.immortal, Self.threeReaders)) == nil)
        world.expectServed()
        expectWhole(slices(of: world))
    }

    @Test(arguments: [false, true]) func `a process that dies at any call is gone on with, slice by slice`(
        isApplied: Bool
    ) async throws {
        let whole = ScriptedProcess.immortal
        _ = await ending(of: RunWorld(rows: 40).process(whole, Self.threeReaders))
        for number in 0..<whole.calls.count + 5 {
            let world = RunWorld(rows: 40, seed: number)
            let dying = ScriptedProcess.dying(at: number, isApplied: isApplied)
            _ = await ending(of: world.process(dying, Self.threeReaders))
            let name = dying.calls.count > number ? dying.calls[number] : "none"
            let comment: Comment = "died at call \(number), \(name), done: \(isApplied)"
            guard world.record?.state != .promoted else { continue }
            world.clock.advance(.seconds(2))
            // Whoever goes on may have more readers, or fewer.
            let error = await failure(of: world.process(pid: 2) { $1.readers = 1 + number % 4 })
            if let error { Issue.record("\(error): \(comment)") }
            world.expectServed(comment)
            expectWhole(slices(of: world), comment)
            #expect(slices(of: world).reduce(0) { $0 + $1.counts.acknowledged } == 40, comment)
        }
    }

    @Test(arguments: 0..<40) func `readers that lose their connections, in snapshots that age, lose nothing`(
        seed: Int
    ) async throws {
        let world = RunWorld(rows: 200, seed: seed)
        let generator = Mutex(SplitMix(seed: seed))
        let clock = world.clock
        var run = world.process(.immortal, Self.threeReaders)
        run = Reindex(
            plan: run.plan, options: run.options, encoder: run.encoder,
            makeReader: {
                ScriptedRowReader(world.table, rowsAFetch: 1 + seed % 9) { _ in
                    generator.withLock { generator in
                        if Int.random(in: 0..<10, using: &generator) == 0 { clock.advance(.seconds(400)) }
                        return Int.random(in: 0..<8, using: &generator) == 0 ? .connectionLost : nil
                    }
                }
            }, target: run.target, sink: run.sink, store: run.store, progress: run.progress, clocks: run.clocks,
            stop: run.stop)
        let error = await failure(of: run)
        #expect(error == nil, "seed \(seed)")
        world.expectServed("seed \(seed)")
        let epochs = world.record?.snapshots.map(\.epoch) ?? []
        #expect(epochs == epochs.sorted() && Set(epochs).count == epochs.count, "seed \(seed)")
    }

    /// A row that is changed while slices are in different snapshots ends as its newest reading.
    @Test(arguments: 0..<40) func `of two readings of one document the later snapshot's stays`(seed: Int) async throws {
        let world = RunWorld(rows: 60, seed: seed)
        let table = world.table
        let moves = Mutex(0)
        var run = world.process(.immortal, Self.threeReaders)
        // Two keys make one document, as a row does whose key is changed: 5 becomes 45, in another slice.
        let encoder = ScriptedEncoder { $0.key == 45 ? "5" : String($0.key) }
        table.change { $0.removeAll { $0.key == 45 } }
        run = Reindex(
            plan: run.plan, options: run.options, encoder: encoder,
            makeReader: {
                ScriptedRowReader(table, rowsAFetch: 2 + seed % 5) { _ in
                    let number = moves.withLock {
                        $0 += 1
                        return $0
                    }
                    guard number == 1 + seed % 12 else { return nil }
                    table.change { rows in
                        rows.removeAll { $0.key == 5 }
                        rows.append(ScriptedRow(key: 45, payload: "moved"))
                    }
                    return .connectionLost
                }
            }, target: run.target, sink: run.sink, store: run.store, progress: run.progress, clocks: run.clocks,
            stop: run.stop)
        let error = await failure(of: run)
        guard let record = world.record else { return unexpected(error) }
        let found = world.cluster.documents(of: record.index)["5"]
        if case RunError.countsDiffer? = error {
            // Both were read: the later one has to be there, and the count says that something moved.
            #expect(found?.contains("moved") == true, "seed \(seed)")
        } else {
            #expect(error == nil, "seed \(seed)")
        }
    }

    @Test(arguments: [SourceError.tooManyConnections, SourceError.lockTimeout])
    func `a reader for whom the server has no connection, or no lock, is done without`(code: String) async throws {
        let world = RunWorld(rows: 90)
        let made = Mutex(0)
        var run = world.process(.immortal, Self.threeReaders)
        run = Reindex(
            plan: run.plan, options: run.options, encoder: run.encoder,
            makeReader: {
                let number = made.withLock {
                    $0 += 1
                    return $0
                }
                return number == 1 || number > 3 ? ScriptedRowReader(world.table) : RefusedReader(code: code)
            }, target: run.target, sink: run.sink, store: run.store, progress: run.progress, clocks: run.clocks,
            stop: run.stop)
        #expect(await failure(of: run) == nil)
        world.expectServed()
        #expect(run.progress.snapshot.notes.count { $0.contains("was given up") } == 2)
    }

    private struct RefusedReader: RowReader {
        let code: String

        func open(_ range: KeyRange, in snapshot: SnapshotChoice) async throws(SourceError) -> ExportedSnapshot? {
            throw SourceError(.cancelled, doing: "opening", message: "scripted", sqlState: code)
        }
        func cuts(_ count: Int, of range: KeyRange) async throws(SourceError) -> [KeyPlace] { [] }
        func lie(
            _ keys: [[String]], from first: [String], through last: [String]
        ) async throws(SourceError) -> [Bool] { [] }
        func fetch(rowCount: Int, byteCount: Int) async throws(SourceError) -> FetchedRows? { nil }
        func close() async {}
    }

    @Test func `a limit is kept by one reader`() async throws {
        let world = RunWorld(rows: 90)
        _ = await ending(of: world.process(.immortal, { _, options in (options.readers, options.limit) = (3, 40) }))
        #expect(world.record?.slices == [0])
        #expect(world.cluster.documents(of: world.record?.index ?? "").count == 40)
    }

    @Test(arguments: 0..<60) func `a stop at any call leaves checkpoints that hold what the index holds`(
        number: Int
    ) async throws {
        let world = RunWorld(rows: 60, seed: number)
        let stop = StopRequest()
        let process = ScriptedProcess(meanwhile: { if $0 == number, !$1.isEmpty { stop.request(.signal) } })
        let first = await failure(of: world.process(process, stop: stop, Self.threeReaders))
        if first != nil, let record = world.record, record.phase == .copy {
            let held = world.cluster.documents(of: record.index).count
            #expect(slices(of: world).reduce(0) { $0 + $1.counts.acknowledged } == held, "call \(number)")
        }
        world.clock.advance(.seconds(2))
        #expect(await failure(of: world.process(pid: 2, Self.threeReaders)) == nil, "call \(number)")
        world.expectServed("call \(number)")
    }

    /// Reads take their time, and no reader makes them faster: each one that is tried is taken back, in the middle of a slice.
    @Test(arguments: 0..<5) func `readers that bring nothing are taken back, and their slices are read on`(
        seed: Int
    ) async throws {
        let world = RunWorld(rows: 3000, seed: seed)
        let run = world.process { _, options in options.bodyByteCount = 100_000 }
        var source = SourceDescription.scripted
        source.estimatedRows = 100_000
        let clock = world.clock
        let readers = Mutex<[ScriptedRowReader]>([])
        let many = Reindex(
            plan: ReindexPlan(
                mapping: .scripted, source: source, cluster: .scripted, templates: [], serving: []),
            options: run.options, encoder: run.encoder,
            makeReader: {
                let reader = ScriptedRowReader(world.table, rowsAFetch: 5 + seed) { _ in
                    clock.advance(.milliseconds(1000))
                    return nil
                }
                readers.withLock { $0.append(reader) }
                return reader
            }, target: run.target, sink: run.sink, store: run.store, progress: run.progress, clocks: run.clocks,
            stop: run.stop)
        #expect(await failure(of: many) == nil)
        world.expectServed()
        #expect(slices(of: world).count == 8)
        let fetches = readers.withLock { $0.map(\.fetches) }
        #expect(fetches.count == 3 && fetches.allSatisfy { $0 > 0 }, "\(fetches)")
        #expect(world.record?.snapshots.allSatisfy { !$0.why.contains("lost") } == true)
    }

    // MARK: Splitting

    private func splitting(
        _ world: RunWorld, _ process: ScriptedProcess = .immortal, pid: Int = 1, readers: Int = 3
    ) -> Reindex {
        let run = world.process(process, pid: pid) { mapping, options in
            Self.threeReaders(&mapping, &options)
            options.readers = readers
        }
        return Reindex(
            plan: run.plan, options: run.options, encoder: run.encoder,
            makeReader: { ScriptedRowReader(world.table, process: process, rowsAFetch: 3, leastRowsToSplit: 6) },
            target: run.target, sink: run.sink, store: run.store, progress: run.progress, clocks: run.clocks,
            stop: run.stop)
    }

    @Test(arguments: 0..<20) func `readers that have nothing to do take half of what others have left`(
        seed: Int
    ) async throws {
        let world = RunWorld(rows: 9, seed: seed)
        let growing = ScriptedProcess(meanwhile: { [table = world.table] _, name in
            // Between the cut and the first snapshot.
            guard name == "rows open" else { return }
            table.change { if $0.count == 9 { $0 += (9..<120).map { ScriptedRow(key: $0, payload: "late \($0)") } } }
        })
        #expect(await failure(of: splitting(world, growing)) == nil, "seed \(seed)")
        world.expectServed("seed \(seed)")
        let slices = slices(of: world)
        expectWhole(slices, "seed \(seed)")
        #expect(slices.count > 3 && slices.contains { $0.parent != nil }, "seed \(seed)")
        #expect(slices.reduce(0) { $0 + $1.counts.acknowledged } == 120, "seed \(seed)")
    }

    @Test(arguments: [false, true]) func `a process that dies at any call of a split is gone on with`(
        isApplied: Bool
    ) async throws {
        let whole = ScriptedProcess.immortal
        _ = await ending(of: splitting(RunWorld(rows: 60), whole))
        #expect(whole.calls.count { $0 == "rows cuts" } > 1)
        for number in 0..<whole.calls.count + 5 {
            let world = RunWorld(rows: 60, seed: number)
            let dying = ScriptedProcess.dying(at: number, isApplied: isApplied)
            _ = await ending(of: splitting(world, dying))
            let name = dying.calls.count > number ? dying.calls[number] : "none"
            let comment: Comment = "died at call \(number), \(name), done: \(isApplied)"
            guard world.record?.state != .promoted else { continue }
            world.clock.advance(.seconds(2))
            let error = await failure(of: splitting(world, pid: 2, readers: 1 + number % 4))
            if let error { Issue.record("\(error): \(comment)") }
            world.expectServed(comment)
            expectWhole(slices(of: world), comment)
            #expect(slices(of: world).reduce(0) { $0 + $1.counts.acknowledged } == 60, comment)
        }
    }

    @Test func `of a split that was not completed the first slice is shrunk when it is read`() async throws {
        let world = RunWorld(rows: 60)
        // Ends where the slice that was split would have been written the second time.
        let process = ScriptedProcess.dying(at: 1, of: "rows cuts")
        _ = await ending(of: splitting(world, process))
        let record = try #require(world.record)
        var first = SliceRecord(slice: 1, updatedAt: ""), second = SliceRecord(slice: 2, updatedAt: "")
        first.through = KeyPlace(key: 50)
        (second.from, second.through, second.parent) = (KeyPlace(key: 20), KeyPlace(key: 50), 1)
        let third = SliceRecord(slice: 3, from: KeyPlace(key: 50), updatedAt: "")
        for slice in [first, second, third] {
            world.store.overwrite(SliceRecord.id(run: record.run, slice: slice.slice)) {
                $0 = (try? JSONValue(encoding: slice)) ?? .null
            }
        }
        world.store.overwrite("run-Shop") { $0["slices"] = [1, 2, 3] }
        #expect(await failure(of: splitting(world, pid: 2)) == nil)
        world.expectServed()
        let slices = slices(of: world)
        expectWhole(slices)
        #expect(slices.reduce(0) { $0 + $1.counts.acknowledged } == 60)
    }
}
