/// The way back: the alias moves to the index that served before, in one call and with no lease.
///
/// The same call takes every writer alias off the index that is left: a holder that slept cannot write it, and finds its
/// run given up. What the old index missed meanwhile is brought up to date afterwards (``Reopening``).
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
        let serving = Set(try await target.alias(mapping.alias).map(\.index)).sorted()
        guard let current = serving.first, serving.count == 1 else { throw Refusal.noSingleIndex(serving) }
        let id = RunRecord.id(alias: mapping.alias)
        let record = try await store.get([id])[id]?.read(RunRecord.self, id)
        let name: String
        if let asked { name = asked } else { name = try await indexBefore(current, record) }
        guard name != current else { throw Refusal.isThere(name) }
        guard let index = try await target.index(name) else { throw Refusal.noIndex(name) }
        let move = AliasMove(
            target: target, destinations: [.init(names: [mapping.alias] + mapping.also, index: name)],
            progress: progress,
            clocks: clocks)
        let writers = try await target.aliases(of: current).filter { $0.alias.hasPrefix("reindex-writer-") }
        try await move.run(
            from: try await move.placements(),
            with: writers.map { .remove(alias: $0.alias, index: current) })
        let seconds = (clocks.now() - began).seconds
        try await giveUp(current, for: index, "rolled back to \(name)" + (why.map { ": \($0)" } ?? ""))
        try await remember(current, name, record, because: why)
        try await show(name, instead: current)
        let meta = index.mappings["_meta"]?["reindex"]
        return Outcome(
            left: current, index: index, isOurs: meta != nil, seconds: seconds,
            servedUntil: meta?["servedUntil"]?.string)
    }

    private func indexBefore(_ current: String, _ record: RunRecord?) async throws -> String {
        if let record, record.index == current, let before = record.previousIndices?.last { return before }
        let id = RunRecord.historyID(alias: mapping.alias)
        let runs = try await store.get([id])[id]?.json["runs"]?.array ?? []
        let entry = runs.last { $0["index"]?.string == current }
        guard let before = entry?["previous"]?.array?.last?.string else { throw Refusal.noIndexBefore(current) }
        return before
    }

    /// The record says that its run was rolled back: whoever holds it finds it moved, and ends.
    private func giveUp(_ current: String, for index: IndexDescription, _ reason: String) async throws {
        let id = RunRecord.id(alias: mapping.alias)
        for _ in 1...10 {
            guard let stored = try await store.get([id])[id] else { return }
            var record = try stored.read(RunRecord.self, id)
            guard record.index == current else { return }
            record.state = .rolledBack
            record.writer += 1
            record.reason = reason
            // Who goes forward again on purpose has made up his mind.
            let digest = index.mappings[path: ["_meta", "reindex", "fingerprint"]]?.string
            if record.knownBad?.digest == digest { record.knownBad = nil }
            record.updatedAt = clocks.timestamp
            do throws(StoreError) {
                _ = try await store.put(id, (try? JSONValue(encoding: record)) ?? .null, expected: stored.version)
                return
            } catch {
                guard error.kind == .conflict else { throw error }
            }
        }
    }

    /// For `status --history`: the alias has moved already. A run that is rolled back while it is watched has no entry yet.
    private func remember(_ left: String, _ index: String, _ record: RunRecord?, because why: String?) async throws {
        let id = RunRecord.historyID(alias: mapping.alias)
        for _ in 1...10 {
            let stored = try await store.get([id])[id]
            var runs = stored?.json["runs"]?.array ?? []
            if !runs.contains(where: { $0["index"]?.string == left && $0["promotedAt"] != nil }),
                let record, record.index == left
            {
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
                run["reason"] = .string("rolled back to \(index)" + (why.map { ": \($0)" } ?? ""))
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

    private func show(_ index: String, instead left: String) async throws {
        try await target.putSettings(["index.hidden": .bool(IndexSettings.isHidden(mapping.body.json))], of: index)
        guard let old = try await target.index(left), old.mappings["_meta"]?["reindex"] != nil else { return }
        try await target.putSettings(["index.hidden": true], of: left)
        try await target.putMeta(IndexPlan.meta(of: old, servedUntil: clocks.timestamp), of: left)
    }
}
