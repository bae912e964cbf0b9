/// What is looked at before the alias moves, beside the keys.
extension Reindex {
    /// A bulk request that was accepted before the fence closed may be applied after it: nothing is compared before that.
    ///
    /// Where the cluster does not tell which requests it works on, their `timeout` is waited out.
    func waitOutTheHolderBefore(_ ledger: RunLedger) async throws {
        let record = await ledger.record
        let began = clocks.now()
        while clocks.now() - began < options.patience {
            guard let isWriting = try await target.isWriting(to: record.index, for: record.run) else {
                if clocks.now() - began >= BulkDestination.timeout { break }
                try await clocks.sleep(.seconds(1))
                continue
            }
            if !isWriting { break }
            if let reason = stop.reason { throw RunError.interrupted(reason) }
            progress.paused("requests of the holder before are still worked on")
            try await clocks.sleep(.milliseconds(500))
        }
        progress.paused(nil)
        try await target.refresh(record.index)
    }

    /// That no two rows share an `_id`, and nothing else wrote or deleted: acknowledged less rejected is what the index holds.
    func compareCounts(_ ledger: RunLedger) async throws -> Int {
        let record = await ledger.record
        let (acknowledged, rejected) = try await counts(ledger)
        let held = try await target.count(of: record.index)
        // Rows that were missed or read twice, or sent again later: the round that follows in any case proves the keys.
        if await countsAreInexact(ledger) { return held }
        guard acknowledged - rejected == held else {
            try requireSameShards(try await target.index(record.index), record)
            throw RunError.countsDiffer(acknowledged: acknowledged, rejected: rejected, inIndex: held)
        }
        return held
    }

    /// `--replace-index`: what has the name of one of the aliases.
    func indicesOfAliases() async throws -> [String] {
        var names: [String] = []
        for name in [plan.mapping.alias] + plan.mapping.also where try await target.index(name) != nil {
            names.append(name)
        }
        return names
    }

    /// Places of the physical order are places in one snapshot: in another one rows may lie before them that lay behind.
    func rowsMayHaveMoved(_ ledger: RunLedger) async -> Bool {
        let record = await ledger.record
        return record.order == .physical && record.snapshots.count > 1
    }

    /// The slices' counts do not say what the index should hold: the keys are compared before it is held, too.
    func countsAreInexact(_ ledger: RunLedger) async -> Bool {
        if await ledger.record.hasRetriedRejections == true { return true }
        return await rowsMayHaveMoved(ledger)
    }

    /// Of the rows behind the slices' places. The recorded rejections may hold more: what was refused before a kill, and
    /// taken when it was sent again by the next holder.
    func counts(_ ledger: RunLedger) async throws -> (acknowledged: Int, rejected: Int) {
        try await ledger.slices().reduce((0, 0)) { ($0.0 + $1.counts.acknowledged, $0.1 + $1.counts.rejected) }
    }

    /// A run that was left half-way must not put its old rows before those of one that began later, wherever that one
    /// keeps its checkpoints.
    func requireNewest(_ ours: IndexDescription?, _ record: RunRecord) async throws {
        guard record.isChosen != true, let ours else { return }
        guard let newer = try await others.servingAfter(ours) else { return }
        throw RunError.notPromoted(
            reason: "\(newer), which serves, was begun after this run's \(record.index): run with --fresh")
    }

    /// A shard whose disk was lost, and which an operator let begin empty, has another history.
    func requireSameShards(_ index: IndexDescription?, _ record: RunRecord) throws {
        guard let index else { return }
        guard let before = record.historyUUIDs, let now = index.historyUUIDs else {
            progress.note("_stats may not be read, or not of each shard: a lost shard is known by the counts alone")
            return
        }
        guard before != now else { return }
        throw RunError.indexLost(
            index: record.index, reason: "a shard of it lost its data (its history is another one)")
    }
}
