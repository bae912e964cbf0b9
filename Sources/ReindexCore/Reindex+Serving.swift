/// What others see of a run: guards while both servers are loaded, canary searches before the alias moves and after it.
extension Reindex {
    /// Loads both servers no more than `guard` allows.
    func guardingServers<Result: Sendable>(
        _ limits: SendLimits, _ load: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let (searches, postgres) = (searchGuard(limits), postgresGuard(limits))
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            if let searches {
                group.addTask {
                    await searches.run()
                    return nil
                }
            }
            if let postgres {
                group.addTask {
                    await postgres.run()
                    return nil
                }
            }
            group.addTask { try await load() }
            defer { group.cancelAll() }
            while let ended = try await group.next() {
                guard let result = ended else { continue }
                progress.throttled(by: .searches, nil)
                progress.throttled(by: .postgres, nil)
                return result
            }
            throw CancellationError()
        }
    }

    private func searchGuard(_ limits: SendLimits) -> SearchGuard? {
        guard let maxP95 = plan.mapping.guards.searchMaxP95 else { return nil }
        guard let searcher, let canaries = plan.mapping.gate?.canaries, !canaries.isEmpty, !plan.serving.isEmpty else {
            progress.note("guard.search: there are no canaries, or no index that they could be asked of")
            return nil
        }
        return SearchGuard(
            maxP95: maxP95, alias: plan.mapping.alias,
            round: CanaryRound(canaries: canaries, searcher: searcher, clocks: clocks), limits: limits,
            progress: progress, clocks: clocks)
    }

    private func postgresGuard(_ limits: SendLimits) -> PostgresGuard? {
        let rules = plan.mapping.guards
        guard rules.postgresMaxActiveSessions != nil || rules.postgresMaxReplicaLag != nil, let probe = makeProbe?()
        else { return nil }
        return PostgresGuard(rules: rules, probe: probe, limits: limits, progress: progress, clocks: clocks)
    }

    /// - Throws: ``RunError/gateClosed(index:reasons:)``.
    func gate(_ rules: GateRules, _ ledger: RunLedger) async throws -> Gate.Result {
        guard let searcher else { throw RunError.notPromoted(reason: "nobody can search for the gate") }
        let record = await ledger.record
        if let segments = rules.mergesTo { try await merge(record.index, to: segments) }
        let serving = try await target.alias(plan.mapping.alias).map(\.index).first { $0 != record.index }
        let result = try await Gate(
            rules: rules, round: CanaryRound(canaries: rules.canaries, searcher: searcher, clocks: clocks),
            clocks: clocks, stop: stop
        ).run(new: record.index, old: serving)
        try await ledger.update { ($0.gate, $0.gateDigest) = (result, rules.digest) }
        if let note = result.note { progress.note("gate: \(note)") }
        guard result.isOpen else { throw RunError.gateClosed(index: record.index, reasons: result.reasons) }
        return result
    }

    /// As long as it takes: a signal or the time limit end it, and the merge goes on in the cluster.
    private func merge(_ index: String, to segments: Int) async throws {
        guard let task = try await target.beginMerging(index, segments: segments) else { return }
        progress.paused("its segments are merged")
        while try await target.isMerging(task) {
            if let reason = stop.reason { throw RunError.interrupted(reason) }
            try await clocks.sleep(.milliseconds(200))
        }
        progress.paused(nil)
        try await target.refresh(index)
    }

    /// - Throws: ``RunError/rolledBack(reason:)``, when the alias has moved back.
    func watch(_ rules: WatchRules, _ gate: GateRules, _ ledger: RunLedger) async throws -> Watch.Result {
        guard let searcher else { return Watch.Result() }
        let record = await ledger.record
        let result = try await Watch(
            rules: rules, round: CanaryRound(canaries: gate.canaries, searcher: searcher, clocks: clocks),
            alias: plan.mapping.alias, index: record.index, target: target, progress: progress, clocks: clocks,
            stop: stop
        ).run()
        if result.isElsewhere {
            try await requireServing(ledger)
            progress.note("the alias was moved by somebody else while it was watched: no longer on this index alone")
            return result
        }
        guard let breach = result.breach else { return result }
        guard let before = record.previousIndices?.last, try await target.index(before) != nil else {
            progress.note("watch: \(breach); there is no index before to go back to")
            return result
        }
        _ = try await rollback.run(to: before, because: "the watch saw \(breach)")
        throw RunError.rolledBack(reason: "the watch saw \(breach); \(plan.mapping.alias) points at \(before) again")
    }

    private var rollback: Rollback {
        Rollback(target: target, store: store, mapping: plan.mapping, progress: progress, clocks: clocks)
    }

    /// Once it was promoted: who moves the alias, by `rollback` or by hand, ends the run.
    /// - Throws: ``RunError/rolledBack(reason:)`` where the index before serves again, ``RunError/replaced(reason:)``.
    func requireServing(_ ledger: RunLedger) async throws {
        let record = await ledger.record
        guard record.phase > .promote || (record.promotedAt != nil && record.isChosen != true) else { return }
        let serving = Set(try await target.alias(plan.mapping.alias).map(\.index)).sorted()
        guard !serving.contains(record.index) else { return }
        // A rollback that is known says so itself: the record is not ours any more.
        try await rollback.settle()
        try await ledger.update { _ in }
        try await WriterFence(target: target, record: record).remove()
        let places = serving.isEmpty ? "no index" : serving.joined(separator: ", ")
        if let before = serving.first, serving.count == 1, record.previousIndices?.contains(before) == true {
            try await rollback.finish(
                RollbackIntent(
                    from: record.index, to: before, why: "the alias was moved by somebody else",
                    since: clocks.timestamp))
            throw RunError.rolledBack(reason: "somebody else moved \(plan.mapping.alias): it points at \(before) again")
        }
        let reason = "somebody else moved \(plan.mapping.alias): it points at \(places)"
        let documents = try? await target.count(of: record.index)
        try await ledger.appendHistory(
            RunHistory.entry(
                record, .replaced, finishedAt: clocks.timestamp, isVerified: true,
                more: ["reason": .string(reason), "documents": documents.map { .integer(Int64($0)) } ?? .null]))
        try await ledger.update { record in
            record.state = .replaced
            record.reason = reason
        }
        throw RunError.replaced(reason: reason)
    }
}
