/// One run, from the plan to a promoted index. Each phase is recorded before it begins and may be repeated.
///
/// The pipeline itself is in `Copy.swift`; what a run remembers is in `Checkpoint/RunRecord.swift`.
package struct Reindex: Sendable {
    package let plan: ReindexPlan
    package let options: RunOptions
    package let encoder: any BatchEncoder
    package let makeReader: @Sendable () -> any RowReader
    package let target: any IndexTarget
    package let sink: any BulkSink
    package let store: any DocumentStore
    /// Where another machine may have recorded a run of this alias.
    package let otherStores: [any DocumentStore]
    package let progress: Progress
    package let clocks: Clocks
    package let stop: StopRequest
    let pace: RunPace
    let proof = KeyProof()
    /// For gate, watch and guard; nil where nobody searches.
    package var searcher: (any CanarySearcher)?
    /// For `guard.postgres`.
    /// `--together`.
    package var joint: JointPromotion?
    package var makeProbe: (@Sendable () -> any SourceLoadProbe)?

    package init(
        plan: ReindexPlan, options: RunOptions, encoder: any BatchEncoder,
        makeReader: @escaping @Sendable () -> any RowReader, target: any IndexTarget, sink: any BulkSink,
        store: any DocumentStore, otherStores: [any DocumentStore] = [], progress: Progress, clocks: Clocks,
        stop: StopRequest
    ) {
        self.plan = plan
        self.options = options
        self.encoder = encoder
        self.makeReader = makeReader
        self.target = target
        self.sink = sink
        self.store = store
        self.otherStores = otherStores
        self.progress = progress
        self.clocks = clocks
        self.stop = StopRequest(following: stop)
        pace = RunPace(clocks: clocks, stop: self.stop)
    }

    /// Claims the run and takes it through its phases.
    package func run() async throws -> RunEnding {
        let claim = RunClaim(
            plan: plan, options: options, target: target, store: store, others: others, clocks: clocks, retry: retry,
            progress: progress, stop: stop)
        switch try await claim.claim() {
        case .nothingToResume(let reason):
            await joint?.excuse(plan.mapping.name)
            return .nothingToResume(reason: reason)
        case .begun(let ledger): return try await finish(ledger, isContinued: false, wasHeld: false)
        case .continued(let ledger, let wasHeld):
            return try await finish(ledger, isContinued: true, wasHeld: wasHeld)
        }
    }

    private func finish(_ ledger: RunLedger, isContinued: Bool, wasHeld: Bool) async throws -> RunEnding {
        var ending = RunEnding.Facts(record: await ledger.record, isContinued: isContinued)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await keepLease(ledger) }
                if let watch = await controlWatch(ledger) {
                    await watch.look()
                    group.addTask { await watch.keepLooking() }
                }
                defer { group.cancelAll() }
                try await phases(ledger, &ending, wasHeld: wasHeld)
            }
        } catch {
            await ledger.hurry()
            await joint?.fail(plan.mapping.name, EndingReason.text(of: error))
            let told = await explain(error, ledger)
            await conclude(told, ledger)
            ending.record = await ledger.record
            // Who took it over has what was asked for to heed.
            if ending.record.state == .closed || ending.record.state == .abandoned {
                await controlWatch(ledger)?.forget()
            }
            throw RunFailure(error: told, facts: ending)
        }
        await joint?.excuse(plan.mapping.name)
        await controlWatch(ledger)?.forget()
        ending.record = await ledger.record
        return .done(ending)
    }

    /// Beside the phases, to the end. Who lost the run stops at once, whatever it waits for.
    func keepLease(_ ledger: RunLedger) async {
        do {
            try await ledger.keepLease()
        } catch RunError.takenOver, RunError.rolledBack {
            stop.request(.takenOver)
        } catch {
            // What it was meets the phases too, who say so.
        }
    }

    private func controlWatch(_ ledger: RunLedger) async -> ControlWatch? {
        guard let interval = options.controlInterval else { return nil }
        let record = await ledger.record
        return ControlWatch(
            store: store, alias: record.alias, run: record.run, pace: pace, progress: progress, clocks: clocks,
            interval: interval)
    }

    private func phases(
        _ ledger: RunLedger, _ ending: inout RunEnding.Facts, wasHeld: Bool
    ) async throws {
        var next: Phase? = await ledger.record.phase
        while let phase = next {
            let record = await ledger.record
            guard hasWork(phase, record) else {
                next = phase.next
                continue
            }
            if let reason = stop.reason { throw RunError.interrupted(reason) }
            try await waitForOthers(before: phase)
            progress.began(phase)
            // Whoever claimed the run has just written the first one.
            if record.phase != phase { try await ledger.update { $0.phase = phase } }
            if phase == ControlRequest.lastToPause { await controlWatch(ledger)?.look() }
            if phase <= ControlRequest.lastToPause { try await pace.awaitLeave() }
            if phase >= .promote { try await patiently { try await requireServing(ledger) } }
            switch phase {
            case .create:
                try await patiently { try await creation(ledger).run() }
                try await others.requireFirst(await ledger.record)
            case .copy: try await copy(ledger)
            case .settle: try await patiently { try await settlement(ledger).run() }
            case .verify:
                if wasHeld { try await patiently { try await waitOutTheHolderBefore(ledger) } }
                ending.documentsInIndex = try await patiently { try await compareCounts(ledger) }
            case .catchUp:
                guard promotes else {
                    if await countsAreInexact(ledger) { try await catchUp(ledger, &ending) }
                    return try await ledger.update { $0.state = .held }
                }
                try await catchUp(ledger, &ending)
            case .gate: if let rules = plan.mapping.gate { ending.gate = try await gate(rules, ledger) }
            case .lastRound:
                // By its name, behind its settle: it may have been closed in its copy.
                if await ledger.record.isChosen == true { try await patiently { try await settlement(ledger).run() } }
                try await catchUp(ledger, &ending)
            case .promote:
                ending.previousIndices = try await patiently {
                    let index = try await target.index(record.index)
                    try requireSameShards(index, record)
                    try await requireNewest(index, record)
                    return try await Promotion(
                        target: target, ledger: ledger, mapping: plan.mapping, progress: progress, clocks: clocks,
                        replaced: options.replacesIndex ? try await indicesOfAliases() : [], joint: jointMove
                    ).run()
                }
            case .afterRound: try await afterRound(ledger, &ending)
            case .watch:
                if let rules = plan.mapping.watch, let gate = plan.mapping.gate {
                    ending.watch = try await watch(rules, gate, ledger)
                }
            case .finish:
                let held = try await patiently { try await close(ledger) }
                ending.indexBytes = held.bytes
                ending.documentsInIndex = ending.documentsInIndex ?? held.documents
            }
            next = phase.next
        }
        if let count = ending.rejectedWhileServing, count > plan.mapping.maxRejected {
            throw RunError.rejectedWhileServing(count: count, limit: plan.mapping.maxRejected)
        }
    }

    /// A phase without work is passed over: neither recorded nor told.
    private func hasWork(_ phase: Phase, _ record: RunRecord) -> Bool {
        let mapping = plan.mapping
        return switch phase {
        case .create, .copy, .settle, .verify, .lastRound, .promote, .finish: true
        case .catchUp: !promotes || (mapping.gate != nil && mapping.catchUp != .none)
        case .gate: mapping.gate != nil
        case .afterRound: record.catchesUp == true || mapping.writers != .none
        case .watch: mapping.watch != nil && mapping.gate != nil && record.catchesUp != true
        }
    }

    /// A phase that OpenSearch does not let through now (a block, a red index, a node that is away) is repeated until it
    /// does, within the run's patience. The copy knows better what to repeat.
    func patiently<Result>(_ phase: () async throws -> Result) async throws -> Result {
        let began = clocks.now()
        var attempt = 0
        while true {
            do {
                let result = try await phase()
                if attempt > 0 { progress.paused(nil) }
                return result
            } catch {
                let waited = clocks.now() - began
                guard mayPass(error) else { throw error }
                let why = EndingReason.text(of: error)
                guard waited < options.patience else { throw RunError.patienceOver(waited: waited, last: why) }
                if let reason = stop.reason { throw RunError.interrupted(reason) }
                attempt += 1
                progress.paused(why)
                let delay = retry.delay(attempt: attempt, retryAfter: nil, random: clocks.random())
                try await clocks.sleep(min(delay, .seconds(2), options.patience - waited))
            }
        }
    }

    private func mayPass(_ error: any Error) -> Bool {
        switch error {
        case let error as TargetError: error.isTransient
        case let error as SourceError: error.isWorthReconnecting
        default: false
        }
    }

    // MARK: - Phases

    private func copy(_ ledger: RunLedger) async throws {
        let record = await ledger.record
        let readerCount = readerCount(record.order ?? .key)
        let snapshot = SharedSnapshot(
            maxAge: plan.mapping.source.snapshotMaxAge, isExported: readerCount.maximum > 1, clocks: clocks,
            progress: progress, allocateEpoch: { try await ledger.allocateEpoch(why: $0) },
            noteMark: { try await ledger.note($1, of: $0) })
        let readers = (0..<readerCount.maximum).map { number in
            KeysetSource(
                reader: makeReader(), sequence: plan.sequence(record.order ?? .key, encoder),
                options: .init(
                    limit: options.limit, isFirst: number == 0, retry: retry, clocks: clocks, stop: stop),
                progress: progress, snapshot: snapshot)
        }
        let cut = SliceCut(ledger: ledger, progress: progress, stop: stop, rowCount: plan.source.estimatedRows)
        let slices = try await cut.slices(
            readers: readerCount.maximum, isAsked: askedReaders != nil, by: readers[0])
        progress.expects(
            documents: options.limit ?? plan.source.estimatedRows,
            resumedAt: slices.reduce(0) { $0 + $1.counts.acknowledged })
        let limits = sendLimits
        let sender = sender(of: record, ledger, limits, pauses: true)
        let unfinished = slices.filter { !$0.isFinished }
        if !unfinished.isEmpty {
            // Of rows that an earlier process read, nothing is known here.
            let isWhole = promotes && slices.allSatisfy { $0.place == nil && $0.counts.acknowledged == 0 }
            let copy = Copy(
                readers: readers, readerCount: readerCount, encoder: encoder, sender: sender, limits: limits,
                pace: pace, ledger: ledger, progress: progress,
                clocks: clocks, stop: stop, maxRejected: plan.mapping.maxRejected,
                fixedFetchRowCount: options.fetchRowCount,
                keys: isWhole ? KeyDigest(encoder.keyHash ?? DocumentHash(seed: clocks.randomBits())) : nil
            )
            let copied = try await guardingServers(limits) { try await copy.run(unfinished) }
            proof.learn(copied.keys, at: await snapshot.onlyMoment)
            if !copied.isFinished { throw RunError.interrupted(stop.reason ?? .signal) }
        }
        let rejected = await ledger.rejectedCount
        guard rejected <= plan.mapping.maxRejected else {
            throw RunError.tooManyRejected(count: rejected, limit: plan.mapping.maxRejected, stoppedEarly: false)
        }
    }

    /// - Returns: what the index holds, and its bytes as far as they are known.
    private func close(_ ledger: RunLedger) async throws -> (documents: Int, bytes: Int?) {
        let record = await ledger.record
        try await WriterFence(target: target, record: record).remove()
        let documents = try await target.count(of: record.index)
        let bytes = try await target.index(record.index)?.storeBytes
        let copied = progress.snapshot
        // Of a copy that was made in one go: the forecast goes by it.
        let isMeasured =
            copied.counts.acknowledged > 0 && copied.documents == copied.counts.acknowledged
            && copied.pausedSeconds == nil && copied.pacedSeconds == nil
        try await ledger.appendHistory(
            RunHistory.entry(
                record, .promoted, finishedAt: clocks.timestamp, isVerified: true,
                more: [
                    "documents": .integer(Int64(documents)),
                    "copySeconds": isMeasured ? .number(copied.phaseSeconds[Phase.copy.rawValue] ?? 0) : .null,
                    "bytes": isMeasured ? .integer(Int64(copied.counts.bytes)) : .null,
                    "indexBytes": bytes.map { .integer(Int64($0)) } ?? .null,
                ]))
        try await ledger.update { $0.state = .promoted }
        return (documents, bytes)
    }

    var others: OtherHolders {
        OtherHolders(target: target, stores: otherStores, alias: plan.mapping.alias, progress: progress)
    }

    private func creation(_ ledger: RunLedger) -> IndexCreation {
        IndexCreation(
            target: target, ledger: ledger, mapping: plan.mapping, fingerprint: plan.fingerprint,
            marksHolder: store is MarkingStore, progress: progress)
    }

    private func settlement(_ ledger: RunLedger) -> Settlement {
        Settlement(
            target: target, ledger: ledger, cluster: plan.cluster, progress: progress, clocks: clocks,
            patience: options.patience, stop: stop)
    }

    private var askedReaders: Int? { options.readers ?? plan.mapping.source.readers }

    /// The first N rows are the first slice's: one reader reads them. A sort would be made again for each slice: it is not,
    /// unless that was asked for. A replica has nothing else to do.
    private func readerCount(_ order: RowOrder) -> ReaderCount {
        if options.limit != nil { return ReaderCount(fixed: 1) }
        if let asked = askedReaders { return ReaderCount(fixed: asked) }
        guard plan.source.isOrderedByIndex || order == .physical else { return ReaderCount(fixed: 1) }
        return ReaderCount(upTo: plan.source.server.isReplica ? 4 : 2)
    }

    private var promotes: Bool { options.promotes && options.limit == nil }

    var retry: RetryPolicy {
        var retry = RetryPolicy()
        retry.patience = options.patience
        return retry
    }
}
