/// The copy: rows are read, encoded, sent, acknowledged and checkpointed until every slice is exhausted or a stop is asked for.
///
/// One event loop owns the slices' watermarks and decides; everything that takes time is a child task that ends in an event.
/// Rows are asked for only while a permit is free: that is the back pressure, and the bound of memory.
/// Invariants: at most one read of each reader and one checkpoint are under way; a slice is read by one reader at a time; a
/// batch's rejections are stored before its acknowledgement reaches its slice's watermark; a checkpoint holds only what lies
/// behind that watermark. A slice that is split is not read meanwhile, and no checkpoint is written.
struct Copy: Sendable {
    /// As many as may read at most.
    let readers: [KeysetSource]
    let readerCount: ReaderCount
    let encoder: any BatchEncoder
    let sender: BulkSender
    let limits: SendLimits
    let pace: RunPace
    let ledger: RunLedger
    let progress: Progress
    let clocks: Clocks
    let stop: StopRequest
    let maxRejected: Int
    let fixedFetchRowCount: Int?
    /// Takes in the keys of what is sent; nil where that would not be all of the query's.
    let keys: KeyDigest?

    /// How often the snapshots of a paused copy are looked at.
    private static let pauseStep = Duration.seconds(5)

    /// - Parameter slices: those that are not finished, in the order in which they are to be read.
    struct Outcome: Sendable {
        /// Otherwise the copy was stopped on the way.
        var isFinished: Bool
        /// Of the documents that OpenSearch took.
        var keys: KeyDigest?
    }

    func run(_ slices: [SliceRecord]) async throws -> Outcome {
        var state = State(
            slices: SliceTable(slices, now: clocks.now()), readers: readers.map { Reader(source: $0) },
            readerCount: readerCount, fetch: FetchSize(fixed: fixedFetchRowCount), keys: keys)
        do {
            try await loop(&state)
        } catch {
            await closeReaders()
            await keepProgress(&state, error)
            throw error
        }
        await closeReaders()
        for slice in state.slices.remainingCheckpoints(now: clocks.now()) { try await ledger.write(stamped(slice)) }
        if state.isHopeless {
            throw RunError.tooManyRejected(count: await ledger.rejectedCount, limit: maxRejected, stoppedEarly: true)
        }
        return Outcome(isFinished: state.slices.isFinished, keys: state.keys)
    }

    private func closeReaders() async {
        for reader in readers { await reader.close() }
    }

    private func loop(_ state: inout State) async throws {
        try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask { [stop] in
                await stop.wait()
                return .stopRequested
            }
            startWatchingPace(&state, in: &group)
            while !state.isDone {
                startSplitting(&state, in: &group)
                await dismissReaders(&state)
                startReading(&state, in: &group)
                startCheckpointing(&state, in: &group)
                let waitBegan = clocks.now()
                guard let event = try await group.next() else { break }
                noteWait(since: waitBegan, &state)
                try await handle(event, &state, in: &group)
            }
            group.cancelAll()
        }
    }

    private func handle(
        _ event: Event, _ state: inout State, in group: inout ThrowingTaskGroup<Event, any Error>
    ) async throws {
        switch event {
        case .read(nil, let reader, _):
            state.readers[reader].isReading = false
            if let slice = state.readers[reader].slice { state.slices.readToEnd(slice) }
            state.readers[reader].slice = nil
        case .read(.some(let batch), let reader, let seconds):
            state.readers[reader].isReading = false
            state.readerCount.rowsRead(
                byteCount: batch.fetched.rows.byteCount, seconds: seconds, hasMore: state.slices.hasMore,
                now: clocks.now())
            state.batchesOut += 1
            state.batchesUnencoded += 1
            state.bytesOut += batch.fetched.rows.byteCount
            let ticket = state.slices.batchRead(batch)
            group.addTask { encode(batch, ticket) }
        case .readerGivenUp(let reader, let why):
            progress.note("PostgreSQL: reader \(reader + 1) was given up: \(why)")
            if let slice = state.readers[reader].slice { state.slices.giveBack(slice) }
            state.readers[reader] = Reader(source: state.readers[reader].source, isGone: true)
            await state.readers[reader].source.close()
        case .encoded(let encoded, let ticket, let rowCount, let rowBytes):
            state.batchesUnencoded -= 1
            state.bytesOut += encoded.body.byteCount - rowBytes
            state.keys?.add(encoded.body)
            state.fetch.saw(bytesPerRow: Double(encoded.body.byteCount) / Double(max(1, rowCount)))
            state.unsent.append(Unsent(encoded: encoded, ticket: ticket, rowCount: rowCount))
            startSending(&state, in: &group)
        case .acknowledged(let ticket, let outcome):
            noteEnd(byteCount: outcome.counts.bytes, &state)
            startSending(&state, in: &group)
            progress.acknowledged(outcome.counts)
            noteAnswer(&state)
            state.slices.acknowledged(ticket, counts: outcome.counts)
            for rejection in outcome.refused {
                if let key = rejection.documentKey { state.keys?.remove(key) }
            }
            if !outcome.rejections.isEmpty, await isHopeless(state) {
                state.isHopeless = true
                state.isStopping = true
            }
        case .readGivenUp(let reader):
            state.readers[reader].isReading = false
            state.isStopping = true
        case .deliveryGivenUp(let byteCount):
            noteEnd(byteCount: byteCount, &state)
            startSending(&state, in: &group)
            state.isStopping = true
        case .checkpointed: state.isCheckpointing = false
        case .split(let first, let second):
            state.split = nil
            state.slices.split(first, second, now: clocks.now())
            if let place = first.through {
                for reader in state.readers where reader.slice == first.slice { await reader.source.end(at: place) }
            }
        case .notSplit:
            if let split = state.split { state.slices.isTooSmallToSplit(split.slice) }
            state.split = nil
        case .paceChanged: startWatchingPace(&state, in: &group)
        case .stillPaused:
            state.isPauseWatched = false
            guard pace.isPaused, !state.isStopping else { return }
            for reader in state.readers where reader.isConnected && !reader.isReading {
                await reader.source.restIfTooOld()
            }
            startWatchingPause(&state, in: &group)
        case .stopRequested:
            state.isStopping = true
            await ledger.hurry()
            // A read under way may take long (a sort, a lock): nobody will use its rows.
            let helper = state.split?.helper
            for (number, reader) in state.readers.enumerated() where reader.isReading || number == helper {
                await reader.source.close()
            }
        }
    }

    private func startWatchingPace(_ state: inout State, in group: inout ThrowingTaskGroup<Event, any Error>) {
        let revision = pace.revision
        group.addTask { [pace] in
            await pace.change(since: revision)
            return .paceChanged
        }
        if pace.isPaused { startWatchingPause(&state, in: &group) }
    }

    private func startWatchingPause(_ state: inout State, in group: inout ThrowingTaskGroup<Event, any Error>) {
        guard !state.isPauseWatched else { return }
        state.isPauseWatched = true
        group.addTask { [clocks] in
            try? await clocks.sleep(Self.pauseStep)
            return .stillPaused
        }
    }

    /// A task of its own, which holds the rows: they are freed before the body is sent.
    private func encode(_ batch: RowBatch, _ ticket: SliceTable.Ticket) -> Event {
        let began = clocks.now()
        let encoded = encoder.encode(batch)
        let seconds = (clocks.now() - began).seconds
        progress.waited { $0.encoding += seconds }
        return .encoded(encoded, ticket, rowCount: batch.rowCount, rowBytes: batch.fetched.rows.byteCount)
    }

    /// The bytes on their way are bounded exactly: how large a body became is known only now.
    private func startSending(_ state: inout State, in group: inout ThrowingTaskGroup<Event, any Error>) {
        while let next = state.unsent.first {
            let byteCount = next.encoded.body.byteCount
            guard state.bytesSent == 0 || state.bytesSent + byteCount <= limits.byteCountOut else { return }
            state.unsent.removeFirst()
            state.bytesSent += byteCount
            group.addTask {
                do {
                    return try await send(next.encoded, next.ticket, rowCount: next.rowCount)
                } catch RunError.interrupted {
                    return .deliveryGivenUp(byteCount: byteCount)
                }
            }
        }
    }

    private func noteEnd(byteCount: Int, _ state: inout State) {
        state.batchesOut -= 1
        state.bytesOut -= byteCount
        state.bytesSent -= byteCount
    }

    /// Sends one batch; what OpenSearch refused is on record before this returns.
    private func send(
        _ encoded: EncodedBatch, _ ticket: SliceTable.Ticket, rowCount: Int
    ) async throws -> Event {
        let outcome = try await sender.send(encoded)
        precondition(outcome.counts.acknowledged == rowCount, "each row is counted once")
        try await ledger.record(outcome.rejections)
        return .acknowledged(ticket, outcome)
    }

    /// Beyond the limit by 1,000, or by 1% of at least 10,000 documents: more of the same helps nobody.
    private func isHopeless(_ state: State) async -> Bool {
        let rejected = await ledger.rejectedCount
        guard rejected > maxRejected else { return false }
        let documents = state.slices.acknowledgedCount
        return rejected > maxRejected + 1000 || (documents >= 10_000 && rejected * 100 > documents)
    }

    private func noteWait(since began: Duration, _ state: inout State) {
        guard !pace.isHeldBack else { return }
        let seconds = (clocks.now() - began).seconds
        let isWaitingForRows = state.readsUnderWay > 0 && state.batchesOut < permits(state)
        progress.waited { if isWaitingForRows { $0.forRows += seconds } else { $0.forPermits += seconds } }
        state.readerCount.waited(seconds, forRows: isWaitingForRows)
        state.window.seconds += seconds
        if !isWaitingForRows { state.window.secondsForPermits += seconds }
    }

    /// Nearly all of the time goes into waiting for the cluster: then larger bodies are worth their memory. Not for a pause of
    /// its: what bodies once grew to they keep.
    private func noteAnswer(_ state: inout State) {
        state.window.answers += 1
        guard state.window.answers >= permits(state), state.window.seconds >= 1 else { return }
        let isLimit = state.window.secondsForPermits > state.window.seconds * 0.8
        state.windowsForPermits = isLimit ? state.windowsForPermits + 1 : 0
        if isLimit { state.hasWaitedForPermits = true }
        // The second step is for runs that last.
        if state.windowsForPermits == 2 || state.windowsForPermits == 8 { limits.clusterIsTheLimit() }
        state.window = Window()
    }
}
