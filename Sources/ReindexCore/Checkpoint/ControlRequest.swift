/// Leaves a wish for the run of an alias, beside its record: `pause`, `unpause` and `throttle`.
package struct ControlRequest: Sendable {
    let store: any DocumentStore
    let alias: String
    let host: String
    let clocks: Clocks

    package init(store: any DocumentStore, alias: String, host: String, clocks: Clocks) {
        (self.store, self.alias, self.host, self.clocks) = (store, alias, host, clocks)
    }

    package enum Refusal: Error, Sendable, Hashable {
        /// No run is under way, nor waits to be gone on with; nil: there was none.
        case noRun(RunRecord?)
        /// The last round has begun, or the alias has moved: that does not stop half-way.
        case tooLate(RunRecord)
    }

    package struct Outcome: Sendable, Hashable {
        package let record: RunRecord
        package let control: RunControl
        /// Otherwise it was so already.
        package let hasChanged: Bool
    }

    private static let attempts = 10

    /// - Throws: ``Refusal``, `StoreError`.
    package func make(_ wish: RunControl.Wish) async throws -> Outcome {
        let (runID, id) = (RunRecord.id(alias: alias), RunControl.id(alias: alias))
        var attempt = 0
        while true {
            attempt += 1
            let found = try await store.get([runID, id])
            let record = try found[runID]?.read(RunRecord.self, runID)
            guard let record, record.isUnfinished else { throw Refusal.noRun(record) }
            // One that cannot be read is replaced: it held nobody up.
            let before = try? found[id]?.json.decode(RunControl.self)
            let now = before.flatMap { $0.run == record.run ? $0 : nil } ?? RunControl(run: record.run)
            if wish == .pause, now.pause == nil, Self.isTooLateToPause(record) { throw Refusal.tooLate(record) }
            let control = now.granting(wish, by: host, at: clocks.timestamp)
            guard control != now else { return Outcome(record: record, control: control, hasChanged: false) }
            do {
                let version = try await store.put(id, try JSONValue(encoding: control), expected: found[id]?.version)
                if wish == .pause { try await requireInTime(record, before: now, version) }
                return Outcome(record: record, control: control, hasChanged: true)
            } catch let error as StoreError where error.kind == .conflict && attempt < Self.attempts {
                continue
            }
        }
    }

    /// The holder stores its last round and then looks once more: where that is not stored yet, it will see the wish.
    private func requireInTime(_ record: RunRecord, before: RunControl, _ version: StoredVersion) async throws {
        let id = RunRecord.id(alias: alias)
        guard let now = try await store.get([id])[id]?.read(RunRecord.self, id), now.run == record.run,
            Self.isTooLateToPause(now)
        else { return }
        _ = try? await store.put(RunControl.id(alias: alias), try JSONValue(encoding: before), expected: version)
        throw Refusal.tooLate(now)
    }

    /// The last phase before which a paused run waits: what that proves, the promotion follows at once.
    static let lastToPause = Phase.lastRound

    private static func isTooLateToPause(_ record: RunRecord) -> Bool {
        record.phase > lastToPause || (record.phase == lastToPause && record.state == .active)
    }
}
