import Synchronization
import Testing

@testable import ReindexCore

@Suite(.timeLimit(.minutes(5))) struct RunLedgerTests {
    let store = ScriptedStore()
    let clock = VirtualClock()

    private func record(pid: Int = 1) -> RunRecord {
        RunRecord(
            run: "r", mapping: "shop", alias: "Shop", index: "shop-r", indexUUID: nil, historyUUIDs: nil,
            state: .active,
            phase: .copy, epoch: Epoch(version: 1000), writer: 1, slices: [0], settingsToRestore: nil,
            fingerprint: Fingerprint(fields: [:]), plan: [:], tool: "t",
            holder: .init(host: "h", pid: pid, since: "s\(pid)"), startedAt: "", updatedAt: "", snapshots: [],
            reason: nil)
    }

    private func ledger(_ process: ScriptedProcess = .immortal, pid: Int = 1) async throws -> RunLedger {
        let access = store.for(.immortal)
        let before = try await access.get(["run-Shop"])["run-Shop"]
        let version = try await access.put(
            "run-Shop", try JSONValue(encoding: record(pid: pid)), expected: before?.version)
        return RunLedger(
            store: store.for(process), record: record(pid: pid), version: version, rejections: RejectionPages(),
            clocks: clock.clocks, retry: RetryPolicy())
    }

    private func slice(_ key: Int) -> SliceRecord {
        var slice = SliceRecord(slice: 0, updatedAt: "")
        slice.place = KeyPlace(key: key)
        return slice
    }

    private func isTakenOver(_ error: any Error) -> Bool {
        if case RunError.takenOver = error { true } else { false }
    }

    private func rejection(_ id: String) -> Rejection { Rejection(id: id, key: [id], type: "t", reason: "r") }

    @Test func `epochs grow when the wall clock jumps back or stands still`() async throws {
        let ledger = try await ledger()
        var last = Epoch(version: 1000)
        for jump in [Duration.zero, .seconds(-86_400), .zero, .microseconds(1), .seconds(-1), .seconds(5)] {
            clock.jumpWall(jump)
            let epoch = try await ledger.allocateEpoch(why: "w")
            #expect(epoch > last && ledger.newestEpoch == epoch)
            #expect(try store["run-Shop"]?.decode(RunRecord.self).epoch == epoch, "stored before it is used")
            last = epoch
        }
    }

    @Test func `a hundred snapshots are remembered, not more`() async throws {
        let ledger = try await ledger()
        for _ in 0..<130 { _ = try await ledger.allocateEpoch(why: "w") }
        #expect(await ledger.record.snapshots.count == 100)
    }

    /// Written at once, each would ask the record who may write, all with the same version of it, and take the run from itself.
    @Test(arguments: [[], [3], Array(1...8)]) func `a cut that was killed is made anew over what it left`(
        left: [Int]
    ) async throws {
        for number in left {
            _ = try await store.for(.immortal).put("slice-r-\(number)", ["slice": "an older one"], expected: nil)
        }
        let plain = try await ledger()
        let yielding = YieldingStore(store: store.for(.immortal))
        let ledger = RunLedger(
            store: yielding, record: await plain.record,
            version: try #require(await store.for(.immortal).get(["run-Shop"])["run-Shop"]).version,
            rejections: RejectionPages(), clocks: clock.clocks, retry: RetryPolicy())
        let slices = try await ledger.cut(at: (1...7).map { KeyPlace(key: $0 * 10) })
        #expect(slices.map(\.slice) == Array(1...8))
        #expect(try store["run-Shop"]?.decode(RunRecord.self).slices == Array(1...8))
        for slice in slices {
            #expect(try store["slice-r-\(slice.slice)"]?.decode(SliceRecord.self) == slice)
        }
        #expect(yielding.mostAtOnce.withLock { $0 } == 1, "the record is written by one at a time")
        // Their versions are known: the next checkpoint of each is taken.
        for slice in slices { try await ledger.write(slice) }
    }

    @Test func `concurrent writes of the record all take effect`() async throws {
        let ledger = try await ledger()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { try await ledger.update { $0.writer += 1 } } }
            for _ in 0..<50 { group.addTask { _ = try await ledger.allocateEpoch(why: "w") } }
            try await group.waitForAll()
        }
        #expect(await ledger.record.writer == 51)
        #expect(try store["run-Shop"]?.decode(RunRecord.self) == (await ledger.record))
    }

    @Test func `a holder whose record was written by another one writes nothing any more`() async throws {
        let old = try await ledger()
        try await old.write(slice(1))
        let new = try await ledger(pid: 2)
        await #expect { try await old.update { $0.phase = .promote } } throws: { isTakenOver($0) }
        _ = try await new.slices()
        try await new.write(slice(5))
        await #expect { try await old.write(slice(9)) } throws: { isTakenOver($0) }
        #expect(try store["slice-r-0"]?.decode(SliceRecord.self).place?.key == 5)
        #expect(await old.record.phase == .copy)
    }

    @Test func `a holder that has not noticed yet does not end the one after it`() async throws {
        let old = try await ledger()
        try await old.write(slice(1))
        let new = try await ledger(pid: 2)
        let seen = try await new.slices()
        #expect(seen.first?.place?.key == 1)
        try await old.write(slice(3))
        try await old.record([rejection("a")])
        try await new.write(slice(2))
        try await new.record([rejection("a"), rejection("b")])
        #expect(try store["slice-r-0"]?.decode(SliceRecord.self).place?.key == 2)
        #expect(await new.rejectedCount == 2)
    }

    @Test func `rejections of a holder before are kept beside ours, on the same page`() async throws {
        let old = try await ledger()
        let new = try await ledger(pid: 2)
        _ = try await new.slices()
        let many = (0..<200).map { rejection("id-\($0)") }
        try await old.record(Array(many[..<150]))
        try await new.record(Array(many[100...]))
        let stored = try await RejectionPages.load(run: "r", from: store.for(.immortal))
        #expect(stored.count == 200 && Set(stored.all.compactMap(\.id)).count == 200)
    }

    @Test func `rejections recorded before a checkpoint are seen by whoever sees the checkpoint`() async throws {
        let old = try await ledger()
        let new = try await ledger(pid: 2)
        try await old.record([rejection("a")])
        try await old.write(slice(7))
        #expect(try await new.slices().first?.place?.key == 7)
        #expect(await new.rejectedCount == 1)
    }

    @Test(arguments: 0..<8) func `a write whose answer was lost is not taken for another holder's`(call: Int)
        async throws
    {
        let ledger = try await ledger(.failing(at: call, isApplied: true))
        try await ledger.update { $0.phase = .settle }
        _ = try await ledger.allocateEpoch(why: "w")
        try await ledger.write(slice(4))
        try await ledger.record([rejection("a")])
        try await ledger.write(slice(8))
        try await ledger.appendHistory(["run": "r"])
        try await ledger.appendHistory(["run": "r"])
        #expect(try store["slice-r-0"]?.decode(SliceRecord.self).place?.key == 8)
        #expect(store["history-Shop"]?["runs"]?.array?.count == 1)
        #expect(await ledger.record.phase == .settle)
    }

    @Test func `a store that stays away is waited for until the patience is over, or shortly when ending`() async throws
    {
        let ledger = try await ledger(ScriptedProcess(fault: { _, _ in .fails(isApplied: false) }))
        await #expect {
            try await ledger.update { $0.writer = 9 }
        } throws: {
            if case RunError.patienceOver = $0 { true } else { false }
        }
        let waited = clock.now
        #expect(waited > .seconds(590) && waited < .seconds(630))
        await ledger.hurry()
        await #expect(throws: (any Error).self) { try await ledger.update { $0.writer = 9 } }
        #expect(clock.now - waited < .seconds(25))
        #expect(await ledger.record.writer == 1, "what was not stored did not happen")
    }

    @Test func `the history keeps the last 50`() async throws {
        let ledger = try await ledger()
        for number in 0..<60 { try await ledger.appendHistory(["run": .string("\(number)")]) }
        let runs = store["history-Shop"]?["runs"]?.array ?? []
        #expect(runs.count == 50 && runs.last?["run"] == "59" && runs.first?["run"] == "10")
    }
}

/// Each call lets others go first, as a server's answer does.
private final class YieldingStore: DocumentStore {
    let store: ScriptedStore.Access
    private let recordsNow = Mutex(0)
    /// Writes of the run's record that were under way together.
    let mostAtOnce = Mutex(0)
    var place: String { store.place }

    init(store: ScriptedStore.Access) { self.store = store }

    func get(_ ids: [String]) async throws(StoreError) -> [String: StoredDocument] {
        for _ in 0..<10 { await Task.yield() }
        return try await store.get(ids)
    }

    func put(_ id: String, _ json: JSONValue, expected: StoredVersion?) async throws(StoreError) -> StoredVersion {
        if id == "run-Shop" {
            let now = recordsNow.withLock { now in
                now += 1
                return now
            }
            mostAtOnce.withLock { $0 = max($0, now) }
        }
        defer { if id == "run-Shop" { recordsNow.withLock { $0 -= 1 } } }
        for _ in 0..<10 { await Task.yield() }
        let result: Result<StoredVersion, StoreError>
        do {
            result = .success(try await store.put(id, json, expected: expected))
        } catch {
            result = .failure(error)
        }
        for _ in 0..<10 { await Task.yield() }
        return try result.get()
    }

    func remove(_ id: String, expected: StoredVersion?) async throws(StoreError) {
        try await store.remove(id, expected: expected)
    }
}
