/// An unfinished run whose index was promoted: a catch-up that was interrupted, or what follows a promotion. It can be ended
/// where it is; its index is nobody's to drop.
package struct ServingRun: Sendable {
    let target: any IndexTarget
    let store: any DocumentStore
    let record: RunRecord
    let clocks: Clocks

    /// nil where it is none.
    package init?(target: any IndexTarget, store: any DocumentStore, record: RunRecord, clocks: Clocks) {
        guard record.isUnfinished, record.phase > .promote else { return nil }
        (self.target, self.store, self.record, self.clocks) = (target, store, record, clocks)
    }

    /// The record and the history say so, and nobody can write through the run's alias any more.
    /// - Parameter version: of the record as it was read.
    package func end(_ version: StoredVersion?) async throws {
        let id = RunRecord.id(alias: record.alias)
        var ended = record
        ended.state = try await target.alias(record.alias).map(\.index).contains(record.index) ? .promoted : .replaced
        ended.writer += 1
        ended.reason = nil
        ended.updatedAt = clocks.timestamp
        // The record first: a holder that still works finds it moved, and stops.
        _ = try await store.put(id, try JSONValue(encoding: ended), expected: version)
        try await WriterFence(target: target, record: ended).remove()
        let historyID = RunRecord.historyID(alias: record.alias)
        let documents = try await target.count(of: record.index)
        let entry = RunHistory.entry(
            ended, ended.state, finishedAt: clocks.timestamp, isVerified: true,
            more: ["documents": .integer(Int64(documents))])
        for _ in 1...10 {
            let stored = try await store.get([historyID])[historyID]
            let runs = RunHistory.adding(entry, to: stored?.json["runs"]?.array ?? [])
            do throws(StoreError) {
                _ = try await store.put(historyID, ["runs": .array(runs)], expected: stored?.version)
                return
            } catch {
                guard error.kind == .conflict else { throw error }
            }
        }
    }
}
