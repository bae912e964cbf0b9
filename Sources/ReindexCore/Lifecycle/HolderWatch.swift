/// Waits until an unfinished run has no holder that lives.
///
/// Judged by this machine's own monotonic clock and never by comparing two machines' clocks: each renewal gives the run's
/// record a new version, and a version that stands still for one lease belongs to a holder that has ended, sleeps, or
/// cannot reach the store. None of them sends anything new (``RunLedger/awaitLease(_:)``), and what is on its way is
/// fenced by the writer alias. A process of this boot that has ended is known to the kernel: it is not waited for.
struct HolderWatch: Sendable {
    let store: any DocumentStore
    let clocks: Clocks
    let options: RunOptions
    let progress: Progress
    let stop: StopRequest

    /// - Parameter found: the run's record, as it was read.
    /// - Returns: the record as it is once nobody holds it; nil where it is gone by then.
    /// - Throws: ``RunError/held(by:)`` where the holder lives and `--wait-for` is over.
    func unheld(_ found: StoredDocument, id: String) async throws -> StoredDocument? {
        let began = clocks.now()
        var (seen, seenAt, isAlive) = (found, began, false)
        defer { progress.paused(nil) }
        while true {
            let record = try seen.json.decode(RunRecord.self)
            guard record.state == .active, let lease = record.holder.lease, !options.isGone(record.holder) else {
                return seen
            }
            let now = clocks.now()
            if now - seenAt >= .seconds(lease) {
                progress.note("took over from \(record.holder.text): no sign of life for \(Int(lease)) s")
                return seen
            }
            if isAlive, now - began >= options.waitFor { throw RunError.held(by: record.holder) }
            if let reason = stop.reason { throw RunError.interrupted(reason) }
            progress.paused("another holder? \(record.holder.text)")
            try await clocks.sleep(min(.seconds(1), .seconds(lease / 10)))
            guard let next = try await store.get([id])[id] else { return nil }
            if next.version != seen.version { (seen, seenAt, isAlive) = (next, clocks.now(), true) }
        }
    }
}
