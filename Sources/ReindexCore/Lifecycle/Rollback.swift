/// The way back: the alias moves to the index that served before, in one call and with no lease.
///
/// That it is meant is stored first (``RollbackIntent``): who dies behind the call leaves a rollback that the next one
/// finishes, and no mapping that is promoted again. The same call takes every writer alias off the index that is left: a
/// holder that slept cannot write it, and finds its run given up. What the old index missed meanwhile is brought up to date
/// afterwards (``Reopening``).
package struct Rollback: Sendable {
    let target: any IndexTarget
    let store: any DocumentStore
    let mapping: Mapping
    let progress: Progress
    let clocks: Clocks

    package init(
        target: any IndexTarget, store: any DocumentStore, mapping: Mapping, progress: Progress, clocks: Clocks
    ) {
        (self.target, self.store, self.mapping, self.progress, self.clocks) = (target, store, mapping, progress, clocks)
    }

    package struct Outcome: Sendable {
        package var left: String
        package var index: IndexDescription
        /// Made by reindex: it can be brought up to date.
        package var isOurs: Bool
        package var seconds: Double
        /// Until when the old index served, as far as that is known.
        package var servedUntil: String?
    }

    package enum Refusal: Error, Sendable, Hashable {
        /// The alias points nowhere, or at several indices.
        case noSingleIndex([String])
        case noIndexBefore(String)
        case noIndex(String)
        case isThere(String)
    }

    /// - Parameter asked: `--to`; nil is the index that served before.
    /// - Throws: ``Refusal``, ``RunError/notPromoted(reason:)``.
    package func run(to asked: String?, because why: String? = nil) async throws -> Outcome {
        let began = clocks.now()
        let current = try await servingIndex()
        // The alias call of one that was killed: it is finished, and not followed by one more step back.
        if let begun = try await settle(), begun.to == current, asked ?? current == current,
            let index = try await target.index(current)
        {
            return outcome(left: begun.from, index, began)
        }
        let id = RunRecord.id(alias: mapping.alias)
        let record = try await store.get([id])[id]?.read(RunRecord.self, id)
        let name: String
        if let asked { name = asked } else { name = try await indexBefore(current, record) }
        guard name != current else { throw Refusal.isThere(name) }
        guard let index = try await target.index(name) else { throw Refusal.noIndex(name) }
        let intent = RollbackIntent(from: current, to: name, why: why, since: clocks.timestamp)
        if record != nil { await keep(intent) }
        do {
            try await move(intent)
        } catch {
            // Where the alias is now decides what it came to.
            _ = try? await settle()
            throw error
        }
        let outcome = outcome(left: current, index, began)
        try await finish(intent)
        return outcome
    }

    /// Finishes a rollback whose process died behind its alias call, and takes one back that never made it.
    /// - Returns: the one that was finished.
    @discardableResult
    package func settle() async throws -> RollbackIntent? {
        let id = RollbackIntent.id(alias: mapping.alias)
        guard let stored = try await store.get([id])[id] else { return nil }
        let intent = try stored.read(RollbackIntent.self, id)
        let serving = Set(try await target.alias(mapping.alias).map(\.index))
        guard serving == [intent.to] else {
            try await forget(stored.version)
            return nil
        }
        try await finish(intent)
        progress.note("the rollback from \(intent.from) to \(intent.to), begun at \(intent.since), was finished")
        return intent
    }

    /// What follows the alias: the record, the history, which index is hidden. May be repeated.
    func finish(_ intent: RollbackIntent) async throws {
        let left = try await target.index(intent.from)
        let index = try await target.index(intent.to)
        let record = try await giveUp(intent, left: left, for: index)
        try await remember(intent, record)
        try await show(index, instead: left)
        try await forget(nil)
    }

    // MARK: - The call

    private func servingIndex() async throws -> String {
        let serving = Set(try await target.alias(mapping.alias).map(\.index)).sorted()
        guard let current = serving.first, serving.count == 1 else { throw Refusal.noSingleIndex(serving) }
        return current
    }

    private func move(_ intent: RollbackIntent) async throws {
        let move = AliasMove(
            target: target, destinations: [.init(names: [mapping.alias] + mapping.also, index: intent.to)],
            progress: progress, clocks: clocks)
        let writers = try await target.aliases(of: intent.from).filter { $0.alias.hasPrefix("reindex-writer-") }
        try await move.run(
            from: try await move.placements(),
            with: writers.map { .remove(alias: $0.alias, index: intent.from) })
    }

    private func outcome(left: String, _ index: IndexDescription, _ began: Duration) -> Outcome {
        let meta = index.mappings["_meta"]?["reindex"]
        return Outcome(
            left: left, index: index, isOurs: meta != nil, seconds: (clocks.now() - began).seconds,
            servedUntil: meta?["servedUntil"]?.string)
    }

    private func indexBefore(_ current: String, _ record: RunRecord?) async throws -> String {
        if let record, record.index == current, let before = record.previousIndices?.last { return before }
        let id = RunRecord.historyID(alias: mapping.alias)
        let runs = try await store.get([id])[id]?.json["runs"]?.array ?? []
        if let before = RunHistory.entry(of: current, in: runs)?["previous"]?.array?.last?.string { return before }
        guard let before = try await lastServed(before: current) else { throw Refusal.noIndexBefore(current) }
        return before
    }

    /// By what the indices say of themselves, where nothing else remembers it.
    private func lastServed(before current: String) async throws -> String? {
        let ours = try await target.indices(matching: RunName.pattern(alias: mapping.alias))
            .map { (name: $0.name, meta: $0.mappings["_meta"]?["reindex"]) }
            .filter { $0.meta?["alias"]?.string == mapping.alias }
        guard let began = ours.first(where: { $0.name == current })?.meta?["createdAt"]?.string else { return nil }
        return ours.filter { index in
            guard index.name != current, index.meta?["rolledBackAt"] == nil, index.meta?["servedUntil"] != nil,
                let created = index.meta?["createdAt"]?.string
            else { return false }
            return created < began
        }.max { ($0.meta?["servedUntil"]?.string ?? "") < ($1.meta?["servedUntil"]?.string ?? "") }?.name
    }

    // MARK: - What is stored of it

    /// A store that cannot be written now does not hold the alias back: what is wrong must stop serving.
    private func keep(_ intent: RollbackIntent) async {
        let id = RollbackIntent.id(alias: mapping.alias)
        do {
            let json = try JSONValue(encoding: intent)
            for _ in 1...10 {
                let expected = try await store.get([id])[id]?.version
                do throws(StoreError) {
                    _ = try await store.put(id, json, expected: expected)
                    return
                } catch {
                    guard error.kind == .conflict else { throw error }
                }
            }
        } catch {
            progress.note("that it is rolled back could not be stored first: \(EndingReason.text(of: error))")
        }
    }

    /// - Parameter version: nil removes whatever is there.
    private func forget(_ version: StoredVersion?) async throws {
        do throws(StoreError) {
            try await store.remove(RollbackIntent.id(alias: mapping.alias), expected: version)
        } catch {
            // Somebody else has begun another one.
            guard error.kind == .conflict else { throw error }
        }
    }

    /// The record says that its run was rolled back: whoever holds it finds it moved, and ends. Where the record is of
    /// another index, it keeps in mind that this mapping is bad.
    /// - Returns: the record, where it is of the index that is left.
    private func giveUp(
        _ intent: RollbackIntent, left: IndexDescription?, for index: IndexDescription?
    ) async throws -> RunRecord? {
        let id = RunRecord.id(alias: mapping.alias)
        let meta = left?.mappings["_meta"]?["reindex"]
        for _ in 1...10 {
            guard let stored = try await store.get([id])[id] else { return nil }
            let found = try stored.read(RunRecord.self, id)
            let isItsOwn = found.index == intent.from
            var record = found
            // Who goes forward again on purpose has made up his mind.
            if let digest = index?.mappings["_meta"]?["reindex"]?["fingerprint"]?.string { record.pardon(digest) }
            if let digest = meta?["fingerprint"]?.string, let run = meta?["run"]?.string {
                record.condemn(.init(digest: digest, reason: intent.reason, run: run))
            }
            if isItsOwn, record.state != .rolledBack {
                record.state = .rolledBack
                record.writer += 1
                record.reason = intent.reason
            }
            // A holder of another index would write over it.
            if record == found || (!isItsOwn && found.state == .active) { return isItsOwn ? found : nil }
            record.updatedAt = clocks.timestamp
            do throws(StoreError) {
                _ = try await store.put(id, (try? JSONValue(encoding: record)) ?? .null, expected: stored.version)
                return isItsOwn ? record : nil
            } catch {
                guard error.kind == .conflict else { throw error }
            }
        }
        return nil
    }

    /// For `status --history`: the alias has moved already. A run that is rolled back while it is watched has no entry yet.
    private func remember(_ intent: RollbackIntent, _ record: RunRecord?) async throws {
        let (id, left) = (RunRecord.historyID(alias: mapping.alias), intent.from)
        for _ in 1...10 {
            let stored = try await store.get([id])[id]
            var runs = stored?.json["runs"]?.array ?? []
            if !runs.contains(where: { $0["index"]?.string == left && $0["promotedAt"] != nil }), let record {
                let entry = RunHistory.entry(
                    record, .rolledBack, finishedAt: clocks.timestamp, isVerified: true,
                    more: ["documents": (try? await target.count(of: left)).map { .integer(Int64($0)) } ?? .null])
                runs = RunHistory.adding(entry, to: runs)
            }
            guard !runs.isEmpty else { return }
            runs = runs.map { run -> JSONValue in
                guard run["index"]?.string == left else { return run }
                var run = run
                run["state"] = .string(RunState.rolledBack.rawValue)
                run["rolledBackAt"] = .string(clocks.timestamp)
                run["reason"] = .string(intent.reason)
                return run
            }
            do throws(StoreError) {
                _ = try await store.put(id, ["runs": .array(runs)], expected: stored?.version)
                return
            } catch {
                guard error.kind == .conflict else { throw error }
            }
        }
    }

    /// What is not ours is neither hidden nor shown.
    private func show(_ index: IndexDescription?, instead left: IndexDescription?) async throws {
        let meta = index?.mappings["_meta"]?["reindex"]
        if let index, let meta {
            try await target.putSettings(
                ["index.hidden": .bool(IndexSettings.isHidden(mapping.body.json))], of: index.name)
            if meta["rolledBackAt"] != nil {
                try await target.putMeta(IndexPlan.meta(of: index, rolledBackAt: nil), of: index.name)
            }
        }
        guard let left, let leftMeta = left.mappings["_meta"]?["reindex"] else { return }
        try await target.putSettings(["index.hidden": true], of: left.name)
        // Going forward again condemns nothing.
        let isBack = (meta?["createdAt"]?.string ?? "") < (leftMeta["createdAt"]?.string ?? "")
        let now = clocks.timestamp
        var marked = left
        marked.mappings["_meta"] = IndexPlan.meta(of: left, servedUntil: now)
        if isBack { marked.mappings["_meta"] = IndexPlan.meta(of: marked, rolledBackAt: now) }
        try await target.putMeta(marked.mappings["_meta"] ?? [:], of: left.name)
    }
}
