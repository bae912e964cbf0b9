import Synchronization
import Testing

@testable import ReindexCore

@Suite(.timeLimit(.minutes(5))) struct KeysetSourceTests {
    let clock = VirtualClock()
    let stop = StopRequest()

    private func source(
        _ reader: ScriptedRowReader, from place: Int? = nil, checksNeighbours: Bool = true, limit: Int? = nil,
        patience: Duration = .seconds(600)
    ) async -> KeysetSource {
        var retry = RetryPolicy()
        retry.patience = patience
        var slice = SliceRecord(slice: 0, updatedAt: "")
        slice.place = place.map { KeyPlace(key: $0) }
        let epochs = Mutex<Int64>(0)
        let progress = Progress(clocks: clock.clocks)
        let snapshot = SharedSnapshot(
            maxAge: .seconds(900), isExported: false, clocks: clock.clocks, progress: progress,
            allocateEpoch: { _ in
                epochs.withLock {
                    $0 += 1
                    // Rule 1: the nth epoch is allocated while n - 1 snapshots were taken.
                    precondition(
                        reader.opens.count <= Int($0) - 1, "an epoch is allocated before its snapshot is taken")
                    return Epoch(version: $0)
                }
            })
        let source = KeysetSource(
            reader: reader, sequence: RowSequence(encoder: ScriptedEncoder(), checksNeighbours: checksNeighbours),
            options: .init(limit: limit, retry: retry, clocks: clock.clocks, stop: stop),
            progress: progress, snapshot: snapshot)
        await source.begin(slice)
        return source
    }

    private func keys(_ batch: RowBatch) -> [Int] {
        (batch.fetched.rows as? ScriptedRowStorage)?.rows[batch.firstRow..<batch.endRow].map(\.key) ?? []
    }

    /// Reads to the end; `between` runs after each batch.
    private func readAll(
        _ source: KeysetSource, between: (Int) -> Void = { _ in }
    ) async throws -> (keys: [Int], epochs: [Int64]) {
        var all: [Int] = []
        var epochs: [Int64] = []
        while let batch = try await source.nextBatch(rowCount: 100, byteCount: 1 << 20) {
            #expect(batch.rowCount > 0 && batch.end.key == keys(batch).last)
            all += keys(batch)
            epochs.append(batch.epoch.version)
            between(epochs.count)
        }
        return (all, epochs)
    }

    private func isDoubled(_ error: any Error, _ key: Int) -> Bool {
        if case RunError.doubledKey(let place) = error { place.key == key } else { false }
    }

    @Test func `all rows come in order, once, on one snapshot`() async throws {
        let reader = ScriptedRowReader(ScriptedTable(keys: 0..<50))
        let (keys, epochs) = try await readAll(await source(reader))
        #expect(keys == Array(0..<50) && Set(epochs) == [1] && reader.opens == [nil])
    }

    @Test func `an empty table ends at once`() async throws {
        let reader = ScriptedRowReader(ScriptedTable([]))
        #expect(try await readAll(await source(reader)).keys.isEmpty)
    }

    @Test func `a snapshot that is too old is renewed at the last key, and one equal row is dropped`() async throws {
        let reader = ScriptedRowReader(ScriptedTable(keys: 0..<50))
        let (keys, epochs) = try await readAll(await source(reader)) {
            if $0 % 3 == 0 { clock.advance(.seconds(1000)) }
        }
        #expect(keys == Array(0..<50))
        #expect(reader.opens.count > 2 && Set(epochs).count == reader.opens.count)
        #expect(epochs == epochs.sorted(), "a later snapshot has a later epoch")
    }

    @Test func `a renewal at the very last row ends quietly`() async throws {
        let reader = ScriptedRowReader(ScriptedTable(keys: 0..<7))
        let (keys, _) = try await readAll(await source(reader)) { _ in clock.advance(.seconds(1000)) }
        #expect(keys == Array(0..<7))
    }

    @Test func `a second row with the last key is a doubled key, not dropped`() async throws {
        let table = ScriptedTable(keys: 0..<20)
        let reader = ScriptedRowReader(table)
        await #expect {
            _ = try await readAll(await source(reader, checksNeighbours: false)) { batch in
                // The batch under way still belongs to the old snapshot.
                if batch == 1 { clock.advance(.seconds(1000)) }
                if batch == 2 { table.change { $0.append(ScriptedRow(key: 13, payload: "second")) } }
            }
        } throws: { isDoubled($0, 13) }
    }

    @Test func `the last row vanishing between snapshots loses nothing`() async throws {
        let table = ScriptedTable(keys: 0..<20)
        let reader = ScriptedRowReader(table)
        let (keys, _) = try await readAll(await source(reader)) { batch in
            if batch == 1 { clock.advance(.seconds(1000)) }
            if batch == 2 { table.change { $0.removeAll { $0.key == 13 } } }
        }
        #expect(keys == Array(0..<20))
    }

    @Test(arguments: [SourceError.Kind.connectionLost, .cancelled, .unreachable])
    func `a lost connection is taken up at the last key read`(kind: SourceError.Kind) async throws {
        let reader = ScriptedRowReader(ScriptedTable(keys: 0..<50)) { [3, 4, 9].contains($0) ? kind : nil }
        let (keys, epochs) = try await readAll(await source(reader))
        #expect(keys == Array(0..<50) && reader.opens.count == 4)
        #expect(Set(epochs).count > 1 && epochs == epochs.sorted(), "what a new snapshot brings has a new epoch")
    }

    @Test func `a server that stays away is waited for until the patience is over`() async throws {
        let reader = ScriptedRowReader(ScriptedTable(keys: 0..<50)) { $0 > 2 ? .connectionLost : nil }
        await #expect(throws: SourceError.self) { try await readAll(await source(reader, patience: .seconds(100))) }
        #expect(clock.now > .seconds(90) && clock.now < .seconds(130))
    }

    @Test(arguments: [SourceError.Kind.notAllowed, .query(position: 3), .authentication, .unsupported, .outOfMemory])
    func `what a new connection does not cure ends at once`(kind: SourceError.Kind) async throws {
        let reader = ScriptedRowReader(ScriptedTable(keys: 0..<50)) { $0 == 2 ? kind : nil }
        await #expect(throws: SourceError.self) { try await readAll(await source(reader)) }
        #expect(reader.fetches == 2 && clock.sleeps.isEmpty)
    }

    @Test func `a resume goes on after its place and sends that row no second time`() async throws {
        let reader = ScriptedRowReader(ScriptedTable(keys: 0..<50))
        #expect(try await readAll(await source(reader, from: 23)).keys == Array(24..<50))
        #expect(reader.opens == [23])
    }

    @Test func `a resume whose row is gone begins with the next one`() async throws {
        let table = ScriptedTable(keys: 0..<50)
        table.change { $0.removeAll { (20...23).contains($0.key) } }
        #expect(try await readAll(await source(ScriptedRowReader(table), from: 23)).keys == Array(24..<50))
    }

    @Test func `a resume notices that its row is doubled`() async throws {
        let table = ScriptedTable(keys: 0..<50)
        table.change { $0.append(ScriptedRow(key: 23, payload: "second")) }
        await #expect {
            _ = try await readAll(await source(ScriptedRowReader(table), from: 23))
        } throws: { isDoubled($0, 23) }
    }

    @Test(arguments: 0..<50) func `equal neighbours are noticed within a fetch and across two`(key: Int) async throws {
        let table = ScriptedTable(keys: 0..<50)
        table.change { $0.append(ScriptedRow(key: key, payload: "second")) }
        await #expect {
            _ = try await readAll(await source(ScriptedRowReader(table)))
        } throws: { isDoubled($0, key) }
    }

    @Test(arguments: [0, 1, 6, 7, 8, 49, 50, 51]) func `a limit is kept to the row`(limit: Int) async throws {
        let reader = ScriptedRowReader(ScriptedTable(keys: 0..<50))
        #expect(try await readAll(await source(reader, limit: limit)).keys == Array(0..<min(limit, 50)))
    }

    @Test func `after a stop a lost connection is not taken up again`() async throws {
        let reader = ScriptedRowReader(ScriptedTable(keys: 0..<50)) { $0 == 3 ? .connectionLost : nil }
        await #expect {
            _ = try await readAll(await source(reader)) { if $0 == 2 { stop.request(.timeLimit) } }
        } throws: {
            if case RunError.interrupted(.timeLimit) = $0 { true } else { false }
        }
    }

    @Test(arguments: 0..<50) func `over random renewals, losses and deletions every row that stays is read once`(
        seed: Int
    ) async throws {
        let generator = Mutex(SplitMix(seed: seed))
        let table = ScriptedTable(keys: 0..<120)
        let doomed = Set((0..<20).map { _ in generator.withLock { Int.random(in: 0..<120, using: &$0) } })
        let reader = ScriptedRowReader(table, rowsAFetch: 1 + seed % 9) { _ in
            generator.withLock { Int.random(in: 0..<8, using: &$0) == 0 ? .connectionLost : nil }
        }
        var left = doomed
        let (keys, epochs) = try await readAll(await source(reader)) { _ in
            if generator.withLock({ Bool.random(using: &$0) }) { clock.advance(.seconds(500)) }
            if let gone = left.popFirst() { table.change { $0.removeAll { $0.key == gone } } }
        }
        #expect(Set(keys).count == keys.count && keys == keys.sorted(), "seed \(seed)")
        #expect(Set(keys).isSuperset(of: Set(0..<120).subtracting(doomed)), "seed \(seed)")
        #expect(epochs == epochs.sorted(), "seed \(seed)")
    }
}
