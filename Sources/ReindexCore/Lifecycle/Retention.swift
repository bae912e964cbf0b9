/// Which indices of an alias may go: made by reindex (by `_meta`, never by name), behind no alias, no part of an unfinished
/// run, and past their time; of those that served, the last good ones always stay: one that was rolled back is none.
package struct Retention: Sendable {
    let target: any IndexTarget
    let store: any DocumentStore
    let alias: String
    let rules: RetainRules
    let clocks: Clocks

    package init(
        target: any IndexTarget, store: any DocumentStore, alias: String, rules: RetainRules, clocks: Clocks
    ) {
        (self.target, self.store, self.alias, self.rules, self.clocks) = (target, store, alias, rules, clocks)
    }

    package struct Candidate: Sendable, Encodable {
        package var index: String
        package var reason: String
    }

    package struct Verdict: Sendable {
        package var goes: [Candidate] = []
        package var stays: [Candidate] = []

        mutating func add(_ index: String, _ reason: String, _ isPast: Bool) {
            if isPast {
                goes.append(Candidate(index: index, reason: reason))
            } else {
                stays.append(Candidate(index: index, reason: "\(reason), within retain.for"))
            }
        }
    }

    package func verdict() async throws -> Verdict {
        let id = RunRecord.id(alias: alias)
        let record = try await store.get([id])[id]?.read(RunRecord.self, id)
        var verdict = Verdict()
        var served: [(index: String, until: Int64)] = []
        let now = clocks.wallMicroseconds()
        for index in try await target.indices(matching: RunName.pattern(alias: alias)) {
            guard let meta = index.mappings["_meta"]?["reindex"], meta["alias"]?.string == alias else { continue }
            let name = index.name
            if let first = index.servingAliases.first {
                verdict.stays.append(Candidate(index: name, reason: "the alias \(first.alias) points at it"))
            } else if let record, record.index == name,
                record.isUnfinished || record.state == .held || record.state == .closed
            {
                verdict.stays.append(
                    Candidate(index: name, reason: "the run \(record.run) is \(record.state.rawValue)"))
            } else if let mark = HolderMark(of: index) {
                verdict.stays.append(Candidate(index: name, reason: "it is filled by \(mark.holder.text)"))
            } else if let until = meta["servedUntil"]?.string.flatMap(Timestamp.microseconds) {
                if meta["rolledBackAt"] == nil {
                    served.append((name, until))
                } else {
                    verdict.add(name, "was rolled back at \(Timestamp.text(microseconds: until))", isPast(until, now))
                }
            } else if let created = meta["createdAt"]?.string.flatMap(Timestamp.microseconds), isPast(created, now) {
                verdict.goes.append(
                    Candidate(index: name, reason: "never served, created \(meta["createdAt"]?.string ?? "")"))
            } else {
                verdict.stays.append(Candidate(index: name, reason: "never served, and is younger than retain.for"))
            }
        }
        for (place, entry) in served.sorted(by: { $0.until > $1.until }).enumerated() {
            let until = Timestamp.text(microseconds: entry.until)
            if place < rules.atLeast {
                verdict.stays.append(
                    Candidate(index: entry.index, reason: "served until \(until); retain.at_least keeps it"))
            } else {
                verdict.add(entry.index, "served until \(until)", isPast(entry.until, now))
            }
        }
        return verdict
    }

    private func isPast(_ at: Int64, _ now: Int64) -> Bool { Double(now - at) / 1e6 > rules.duration.seconds }

    /// Deletes what may go, after one more look at each: an alias may have come to it meanwhile.
    ///
    /// A snapshot under way refuses a deletion; that is waited for.
    /// - Returns: those that are gone.
    package func prune(_ verdict: Verdict, patience: Duration, paused: (String?) -> Void) async throws -> [String] {
        var gone: [String] = []
        for candidate in verdict.goes {
            guard let index = try await target.index(candidate.index), index.servingAliases.isEmpty,
                index.mappings["_meta"]?["reindex"]?["alias"]?.string == alias
            else { continue }
            if try await delete(candidate.index, patience, paused) { gone.append(candidate.index) }
        }
        return gone
    }

    /// - Returns: false where it serves now, or is gone already.
    private func delete(_ index: String, _ patience: Duration, _ paused: (String?) -> Void) async throws -> Bool {
        let began = clocks.now()
        defer { paused(nil) }
        while true {
            do throws(TargetError) {
                return try await deleteUnlessServing(index)
            } catch {
                guard case .refused(_, let type) = error.kind, type == "snapshot_in_progress_exception",
                    clocks.now() - began < patience
                else { throw error }
                paused("a snapshot of \(index) is under way")
            }
            try await clocks.sleep(.seconds(2))
        }
    }

    /// In one call with the alias, which is taken off the index that serves and put back: where a rollback has moved it
    /// meanwhile, to the very index that is to go perhaps, nothing of the call is done.
    private func deleteUnlessServing(_ index: String) async throws(TargetError) -> Bool {
        var attempt = 1
        while true {
            guard let found = try await target.index(index), found.servingAliases.isEmpty else { return false }
            let serving = try await target.alias(alias)
            do throws(TargetError) {
                if serving.isEmpty {
                    try await target.deleteIndex(index)
                } else {
                    let kept = serving.flatMap { [AliasAction.remove(alias: $0.alias, index: $0.index), .add($0)] }
                    try await target.updateAliases(kept + [.removeIndex(index)])
                }
                return true
            } catch {
                // The alias has moved, or the index is gone: what is there now decides.
                guard error.kind == .conflict || error.isRefusal(404), attempt < Self.attempts else { throw error }
                attempt += 1
            }
        }
    }

    private static let attempts = 5
}

extension IndexDescription {
    /// Without those that a run writes through: one that was given up may have left its own.
    fileprivate var servingAliases: [AliasPlacement] { aliases.filter { !$0.alias.hasPrefix("reindex-writer-") } }
}
