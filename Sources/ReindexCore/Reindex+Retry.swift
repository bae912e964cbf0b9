/// `rejected --retry`: what was refused is sent again.
extension Reindex {
    package struct Retried: Sendable {
        package var run: String
        package var index: String
        package var recorded = 0
        package var taken = 0
        package var refused: [Rejection] = []
        /// Rows that are no more.
        package var gone = 0
        /// In which the run was left.
        package var state: RunState
    }

    /// Claims the run as any command that writes does, and leaves it in the state it was found in, or, where it was closed
    /// for its rejections and few enough are left, ready to be gone on with.
    /// - Returns: nil where there is no run.
    /// - Throws: ``RetryRefusal``, ``RunFailure``.
    package func retryRejected() async throws -> Retried? {
        let id = RunRecord.id(alias: plan.mapping.alias)
        guard let stored = try await store.get([id])[id] else { return nil }
        let record = try stored.read(RunRecord.self, id)
        let serving = try await target.alias(plan.mapping.alias).map(\.index)
        let place = try RetryPlace(record, serving: serving)
        guard try await RejectionPages.load(run: record.run, from: store).count > 0 else {
            return Retried(run: record.run, index: record.index, state: place.before.state)
        }
        let differences = record.fingerprint.differences(to: plan.fingerprint)
        guard differences.isEmpty else { throw RetryRefusal.otherMapping(record, differences.map(\.field)) }
        if let reopened = place.reopened {
            _ = try await store.put(id, try JSONValue(encoding: reopened), expected: stored.version)
        }
        var options = options
        (options.beginning, options.limit, options.isRetry) = (.continueOnly, record.limit, true)
        let claim = RunClaim(
            plan: plan, options: options, target: target, store: store, others: others, clocks: clocks, retry: retry,
            progress: progress, stop: stop)
        guard case .continued(let ledger, let wasHeld) = try await claim.claim() else { return nil }
        return try await sendAgain(place, ledger, wasHeld: wasHeld)
    }

    private func sendAgain(_ place: RetryPlace, _ ledger: RunLedger, wasHeld: Bool) async throws -> Retried {
        do {
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await keepLease(ledger) }
                defer { group.cancelAll() }
                if wasHeld { try await patiently { try await waitOutTheHolderBefore(ledger) } }
                let retried = try await patiently { try await send(place, ledger) }
                return try await leave(place, ledger, retried)
            }
        } catch {
            await ledger.hurry()
            let told = await explain(error, ledger)
            switch told {
            case RunError.takenOver, RunError.rolledBack, RunError.replaced: break
            default: try? await leave(place, ledger, as: place.state(left: .max, maxRejected: 0), place.before.reason)
            }
            throw RunFailure(error: told, facts: .init(record: await ledger.record, isContinued: true))
        }
    }

    private func send(_ place: RetryPlace, _ ledger: RunLedger) async throws -> Retried {
        // With the slices come the rejections.
        _ = try await ledger.slices()
        let recorded = await ledger.allRejections
        let record = await ledger.record
        if !place.isLive { try await ledger.update { $0.hasRetriedRejections = true } }
        let limits = sendLimits
        let rejected = RejectedRows(recorded, plan: plan)
        func retry(_ rows: RowScan) -> RejectionRetry {
            RejectionRetry(
                rows: rows, index: indexScan(of: record.index), target: target,
                makeWriter: {
                    DocumentWriter(
                        sender: sender(of: record, ledger, limits, isConditional: place.isLive),
                        bodyByteCount: limits.bodyByteCount)
                }, isLive: place.isLive, isVersioned: plan.mapping.writers == .versioned)
        }
        var result = try await withRows(why: "rejected documents are sent again", ledger) { rows in
            try await retry(rows).run(recorded, rejected)
        }
        if !result.created.isEmpty {
            let created = result.created
            result.taken -= try await withRows(why: "what was sent again is looked at once more", ledger) { rows in
                try await retry(rows).takeBack(created, rejected)
            }
        }
        try await ledger.replaceRejections(by: result.refused)
        var retried = Retried(run: record.run, index: record.index, state: record.state)
        (retried.recorded, retried.taken, retried.refused) = (recorded.count, result.taken, result.refused)
        retried.gone = max(0, recorded.count - result.taken - result.refused.count)
        return retried
    }

    private func leave(_ place: RetryPlace, _ ledger: RunLedger, _ retried: Retried) async throws -> Retried {
        var retried = retried
        retried.state = place.state(left: retried.refused.count, maxRejected: plan.mapping.maxRejected)
        let reason = retried.state == .interrupted ? "what was rejected was sent again" : place.before.reason
        try await patiently { [state = retried.state] in try await leave(place, ledger, as: state, reason) }
        return retried
    }

    private func leave(
        _ place: RetryPlace, _ ledger: RunLedger, as state: RunState, _ reason: String?
    ) async throws {
        let before = place.before
        if state == .promoted { try await WriterFence(target: target, record: await ledger.record).remove() }
        try await ledger.update { record in
            (record.state, record.reason) = (state, reason)
            (record.phase, record.catchesUp, record.beforeRetry) = (before.phase, before.catchesUp, nil)
        }
    }
}
