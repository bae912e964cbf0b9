/// Rounds that make the index equal to the query's result, each at one moment (``Equalization``).
extension Reindex {
    /// Rounds end when one does not find less than the one before, or after this many.
    private static let rounds = 5

    /// - Throws: ``RunError/tooManyRejected(count:limit:stoppedEarly:)``, ``RunError/keysDiffer(wanted:inIndex:)``.
    func catchUp(_ ledger: RunLedger, _ ending: inout RunEnding.Facts) async throws {
        if let why = plan.whyContentDiffers, plan.mapping.catchUp != .none {
            progress.note("rows that changed since the copy are not found, only those that came and went: \(why)")
        }
        var last: Int?
        for round in 1...Self.rounds {
            let result = try await patiently { try await self.round(round, ledger) }
            proof.learn(result.keys, at: result.moment)
            if !result.isUnmoved { try await ledger.replaceRejections(by: result.rejections) }
            let rejected = await ledger.rejectedCount
            guard rejected <= plan.mapping.maxRejected else {
                throw RunError.tooManyRejected(
                    count: rejected, limit: plan.mapping.maxRejected, stoppedEarly: false)
            }
            ending.documentsInIndex = result.documentCount
            ending.caughtUp.add(result)
            guard result.differingBuckets > 0, result.differingBuckets < last ?? .max, comparesContent else { return }
            last = result.differingBuckets
        }
    }

    private func round(_ number: Int, _ ledger: RunLedger) async throws -> Equalization.Result {
        let record = await ledger.record
        let limits = sendLimits
        return try await withRowsInAnyOrder(why: "round \(number) of catching up", ledger) { rows in
            try await Equalization(
                rows: rows, index: indexScan(of: record.index), target: target,
                makeWriter: {
                    DocumentWriter(sender: sender(of: record, ledger, limits), bodyByteCount: limits.bodyByteCount)
                }, comparesContent: comparesContent
            ).run(known: proof.value)
        }
    }

    /// What changed during the swap, against the application's own writes. Not everything is always equal afterwards: who
    /// writes all the while is ahead of us, and that is said.
    func afterRound(_ ledger: RunLedger, _ ending: inout RunEnding.Facts) async throws {
        guard comparesContent else {
            return progress.note("no after-round: the index does not keep documents as they were sent")
        }
        let result = try await patiently { try await self.live(ledger) }
        ending.caughtUp.add(result)
        if !result.isEqual {
            progress.note("documents still changed when the after-round ended: \(result.left) buckets")
        }
    }

    private func live(_ ledger: RunLedger) async throws -> LiveEqualization.Result {
        let record = await ledger.record
        let limits = sendLimits
        return try await LiveEqualization(
            scanRows: { each in
                try await withRows(why: "the after-round", ledger) { try await $0.run(each: each) }
            }, index: indexScan(of: record.index), target: target,
            makeWriter: {
                DocumentWriter(
                    sender: sender(of: record, ledger, limits, isConditional: true),
                    bodyByteCount: limits.bodyByteCount)
            }
        ).run()
    }

    /// In physical order where the copy has that; by key where a scan of it outlived its snapshot.
    private func withRowsInAnyOrder<Result>(
        why: String, _ ledger: RunLedger, _ use: (RowScan) async throws -> Result
    ) async throws -> Result {
        guard plan.order.order == .physical else { return try await withRows(why: why, ledger, use) }
        do {
            return try await withRows(why: why, order: .physical, ledger, use)
        } catch RunError.placesLost {
            return try await withRows(why: why, ledger, use)
        }
    }

    private func withRows<Result>(
        why: String, order: RowOrder = .key, _ ledger: RunLedger, _ use: (RowScan) async throws -> Result
    ) async throws -> Result {
        try await RowScanner(
            plan: plan, encoder: encoder, makeReader: makeReader, retry: retry,
            bodyByteCount: options.bodyByteCount ?? 1 << 20, clocks: clocks, stop: stop, progress: progress
        ).scan(order: order, allocateEpoch: { try await ledger.allocateEpoch(why: "\(why): \($0)") }, use)
    }

    func indexScan(of index: String) -> IndexScan {
        IndexScan(target: target, index: index, hash: DocumentHash(seed: clocks.randomBits()), stop: stop)
    }

    /// `catch_up: none` asks for the keys alone.
    private var comparesContent: Bool { plan.mapping.catchUp != .none && plan.whyContentDiffers == nil }
}
