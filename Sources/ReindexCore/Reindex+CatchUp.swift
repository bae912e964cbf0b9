/// Rounds that make the index equal to the query's result, each at one moment (``Equalization``).
extension Reindex {
    /// Rounds end when one does not find less than the one before, or after this many.
    private static let rounds = 5

    /// - Throws: ``RunError/tooManyRejected(count:limit:stoppedEarly:)``, ``RunError/keysDiffer(wanted:inIndex:)``.
    func catchUp(_ ledger: RunLedger, _ ending: inout RunEnding.Facts) async throws {
        if plan.catchUpChoice.method == .content, let why = plan.whyContentDiffers {
            progress.note("rows that changed since the copy are not found, only those that came and went: \(why)")
        }
        var last: Int?
        for round in 1...Self.rounds {
            if round > 1 { try await pace.awaitLeave() }
            let result = try await patiently { try await self.round(round, ledger) }
            proof.learn(result.keys, at: result.moment)
            if let mark = result.mark { try await ledger.update { $0.equalSince = mark } }
            if !result.isUnmoved { try await ledger.replaceRejections(by: result.rejections) }
            let rejected = await ledger.rejectedCount
            guard rejected <= plan.mapping.maxRejected else {
                throw RunError.tooManyRejected(
                    count: rejected, limit: plan.mapping.maxRejected, stoppedEarly: false)
            }
            ending.documentsInIndex = result.documentCount
            ending.caughtUp.add(result)
            guard result.differingBuckets > 0, result.differingBuckets < last ?? .max, findsChanges else { return }
            last = result.differingBuckets
        }
    }

    private func round(_ number: Int, _ ledger: RunLedger) async throws -> Equalization.Result {
        let changes = try await changedSince(ledger)
        do {
            return try await round(number, order: plan.order.order, changes, ledger)
        } catch RunError.placesLost {
            return try await round(number, order: .key, nil, ledger)
        }
    }

    private func round(
        _ number: Int, order: RowOrder, _ changes: ChangedSince?, _ ledger: RunLedger
    ) async throws -> Equalization.Result {
        let record = await ledger.record
        let limits = sendLimits
        return try await withRows(why: "round \(number) of catching up", order: order, ledger) { rows in
            try await Equalization(
                rows: rows, index: indexScan(of: record.index), target: target,
                makeWriter: {
                    DocumentWriter(sender: sender(of: record, ledger, limits), bodyByteCount: limits.bodyByteCount)
                }, comparesContent: comparesContent, provesContent: plan.mapping.writers == .versioned, changes: changes
            ).run(known: mustReadDocuments ? nil : proof.value)
        }
    }

    /// From where on changes are to be looked for; nil compares the documents.
    private func changedSince(_ ledger: RunLedger) async throws -> ChangedSince? {
        let record = await ledger.record
        let marks = record.equalSince.map { [$0] } ?? record.snapshots.map(\.mark)
        let why: String
        switch plan.catchUpChoice.method {
        case .none, .content: return nil
        case _ where await ledger.rejectedCount > 0:
            why = "rows were rejected, and which of them still are only reading all of them tells"
        case _ where marks.count >= 100: why = "the copy took more than 100 snapshots"
        case .xmin:
            switch SnapshotMark.firstUnseen(by: marks) {
            case .success(let changes): return changes
            case .failure(let untold): why = untold.reason
            }
        case .changedAt(let expression):
            switch SnapshotMark.oldestBegan(of: marks) {
            case .success(let time): return .time(expression: expression, timestamp: time)
            case .failure(let untold): why = untold.reason
            }
        }
        progress.note("changes were looked for in all documents: \(why)")
        return nil
    }

    /// What changed during the swap, against the application's own writes. Not everything is always equal afterwards: who
    /// writes all the while is ahead of us, and that is said.
    func afterRound(_ ledger: RunLedger, _ ending: inout RunEnding.Facts) async throws {
        guard comparesContent || options.scope?.comparesContent == false else {
            return progress.note("no after-round: the index does not keep documents as they were sent")
        }
        let result = try await patiently { try await self.live(ledger) }
        ending.caughtUp.add(result)
        ending.lookedAt = options.scope?.documents.count
        // With the slices come the rejections so far.
        _ = try await ledger.slices()
        // Of what was not looked at, they still hold.
        let others =
            if let scope = options.scope { await ledger.allRejections.filter { !scope.holds($0) } } else {
                [Rejection]()
            }
        try await ledger.replaceRejections(by: others + result.unencodable + result.refused)
        ending.rejectedWhileServing = await ledger.rejectedCount
        if !result.isEqual {
            progress.note("documents still changed when the after-round ended: \(result.left) buckets")
        }
    }

    private func live(_ ledger: RunLedger) async throws -> LiveEqualization.Result {
        let record = await ledger.record
        let limits = sendLimits
        return try await LiveEqualization(
            scanRows: { selection, each in
                try await withRows(why: "the after-round", ledger) { _ = try await $0.run(selection, each: each) }
            }, index: indexScan(of: record.index), target: target,
            makeWriter: {
                DocumentWriter(
                    sender: sender(of: record, ledger, limits, isConditional: true),
                    bodyByteCount: limits.bodyByteCount)
            }, isVersioned: plan.mapping.writers == .versioned, scope: options.scope
        ).run()
    }

    func withRows<Result>(
        why: String, order: RowOrder = .key, _ ledger: RunLedger, _ use: (RowScan) async throws -> Result
    ) async throws -> Result {
        try await RowScanner(
            plan: plan, encoder: encoder, makeReader: makeReader, retry: retry,
            bodyByteCount: options.bodyByteCount ?? 1 << 20, clocks: clocks, stop: stop, progress: progress
        ).scan(
            order: order, allocateEpoch: { try await ledger.allocateEpoch(why: "\(why): \($0)") },
            noteMark: { try await ledger.note($1, of: $0) }, use)
    }

    func indexScan(of index: String) -> IndexScan {
        IndexScan(target: target, index: index, hash: DocumentHash(seed: clocks.randomBits()), stop: stop)
    }

    /// `catch_up: none` asks for the keys alone.
    private var comparesContent: Bool { plan.catchUpChoice.method != .none && plan.whyContentDiffers == nil }

    /// Keys alone prove nothing where that was asked for.
    private var mustReadDocuments: Bool {
        plan.mapping.writers == .versioned || plan.mapping.verify.contentShare > 0
    }

    private var findsChanges: Bool {
        switch plan.catchUpChoice.method {
        case .none: false
        case .content: plan.whyContentDiffers == nil
        case .xmin, .changedAt: true
        }
    }
}
