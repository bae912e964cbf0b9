/// The move of the alias (``AliasMove``).
///
/// The call removes the alias from every index that has it (with `must_exist`: a compare-and-swap), adds it to the new one as
/// the write index, and swaps the writer alias n for n+1, so that a holder that slept cannot write or promote any more.
struct Promotion: Sendable {
    let target: any IndexTarget
    let ledger: RunLedger
    let mapping: Mapping
    let progress: Progress
    let clocks: Clocks
    /// Indices of the aliases' names, which the same call drops: there is no way back to them.
    var replaced: [String] = []
    /// Moves the alias with those of other mappings; nil moves it alone.
    var joint: (@Sendable (JointPromotion.Part) async throws -> Void)?

    /// - Returns: the indices that served before.
    func run() async throws -> [String] {
        let record = await ledger.record
        let names = [mapping.alias] + mapping.also
        let move = AliasMove(
            target: target, destinations: [.init(names: names, index: record.index)], progress: progress, clocks: clocks
        )
        let placements = try await move.placements()
        let isDone = names.allSatisfy { name in
            placements.contains { $0.alias == name && $0.index == record.index }
        }
        let serving = Set(placements.map(\.index)).subtracting([record.index]).sorted()
        if isDone && serving.isEmpty {
            let previous = record.previousIndices ?? []
            // Moved by a process that could not say so any more.
            if record.promotedAt == nil { try await recordMove() }
            try await show(record, instead: previous)
            return previous
        }
        try await ledger.update { $0.previousIndices = serving }
        let next = RunRecord.writerAlias(run: record.run, writer: record.writer + 1)
        let more: [AliasAction] = [
            .remove(alias: record.writerAlias, index: record.index),
            .add(AliasPlacement(alias: next, index: record.index, isWriteIndex: true, isHidden: true)),
        ]
        let gone = replaced.map { AliasAction.removeIndex($0) }
        if let joint {
            try await joint(JointPromotion.Part(move: move, before: placements, more: gone + more))
        } else {
            try await move.run(from: placements, with: gone + more)
        }
        try await recordMove { $0.writer += 1 }
        try await show(record, instead: serving)
        return serving
    }

    private func recordMove(_ change: @Sendable (inout RunRecord) -> Void = { _ in }) async throws {
        let at = clocks.timestamp
        try await ledger.update { record in
            record.promotedAt = at
            change(&record)
        }
    }

    /// An index is hidden while it is not behind the alias, the one before as well where it is ours.
    private func show(_ record: RunRecord, instead previous: [String]) async throws {
        let hidden = record.settingsToRestore?["index.hidden"] ?? false
        try await target.putSettings(["index.hidden": hidden], of: record.index)
        // Chosen although it was rolled back before: it is a good one again.
        if record.isChosen == true, let chosen = try await target.index(record.index),
            chosen.mappings["_meta"]?["reindex"]?["rolledBackAt"] != nil
        {
            try await target.putMeta(IndexPlan.meta(of: chosen, rolledBackAt: nil), of: record.index)
        }
        for name in previous {
            guard let old = try await target.index(name), old.mappings["_meta"]?["reindex"] != nil else { continue }
            try await target.putSettings(["index.hidden": true], of: name)
            try await target.putMeta(IndexPlan.meta(of: old, servedUntil: clocks.timestamp), of: name)
        }
    }
}
