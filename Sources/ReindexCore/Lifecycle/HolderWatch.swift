/// Waits until an unfinished run has no holder that lives.
///
/// Judged by this machine's own monotonic clock and never by comparing two machines' clocks: each renewal gives the run's
/// record a new version, and a version that stands still for one lease belongs to a holder that has ended, sleeps, or
/// cannot reach the store. None of them sends anything new (``RunLedger/awaitLease(_:)``), and what is on its way is
/// fenced by the writer alias. A process of this boot that has ended is known to the kernel: it is not waited for.
struct HolderWatch: Sendable {
    let clocks: Clocks
    let options: RunOptions
    let progress: Progress
    let stop: StopRequest

    /// - Parameter found: the run's record, as it was read.
    /// - Returns: the record as it is once nobody holds it; nil where it is gone by then.
    /// - Throws: ``RunError/held(by:)`` where the holder lives and `--wait-for` is over.
    func unheld(_ found: StoredDocument, id: String, in store: any DocumentStore) async throws -> StoredDocument? {
        try await unheld(
            found,
            sign: { stored in
                let record = try stored.read(RunRecord.self, id)
                return record.state == .active ? (record.holder, stored.version.sequenceNumber) : nil
            }, again: { try await store.get([id])[id] })
    }

    /// - Parameters:
    ///   - found: where a holder shows signs of life.
    ///   - sign: who holds it, and a number that another sign changes; nil where nobody does.
    ///   - again: reads it again; nil where it is gone.
    func unheld<Found>(
        _ found: Found, sign: (Found) throws -> (holder: RunRecord.Holder, count: Int64)?,
        again: () async throws -> Found?
    ) async throws -> Found? {
        let began = clocks.now()
        var (seen, seenAt, isAlive) = (found, began, false)
        var last: Int64?
        defer { progress.paused(nil) }
        while true {
            guard let (holder, count) = try sign(seen), let told = holder.lease, !options.isGone(holder) else {
                return seen
            }
            // What `--lease` takes; a record that was damaged is not believed more.
            let lease = told.isFinite ? min(max(told, 1), 600) : 600
            let now = clocks.now()
            if let last, last != count { (seenAt, isAlive) = (now, true) }
            last = count
            if now - seenAt >= .seconds(lease) {
                progress.note("took over from \(holder.text): no sign of life for \(Int(lease)) s")
                return seen
            }
            if isAlive, now - began >= options.waitFor { throw RunError.held(by: holder) }
            if let reason = stop.reason { throw RunError.interrupted(reason) }
            progress.paused("another holder? \(holder.text)")
            try await clocks.sleep(min(.seconds(1), .seconds(lease / 10)))
            guard let next = try await again() else { return nil }
            seen = next
        }
    }
}
