/// Who goes on with what: finds an unfinished run, compares it with what is asked for now, and takes it over or begins anew.
///
/// Taking over: the record is written by compare-and-swap with a higher writer number and a new holder, then the writer
/// alias is swapped in one call. Whoever wrote the record last is the holder; an earlier one finds its alias gone (rule 2).
struct RunClaim: Sendable {
    let plan: ReindexPlan
    let options: RunOptions
    let target: any IndexTarget
    let store: any DocumentStore
    let others: OtherHolders
    let clocks: Clocks
    let retry: RetryPolicy
    let progress: Progress
    let stop: StopRequest

    enum Claimed: Sendable {
        case begun(RunLedger)
        /// - Parameter wasHeld: the holder before did not end by itself: what it sent may still be on its way.
        case continued(RunLedger, wasHeld: Bool)
        case nothingToResume(reason: String?)
    }

    func claim() async throws -> Claimed {
        try await Rollback(target: target, store: store, mapping: plan.mapping, progress: progress, clocks: clocks)
            .settle()
        let id = RunRecord.id(alias: plan.mapping.alias)
        let watch = HolderWatch(clocks: clocks, options: options, progress: progress, stop: stop)
        var found = try await store.get([id])[id]
        if let held = found { found = try await watch.unheld(held, id: id, in: store) }
        try await others.end(watch, but: try found?.read(RunRecord.self, id).run)
        guard let stored = try await withoutRetry(found, id) else {
            if options.beginning == .continueOnly { return .nothingToResume(reason: nil) }
            if try await isDone { return .nothingToResume(reason: ReindexPlan.servedReason) }
            return .begun(try await begin(expected: nil))
        }
        var record = try stored.read(RunRecord.self, id)
        if !record.isUnfinished, try await isDone { return .nothingToResume(reason: ReindexPlan.servedReason) }
        if let bad = reasonToRefuse(record) {
            guard options.isAgain else { throw RunError.knownBad(run: bad.run ?? record.run, reason: bad.reason) }
            if isClosedByGate(record) { Self.tryGateAgain(&record) }
        } else if options.beginning == .continueOrBegin, isClosedByGate(record) {
            progress.note("the gate is another one than the one that closed: the index that was kept is tried again")
            Self.tryGateAgain(&record)
        }
        guard record.isUnfinished else {
            if options.beginning == .continueOnly {
                return .nothingToResume(reason: "the last run, \(record.run), is \(record.state.rawValue)")
            }
            return .begun(try await begin(expected: try await dropLeftover(of: record, stored.version)))
        }
        if record.indexUUID == nil {
            // It died before there was an index: nothing to go on with, and nothing that could differ.
            if options.beginning == .continueOnly {
                return .nothingToResume(reason: "the last run, \(record.run), ended before its index was created")
            }
            return .begun(try await begin(expected: try await abandon(record, stored.version)))
        }
        if record.catchesUp == true, options.beginning != .continueOnly,
            record.fingerprint.digest != plan.fingerprint.digest
        {
            // It serves, and is only not up to date: another index is about to take its place.
            try await WriterFence(target: target, record: record).remove()
            progress.note("\(record.index) was being brought up to date: given up")
            return .begun(try await begin(expected: stored.version))
        }
        if let obstacle = try await obstacle(to: record) {
            guard mayAbandon(obstacle) else { throw obstacle.error(run: record.run) }
            progress.note("began anew: \(obstacle.text)")
            return .begun(try await begin(expected: try await abandon(record, stored.version)))
        }
        return .continued(try await takeOver(record, stored.version), wasHeld: record.state == .active)
    }

    /// Why a run of exactly this mapping is not to be made again; nil where nothing is known against it.
    private func reasonToRefuse(_ record: RunRecord) -> RunRecord.KnownBad? {
        guard options.beginning != .continueOnly, options.beginning != .fresh else { return nil }
        guard let bad = record.knownBad(plan.fingerprint.digest), !isOtherGate(bad.gate) else { return nil }
        return bad
    }

    /// For `--if-changed`: another holder that was waited for has done the work.
    private var isDone: Bool {
        get async throws {
            guard options.onlyIfChanged else { return false }
            return try await plan.isServed(by: target)
        }
    }

    // MARK: - A closed gate

    /// Of the documents and the index that the plan makes: its index was kept.
    private func isClosedByGate(_ record: RunRecord) -> Bool {
        record.state == .closed && record.phase == .gate && record.fingerprint.digest == plan.fingerprint.digest
    }

    /// - Parameter closed: the digest of the gate that closed; nil where no gate is to blame.
    private func isOtherGate(_ closed: String?) -> Bool { closed.map { $0 != plan.mapping.gate?.digest } ?? false }

    /// It is caught up, verified and tried again.
    private static func tryGateAgain(_ record: inout RunRecord) {
        record.state = .interrupted
        record.phase = .catchUp
    }

    /// Whoever sent rejected documents again and died leaves the run as it was before: a gate stays closed.
    private func withoutRetry(_ found: StoredDocument?, _ id: String) async throws -> StoredDocument? {
        guard let found, !options.isRetry, var record = try? found.read(RunRecord.self, id),
            let before = record.beforeRetry
        else { return found }
        let left = try await RejectionPages.load(run: record.run, from: store).count
        record.state = before.state(left: left, maxRejected: plan.mapping.maxRejected)
        (record.phase, record.reason, record.beforeRetry) = (before.phase, before.reason, nil)
        let version = try await write(record, expected: found.version)
        return StoredDocument(json: try JSONValue(encoding: record), version: version)
    }

    // MARK: - What stands in the way

    private enum Obstacle {
        case asked
        case mapping([Fingerprint.Difference])
        case index(String)
        /// `--limit` of the unfinished run and of this one.
        case limit(before: Int?, now: Int?)

        var text: String {
            switch self {
            case .asked: "--fresh abandons the unfinished run"
            case .mapping(let differences): differences.map { "\($0.field) changed" }.joined(separator: ", ")
            case .index(let reason): reason
            case .limit(let before?, _): "the unfinished run was begun with --limit \(before)"
            case .limit(nil, _): "the unfinished run copies all rows, and now there is a --limit"
            }
        }

        func error(run: String) -> RunError {
            switch self {
            case .mapping(let differences): .cannotContinue(run: run, differences: differences)
            case .index(let reason): .cannotContinueIndex(run: run, reason: reason)
            case .asked, .limit: .cannotContinueIndex(run: run, reason: text)
            }
        }
    }

    private func mayAbandon(_ obstacle: Obstacle) -> Bool {
        guard options.beginning != .continueOnly else { return false }
        return switch obstacle {
        case .asked, .index: true
        case .mapping: options.abandonsOnMismatch
        // A trial may be thrown away, half of the real thing may not.
        case .limit(let before, _): before != nil || options.abandonsOnMismatch
        }
    }

    private func obstacle(to record: RunRecord) async throws -> Obstacle? {
        if options.beginning == .fresh { return .asked }
        let differences = record.fingerprint.differences(to: plan.fingerprint)
        if !differences.isEmpty { return .mapping(differences) }
        if record.limit != options.limit { return .limit(before: record.limit, now: options.limit) }
        if record.order == .physical, record.phase <= .copy, record.fileNode != plan.source.physicalReading.fileNode {
            return .index(
                "the table was rewritten since (VACUUM FULL, CLUSTER, TRUNCATE, ALTER TABLE): the places of the unfinished run's physical order are no places in it"
            )
        }
        guard let index = try await target.index(record.index) else {
            return .index("the index \(record.index) of the unfinished run is gone")
        }
        guard let uuid = record.indexUUID, index.uuid == uuid else {
            let before = record.indexUUID ?? "none"
            return .index("the index \(record.index) was deleted and made again (UUID \(index.uuid), not \(before))")
        }
        if let before = record.historyUUIDs, let now = index.historyUUIDs, before != now {
            return .index("a shard of \(record.index) lost its data (its history is another one)")
        }
        if record.isChosen != true, let newer = try await others.servingAfter(index) {
            return .index("\(newer), which serves, was begun after the unfinished run's \(record.index)")
        }
        return nil
    }

    // MARK: - Begin, take over, abandon

    private func begin(expected: StoredVersion?) async throws -> RunLedger {
        let now = clocks.wallMicroseconds()
        let run = RunName.id(microseconds: now, random: UInt16(clocks.random() * 65_535))
        var record = RunRecord(
            run: run, mapping: plan.mapping.name, alias: plan.mapping.alias,
            index: RunName.index(alias: plan.mapping.alias, run: run), indexUUID: nil, historyUUIDs: nil,
            state: .active,
            phase: .create, epoch: Epoch(version: now), writer: 1, slices: [0], settingsToRestore: nil,
            fingerprint: plan.fingerprint, plan: try JSONValue(encoding: plan.mapping), tool: options.tool,
            holder: holder, startedAt: Timestamp.text(microseconds: now), updatedAt: Timestamp.text(microseconds: now),
            snapshots: [], reason: nil)
        record.limit = options.limit
        // The first N rows are those of the key's order.
        if options.limit == nil, plan.order.order == .physical {
            (record.order, record.fileNode) = (.physical, plan.source.physicalReading.fileNode)
        }
        return try await ledger(record, expected: expected)
    }

    private func takeOver(_ before: RunRecord, _ expected: StoredVersion) async throws -> RunLedger {
        var record = before
        record.state = .active
        record.reason = nil
        record.holder = holder
        record.tool = options.tool
        record.epoch = Epoch(version: max(clocks.wallMicroseconds(), before.epoch.version + 1))
        let placed = try await WriterFence(target: target, record: before).numbers()
        record.writer = max(before.writer, placed.max() ?? 0) + 1
        let ledger = try await ledger(record, expected: expected)
        let fence = WriterFence(target: target, record: record)
        do {
            try await fence.close()
            // Who slept until the run had ended finds no alias to swap, and must not leave its own behind.
            try await ledger.update { _ in }
        } catch RunError.takenOver(let holder) {
            await fence.withdraw()
            throw RunError.takenOver(by: holder)
        } catch {
            // The record is ours already: the run is resumed, and unfinished.
            throw RunFailure(error: error, facts: .init(record: record, isContinued: true))
        }
        return ledger
    }

    /// Drops the index of a run that is given up, where it is ours and serves nobody; otherwise says that it stays.
    ///
    /// The record first, then the fence, then the last look at the aliases: a holder that still works could promote the
    /// index between that look and the deletion otherwise.
    /// - Returns: the record's version now.
    private func abandon(_ record: RunRecord, _ version: StoredVersion) async throws -> StoredVersion {
        if let reason = try await AbandonedIndex(target: target, record: record).reasonToKeep() {
            progress.note(reason)
            return version
        }
        let placed = try await WriterFence(target: target, record: record).numbers()
        var given = record
        given.state = .abandoned
        given.writer = max(record.writer, placed.max() ?? 0) + 1
        given.holder = holder
        let version = try await write(given, expected: version)
        if try await AbandonedIndex(target: target, record: given).drop() {
            progress.note("dropped the index \(record.index) of the run before")
        }
        return version
    }

    /// The index of a run that ended without a promotion and is not behind the alias.
    private func dropLeftover(of record: RunRecord, _ version: StoredVersion) async throws -> StoredVersion {
        switch record.state {
        case .closed, .held, .abandoned: try await abandon(record, version)
        case .active, .interrupted, .promoted, .rolledBack, .replaced: version
        }
    }

    private func ledger(_ record: RunRecord, expected: StoredVersion?) async throws -> RunLedger {
        let began = clocks.now()
        let version = try await write(record, expected: expected)
        return RunLedger(
            store: store, record: record, version: version, rejections: RejectionPages(), clocks: clocks, retry: retry,
            progress: progress, lease: options.lease.map { RunLedger.Lease(length: $0, renewedAt: began) })
    }

    private func write(_ record: RunRecord, expected: StoredVersion?) async throws -> StoredVersion {
        do {
            let json = try JSONValue(encoding: record)
            return try await store.put(RunRecord.id(alias: record.alias), json, expected: expected)
        } catch let error as StoreError where error.kind == .conflict {
            throw RunError.takenOver(by: "another process, at the same moment")
        }
    }

    private var holder: RunRecord.Holder {
        .init(
            host: options.host, pid: options.processID, boot: options.boot, began: options.processBegan,
            since: clocks.timestamp, lease: options.lease?.seconds)
    }
}
