/// A promoted or held index is taken up again: its run's record says in which phase it goes on, and whoever runs it then
/// claims it as any unfinished run (``RunClaim``), with the same fence, lease and resume.
package struct Reopening: Sendable {
    let target: any IndexTarget
    let store: any DocumentStore
    let clocks: Clocks

    package init(target: any IndexTarget, store: any DocumentStore, clocks: Clocks) {
        (self.target, self.store, self.clocks) = (target, store, clocks)
    }

    package enum Refusal: Error, Sendable, Hashable {
        /// A run is unfinished: it comes first.
        case unfinished(RunRecord)
        /// No index of this name, or none that reindex made.
        case notOurs(String)
        case noIndex(String)
        /// It was left in its load, and nothing says any more which settings it had before.
        case settingsUnknown(String)
    }

    /// - Parameters:
    ///   - index: which serves, or was left unpromoted.
    ///   - phase: where it goes on.
    ///   - isChosen: although a newer one serves.
    /// - Throws: ``Refusal``.
    package func run(_ index: String, plan: ReindexPlan, at phase: Phase, isChosen: Bool = false) async throws {
        let id = RunRecord.id(alias: plan.mapping.alias)
        let historyID = RunRecord.historyID(alias: plan.mapping.alias)
        let documents = try await store.get([id, historyID])
        let stored = documents[id]
        let before = try stored?.read(RunRecord.self, id)
        if let before, before.isUnfinished { throw Refusal.unfinished(before) }
        guard let found = try await target.index(index) else { throw Refusal.noIndex(index) }
        guard let run = found.mappings["_meta"]?["reindex"]?["run"]?.string else { throw Refusal.notOurs(index) }
        var record: RunRecord
        if let before, before.index == index {
            record = before
        } else {
            record = try made(of: found, run: run, plan: plan)
            (record.knownBad, record.alsoBad) = (before?.knownBad, before?.alsoBad)
            if let before, let bad = before.knownBad(before.fingerprint.digest) { record.condemn(bad) }
            let told = RunHistory.entry(of: index, in: documents[historyID]?.json["runs"]?.array ?? [])
            record.previousIndices = told?["previous"]?.array?.compactMap(\.string)
            record.promotedAt = told?["promotedAt"]?.string
            if phase <= .promote { record.settingsToRestore = try settingsToRestore(of: found, plan) }
        }
        record.state = .interrupted
        record.phase = phase
        record.reason = nil
        record.catchesUp = phase == .afterRound
        record.isChosen = isChosen ? true : nil
        record.fingerprint = plan.fingerprint
        record.plan = try JSONValue(encoding: plan.mapping)
        record.historyUUIDs = found.historyUUIDs
        record.updatedAt = clocks.timestamp
        if let before, before.index != index { try await keepSettings(of: before) }
        _ = try await store.put(id, try JSONValue(encoding: record), expected: stored?.version)
        // Nobody goes on with that one: it stays until `retain` is over, or `promote --index` asks for it.
        if let before, before.index != index { try await WriterFence(target: target, record: before).remove() }
    }

    /// The run's record is the only one that knows how its index was before its load: it is about to be another's.
    private func keepSettings(of before: RunRecord) async throws {
        guard before.state == .closed || before.state == .held, let settings = before.settingsToRestore,
            let left = try await target.index(before.index),
            left.mappings["_meta"]?["reindex"]?["run"]?.string == before.run
        else { return }
        try await target.putMeta(IndexPlan.meta(of: left, settingsToRestore: settings), of: left.name)
    }

    /// What its own run kept of it; otherwise what the index body says, where no template could have said more.
    private func settingsToRestore(of index: IndexDescription, _ plan: ReindexPlan) throws -> JSONValue? {
        if let kept = index.mappings["_meta"]?["reindex"]?["settingsToRestore"] { return kept }
        guard IndexSettings.areForLoad(index.settings) else { return nil }
        guard plan.templates.isEmpty else { throw Refusal.settingsUnknown(index.name) }
        return IndexSettings.toRestore(ofBody: plan.mapping.body.json)
    }

    private func made(of index: IndexDescription, run: String, plan: ReindexPlan) throws -> RunRecord {
        let meta = index.mappings["_meta"]?["reindex"]
        let now = clocks.wallMicroseconds()
        let nobody = RunRecord.Holder(host: "", pid: 0, since: clocks.timestamp)
        return RunRecord(
            run: run, mapping: plan.mapping.name, alias: plan.mapping.alias, index: index.name, indexUUID: index.uuid,
            historyUUIDs: index.historyUUIDs, state: .interrupted, phase: .afterRound, epoch: Epoch(version: now),
            writer: 1, slices: [], settingsToRestore: nil, fingerprint: plan.fingerprint,
            plan: try JSONValue(encoding: plan.mapping), tool: "", holder: nobody,
            startedAt: meta?["createdAt"]?.string ?? clocks.timestamp, updatedAt: clocks.timestamp, snapshots: [],
            reason: nil)
    }
}
