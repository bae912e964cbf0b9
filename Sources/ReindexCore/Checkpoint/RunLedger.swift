internal import Synchronization

/// The one place where a run remembers itself: its record, its slices and its rejections, each written by compare-and-swap.
///
/// A write that loses says that another holder took the run over: everything stops. Order that binds: an epoch is stored
/// before its snapshot is taken; a phase before it begins; rejections before the checkpoint that passes them.
package actor RunLedger {
    private let store: any DocumentStore
    private let clocks: Clocks
    private let retry: RetryPolicy
    private let progress: Progress?
    /// How long a store that is unavailable is waited for.
    private var patience: Duration
    private var turnstile = Turnstile()
    private var version: StoredVersion
    private var sliceVersions: [String: StoredVersion] = [:]
    private var rejections: RejectionPages
    private nonisolated let newest: Mutex<Epoch>
    private nonisolated let lease: Mutex<Lease?>

    /// How long this holder may write after the run's record was last written by it.
    package struct Lease: Sendable {
        let length: Duration
        /// When the last successful write of the record BEGAN: whoever watches cannot have seen it earlier.
        var renewedAt: Duration
        var lostTo: String?

        package init(length: Duration, renewedAt: Duration) {
            self.length = length
            self.renewedAt = renewedAt
        }
    }

    package private(set) var record: RunRecord

    package init(
        store: any DocumentStore, record: RunRecord, version: StoredVersion, rejections: RejectionPages,
        clocks: Clocks, retry: RetryPolicy, progress: Progress? = nil, lease: Lease? = nil
    ) {
        self.store = store
        self.record = record
        self.version = version
        self.rejections = rejections
        self.clocks = clocks
        self.retry = retry
        self.progress = progress
        patience = retry.patience
        newest = Mutex(record.epoch)
        self.lease = Mutex(lease)
    }

    /// The newest epoch allocated, for verdicts.
    package nonisolated var newestEpoch: Epoch { newest.withLock { $0 } }

    package var rejectedCount: Int { rejections.count }

    /// The run is ending: a store that does not answer is not waited for as long as before.
    package func hurry() { patience = min(patience, .seconds(5)) }

    /// Changes the run's record and stores it; returns when it is on disk.
    package func update(_ change: @Sendable (inout RunRecord) -> Void) async throws {
        await enter()
        defer { turnstile.leave() }
        try await store(change)
    }

    /// Shows signs of life until the run ends or is somebody else's: three times a lease.
    /// - Throws: ``RunError/takenOver(by:)``; `CancellationError` at the end.
    package func keepLease() async throws {
        guard let length = lease.withLock({ $0?.length }) else { return }
        while true {
            try await clocks.sleep(length / 3)
            do {
                try await update { _ in }
            } catch RunError.patienceOver {
                // Whoever writes has noticed: nothing new is sent until it succeeds.
            }
        }
    }

    /// Returns while the lease holds, and waits while it has run out: who cannot renew it sends nothing new.
    package nonisolated func awaitLease(_ progress: Progress) async throws {
        let began = clocks.now()
        var isWaiting = false
        while true {
            guard let lease = lease.withLock({ $0 }) else { return }
            if let holder = lease.lostTo { throw RunError.takenOver(by: holder) }
            let now = clocks.now()
            if now - lease.renewedAt < lease.length {
                if isWaiting { progress.paused(nil) }
                return
            }
            isWaiting = true
            let why = "the lease of \(Int(lease.length.seconds)) s could not be renewed: nothing new is sent"
            guard now - began < retry.patience else { throw RunError.patienceOver(waited: now - began, last: why) }
            progress.paused(why)
            try await clocks.sleep(.milliseconds(200))
        }
    }

    /// A new epoch, larger than any before it in this index, stored with the reason for its snapshot.
    package func allocateEpoch(why: String) async throws -> Epoch {
        await enter()
        defer { turnstile.leave() }
        let at = clocks.wallMicroseconds()
        let epoch = Epoch(version: max(at, record.epoch.version + 1))
        try await store { record in
            record.epoch = epoch
            record.snapshots.append(.init(epoch: epoch, at: Timestamp.text(microseconds: at), why: why))
            record.snapshots.removeFirst(max(0, record.snapshots.count - 100))
        }
        newest.withLock { $0 = epoch }
        return epoch
    }

    /// Takes down what the snapshot of an epoch sees, before the first row of it is written.
    package func note(_ mark: SnapshotMark, of epoch: Epoch) async throws {
        try await update { record in
            guard let index = record.snapshots.lastIndex(where: { $0.epoch == epoch }) else { return }
            record.snapshots[index].mark = mark
        }
    }

    /// The slices of the record, as far as they were written; the rejections are read after them.
    ///
    /// In this order: a holder before us, who may not know yet that it is, records a rejection before the checkpoint that
    /// passes it. The other way around a checkpoint could be seen whose rejections were not.
    package func slices() async throws -> [SliceRecord] {
        await enter()
        defer { turnstile.leave() }
        let ids = record.slices.map { SliceRecord.id(run: record.run, slice: $0) }
        let found = try await patiently { try await self.store.get(ids) }
        var slices: [SliceRecord] = []
        for (number, id) in zip(record.slices, ids) {
            guard let stored = found[id] else {
                slices.append(SliceRecord(slice: number, updatedAt: clocks.timestamp))
                continue
            }
            sliceVersions[id] = stored.version
            slices.append(try stored.read(SliceRecord.self, "a slice"))
        }
        Self.completeSplits(&slices)
        let run = record.run
        rejections = try await patiently { try await RejectionPages.load(run: run, from: self.store) }
        return slices
    }

    /// Whether the table is still one slice that nothing was read of; known after ``slices()``.
    package var isUncut: Bool {
        record.slices == [0] && sliceVersions[SliceRecord.id(run: record.run, slice: 0)] == nil
    }

    /// Replaces the whole table by slices that end at these places, the last one at the table's end.
    ///
    /// They are written first, and count with the write of the record that names them: a range is never in no slice.
    package func cut(at places: [KeyPlace]) async throws -> [SliceRecord] {
        precondition(isUncut, "a run is cut before anything is read")
        await enter()
        defer { turnstile.leave() }
        var slices: [SliceRecord] = []
        for number in 1...places.count + 1 {
            let from = number > 1 ? places[number - 2] : nil
            let through = number <= places.count ? places[number - 1] : nil
            slices.append(SliceRecord(slice: number, from: from, through: through, updatedAt: clocks.timestamp))
        }
        let left = try await withThrowingTaskGroup(of: SliceRecord?.self) { group in
            for slice in slices { group.addTask { try await self.create(slice) ? nil : slice } }
            var left: [SliceRecord] = []
            for try await slice in group { if let slice { left.append(slice) } }
            return left
        }
        // A cut that was killed left them: one after the other, for each first asks the record who may write.
        for slice in left { try await store(slice) }
        let numbers = slices.map(\.slice)
        try await store { $0.slices = numbers }
        return slices
    }

    /// Splits a slice at a place of its that was not read yet: what lies behind it becomes a slice of its own.
    ///
    /// That one is written and named before the first one shrinks. Who dies between the two leaves both with the same rows,
    /// which ``slices()`` puts right, and never rows that are in none.
    /// - Parameter slice: as its next checkpoint would be; no other write of it may be under way.
    package func split(_ slice: SliceRecord, at place: KeyPlace) async throws -> (
        first: SliceRecord, second: SliceRecord
    ) {
        await enter()
        defer { turnstile.leave() }
        let number = (record.slices.max() ?? 0) + 1
        var second = SliceRecord(slice: number, from: place, through: slice.through, updatedAt: clocks.timestamp)
        second.parent = slice.slice
        var first = slice
        first.through = place
        try await store(second)
        try await store { $0.slices.append(number) }
        try await store(first)
        return (first, second)
    }

    /// A slice that ends where the one split from it ends was not shrunk any more.
    private static func completeSplits(_ slices: inout [SliceRecord]) {
        for second in slices {
            guard let index = slices.firstIndex(where: { $0.slice == second.parent }) else { continue }
            if slices[index].through == second.through { slices[index].through = second.from }
        }
    }

    /// The checkpoint itself.
    package func write(_ slice: SliceRecord) async throws {
        await enter()
        defer { turnstile.leave() }
        try await store(slice)
    }

    /// Records rejections durably; the same document twice is one.
    package func record(_ new: [Rejection]) async throws {
        guard !new.isEmpty else { return }
        await enter()
        defer { turnstile.leave() }
        for page in rejections.add(new) {
            let id = RejectionPages.id(run: record.run, page: page)
            rejections.versions[page] = try await putBeside(id, expected: rejections.versions[page]) { stored in
                if let stored { try self.rejections.merge(stored.json, page: page) }
                return try self.rejections.json(page: page)
            }
        }
    }

    /// What a whole reading of the query was refused replaces what was recorded before.
    package func replaceRejections(by new: [Rejection]) async throws {
        await enter()
        defer { turnstile.leave() }
        for page in rejections.replace(by: new) {
            let id = RejectionPages.id(run: record.run, page: page)
            rejections.versions[page] = try await putBeside(id, expected: rejections.versions[page]) { _ in
                try self.rejections.json(page: page)
            }
        }
    }

    package var allRejections: [Rejection] { rejections.all }

    /// Adds what happened to the alias's history (``RunHistory``).
    package func appendHistory(_ entry: JSONValue) async throws {
        await enter()
        defer { turnstile.leave() }
        let id = RunRecord.historyID(alias: record.alias)
        let before = try await patiently { try await self.store.get([id]) }[id]
        _ = try await putBeside(id, expected: before?.version) { stored in
            let entries = (stored ?? before)?.json["runs"]?.array ?? []
            return ["runs": .array(RunHistory.adding(entry, to: entries))]
        }
    }

    // MARK: - Steps

    private func store(_ change: @Sendable (inout RunRecord) -> Void) async throws {
        var next = record
        change(&next)
        next.updatedAt = clocks.timestamp
        let began = clocks.now()
        version = try await put(RunRecord.id(alias: record.alias), try JSONValue(encoding: next), expected: version)
        record = next
        lease.withLock { $0?.renewedAt = began }
    }

    private func store(_ slice: SliceRecord) async throws {
        let id = SliceRecord.id(run: record.run, slice: slice.slice)
        let json = try JSONValue(encoding: slice)
        sliceVersions[id] = try await putBeside(id, expected: sliceVersions[id]) { _ in json }
    }

    /// - Returns: false where it is there already.
    private func create(_ slice: SliceRecord) async throws -> Bool {
        let id = SliceRecord.id(run: record.run, slice: slice.slice)
        let json = try JSONValue(encoding: slice)
        do {
            sliceVersions[id] = try await patiently { try await self.store.put(id, json, expected: nil) }
            return true
        } catch let error as StoreError where error.kind == .conflict {
            return false
        }
    }

    /// The record itself: who loses here has lost the run.
    private func put(_ id: String, _ json: JSONValue, expected: StoredVersion?) async throws -> StoredVersion {
        var expected = expected
        for _ in 1...5 {
            do {
                let version = expected
                return try await patiently { try await self.store.put(id, json, expected: version) }
            } catch let error as StoreError where error.kind == .conflict {
                // An earlier write of ours whose answer was lost conflicts with this one. Only we write as this holder.
                let stored = try await patiently { try await self.store.get([id]) }[id]
                guard let stored else { throw RunError.fenced(reason: "the run's record was deleted by somebody") }
                if stored.json == json { return stored.version }
                guard isOurs(stored.json) else { break }
                expected = stored.version
            }
        }
        let holder = await currentHolder()
        lease.withLock { $0?.lostTo = holder }
        throw await loss(holder)
    }

    private func isOurs(_ json: JSONValue) -> Bool {
        guard let stored = try? json.decode(RunRecord.self) else { return false }
        return stored.run == record.run && stored.writer == record.writer && stored.holder == record.holder
    }

    /// A document beside the record. A conflict is an earlier try of ours, or a holder before us that has not noticed yet
    /// that it is: the record says who may write, so it is written first, and then this one again.
    /// - Parameter json: what to write, given what somebody else wrote meanwhile.
    private func putBeside(
        _ id: String, expected: StoredVersion?, _ json: (StoredDocument?) throws -> JSONValue
    ) async throws -> StoredVersion {
        var expected = expected
        var found: StoredDocument?
        for _ in 1...10 {
            let (content, version) = (try json(found), expected)
            do {
                return try await patiently { try await self.store.put(id, content, expected: version) }
            } catch let error as StoreError where error.kind == .conflict {
                try await store { _ in }
                found = try await patiently { try await self.store.get([id]) }[id]
                expected = found?.version
            }
        }
        throw RunError.takenOver(by: "somebody who keeps writing \(id)")
    }

    /// Who took it over, or that the alias was moved back.
    private func loss(_ holder: String) async -> RunError {
        let id = RunRecord.id(alias: record.alias)
        guard let stored = try? await store.get([id])[id], let other = try? stored.json.decode(RunRecord.self),
            other.run == record.run, other.state == .rolledBack
        else { return .takenOver(by: holder) }
        return .rolledBack(reason: other.reason ?? "rolled back")
    }

    private func currentHolder() async -> String {
        let id = RunRecord.id(alias: record.alias)
        guard let stored = try? await store.get([id])[id], let other = try? stored.json.decode(RunRecord.self) else {
            return "another process (the run's record is gone)"
        }
        return other.holder.text
    }

    /// Waits out a store that is unavailable, within the run's patience.
    private func patiently<T: Sendable>(_ step: @Sendable () async throws -> T) async throws -> T {
        let began = clocks.now()
        var attempt = 0
        while true {
            do {
                let result = try await step()
                if attempt > 3 { progress?.paused(nil) }
                return result
            } catch let error as StoreError where error.kind == .unavailable {
                attempt += 1
                let waited = clocks.now() - began
                guard waited < patience else { throw RunError.patienceOver(waited: waited, last: error.message) }
                if attempt > 3 { progress?.paused("the checkpoints: \(error.message)") }
                try await clocks.sleep(retry.delay(attempt: attempt, retryAfter: nil, random: clocks.random()))
            }
        }
    }

    private func enter() async {
        if turnstile.enter() { return }
        await withCheckedContinuation { turnstile.queue($0) }
    }
}
