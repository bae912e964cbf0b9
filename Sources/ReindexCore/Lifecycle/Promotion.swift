/// The move of the alias: one atomic `_aliases` call, and the alias read back, for its state decides and not the answer.
///
/// The call removes the alias from every index that has it (with `must_exist`: a compare-and-swap), adds it to the new one as
/// the write index, and swaps the writer alias n for n+1, so that a holder that slept cannot write or promote any more.
struct Promotion: Sendable {
    let target: any IndexTarget
    let ledger: RunLedger
    let mapping: Mapping
    let progress: Progress
    let clocks: Clocks

    /// - Returns: the indices that served before.
    func run() async throws -> [String] {
        let record = await ledger.record
        let names = [mapping.alias] + mapping.also
        var placements: [AliasPlacement] = []
        for name in names { placements += try await target.alias(name) }
        let isDone = names.allSatisfy { name in
            placements.contains { $0.alias == name && $0.index == record.index }
        }
        let serving = Set(placements.map(\.index)).subtracting([record.index]).sorted()
        if isDone && serving.isEmpty {
            let previous = record.previousIndices ?? []
            try await show(record, instead: previous)
            return previous
        }
        try await ledger.update { $0.previousIndices = serving }
        try await move(names, placements, record)
        try await confirm(names, record)
        try await show(record, instead: serving)
        return serving
    }

    private func move(_ names: [String], _ placements: [AliasPlacement], _ record: RunRecord) async throws {
        var actions: [AliasAction] = []
        for placement in placements { actions.append(.remove(alias: placement.alias, index: placement.index)) }
        for name in names {
            // Filters and routing of the alias are kept, where they are the same on every index it is on.
            let before = placements.filter { $0.alias == name }
            var added = AliasPlacement(alias: name, index: record.index, isWriteIndex: true)
            if let first = before.first, before.allSatisfy({ $0.filter == first.filter }) {
                added.filter = first.filter
                added.indexRouting = first.indexRouting
                added.searchRouting = first.searchRouting
                added.isHidden = first.isHidden
            }
            actions.append(.add(added))
        }
        let next = record.writer + 1
        actions.append(.remove(alias: record.writerAlias, index: record.index))
        actions.append(
            .add(
                AliasPlacement(
                    alias: RunRecord.writerAlias(run: record.run, writer: next), index: record.index,
                    isWriteIndex: true, isHidden: true)))
        for attempt in 1...5 {
            guard let error = await failure(of: actions) else { return }
            // Lost, refused or in doubt: what the alias says now is the truth. Only where nothing moved is it asked again.
            progress.note("the alias call was answered: \(error.message)")
            guard error.isTransient else { return }
            var now: [AliasPlacement] = []
            for name in names { now += try await target.alias(name) }
            guard Set(now) == Set(placements) else { return }
            guard attempt < 5 else { throw error }
            try await clocks.sleep(RetryPolicy().delay(attempt: attempt, retryAfter: nil, random: clocks.random()))
        }
    }

    private func failure(of actions: [AliasAction]) async -> TargetError? {
        do throws(TargetError) {
            try await target.updateAliases(actions)
            return nil
        } catch {
            return error
        }
    }

    private func confirm(_ names: [String], _ record: RunRecord) async throws {
        for name in names {
            let now = try await target.alias(name)
            guard now.map(\.index) == [record.index] else {
                let places = now.isEmpty ? "no index" : now.map(\.index).joined(separator: ", ")
                throw RunError.notPromoted(reason: "the alias \(name) points at \(places), not at \(record.index)")
            }
        }
        try await ledger.update { $0.writer += 1 }
    }

    /// An index is hidden while it is not behind the alias, the one before as well where it is ours.
    private func show(_ record: RunRecord, instead previous: [String]) async throws {
        let hidden = record.settingsToRestore?["index.hidden"] ?? false
        try await target.putSettings(["index.hidden": hidden], of: record.index)
        for name in previous {
            guard let old = try await target.index(name), old.mappings["_meta"]?["reindex"] != nil else { continue }
            try await target.putSettings(["index.hidden": true], of: name)
        }
    }
}
