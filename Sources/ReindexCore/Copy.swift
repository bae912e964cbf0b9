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

    /// Beside one of each reader: encoding is faster than reading, so more batches of rows would only wait, and fill memory.
    private static let sparesUnencoded = 1
    /// How often the snapshots of a paused copy are looked at.
    private static let pauseStep = Duration.seconds(5)

    private enum Event: Sendable {
        case read(RowBatch?, reader: Int, seconds: Double)
        /// The read was given up because of a stop: the slice is NOT at its end.
        case readGivenUp(reader: Int)
        /// The server has no room for this reader beside the others, or no lock: they go on without it.
        case readerGivenUp(reader: Int, why: String)
        case encoded(EncodedBatch, SliceTable.Ticket, rowCount: Int, rowBytes: Int)
        /// The batch was given up because of a stop: it stays ahead of the watermark and is sent again by a resume.
        case deliveryGivenUp(byteCount: Int)
        case acknowledged(SliceTable.Ticket, BulkSender.Outcome)
        case checkpointed
        /// nil where it is not worth it.
        case split(first: SliceRecord, second: SliceRecord)
        case notSplit
        case stopRequested
        /// What people ask of the run is something else now.
        case paceChanged
        /// A pause goes on.
        case stillPaused
    }

    private struct Reader {
        let source: KeysetSource
        /// The slice that it reads; nil where it waits for one.
        var slice: Int?
        var isReading = false
        var isConnected = false
        var isGone = false
    }

    /// A reader without a slice takes half of what another one has left.
    private struct Split {
        let helper: Int
        let slice: Int
        var isUnderWay = false
    }

    private struct State {
        var slices: SliceTable
        var readers: [Reader]
        /// How many of them are to read.
        var readerCount: ReaderCount
        /// The reader whose turn it is where there is no room for all.
        var turn = 0
        var fetch: FetchSize
        var keys: KeyDigest?
        var isStopping = false
        var isHopeless = false
        var batchesOut = 0
        /// Those of them whose rows are not encoded yet.
        var batchesUnencoded = 0
        /// Bytes of the batches that are out: of their rows, then of their bodies.
        var bytesOut = 0
        /// Encoded, and too large to be sent beside what is on its way; first come, first served.
        var unsent: [Unsent] = []
        var bytesSent = 0
        var window = Window()
        /// One after the other in which the cluster was waited for.
        var windowsForPermits = 0
        var isCheckpointing = false
        var split: Split?
        /// Somebody looks after the pause that there is.
        var isPauseWatched = false

        var readsUnderWay: Int { readers.count { $0.isReading } }

        var isDone: Bool {
            (slices.isAllRead || isStopping) && batchesOut == 0 && readsUnderWay == 0 && !isCheckpointing
                && split?.isUnderWay != true
        }
    }

    private struct Unsent {
        let encoded: EncodedBatch
        let ticket: SliceTable.Ticket
        let rowCount: Int
    }

    /// What was waited for in a second or more, and as many answers as there are permits.
    private struct Window {
        var answers = 0
        var seconds = 0.0
        var secondsForPermits = 0.0
    }

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

    /// Each reader that has nothing to do reads on, in its slice or in the next one.
    private func startReading(_ state: inout State, in group: inout ThrowingTaskGroup<Event, any Error>) {
        let count = state.readerCount.count
        for offset in 0..<count {
            let number = (state.turn + offset) % count
            guard !state.readers[number].isReading, !state.readers[number].isGone else { continue }
            if let split = state.split, number == split.helper || state.readers[number].slice == split.slice {
                continue
            }
            guard !state.isStopping, !pace.isPaused, hasRoom(state) else { return state.turn = number }
            var slice: SliceRecord?
            if state.readers[number].slice == nil {
                slice = state.slices.take()
                guard let slice else { continue }
                state.readers[number].slice = slice.slice
            }
            state.readers[number].isReading = true
            state.readers[number].isConnected = true
            // A slow run sends small bodies evenly, and not a large one now and then.
            let rowCount = min(
                state.fetch.rowCount(forBytes: limits.bodyByteCount), max(1, pace.documentsPerSecond ?? .max))
            progress.found(
                permits: limits.permits, bodyByteCount: limits.bodyByteCount, isCompressed: limits.compresses,
                fetchRowCount: rowCount, readers: count)
            let (source, begun) = (state.readers[number].source, slice)
            group.addTask { try await read(source, number, beginning: begun, rowCount: rowCount) }
        }
    }

    /// Those that are too many, or have nothing more to read, end their transactions; their slices wait for another reader.
    private func dismissReaders(_ state: inout State) async {
        for number in readers.indices where !state.readers[number].isReading && state.readers[number].isConnected {
            if let split = state.split, number == split.helper || state.readers[number].slice == split.slice {
                continue
            }
            let isTooMany = number >= state.readerCount.count
            guard isTooMany || (state.readers[number].slice == nil && !state.slices.hasMore) else { continue }
            if let slice = state.readers[number].slice { state.slices.giveBack(slice) }
            state.readers[number].slice = nil
            state.readers[number].isConnected = false
            await state.readers[number].source.close()
        }
    }

    // MARK: - Splitting

    /// Where a reader has nothing to do and no slice waits, one that is being read is split in two: its reader pauses, the
    /// other one looks for the middle of what is unread, and both halves are stored before anybody reads on. That look is
    /// short (``RowReader/cuts(_:of:)``): whoever pauses keeps a transaction, and the locks that others may wait for.
    private func startSplitting(_ state: inout State, in group: inout ThrowingTaskGroup<Event, any Error>) {
        guard !state.isStopping, !pace.isPaused else {
            return state.split = state.split?.isUnderWay == true ? state.split : nil
        }
        if state.split == nil, !state.slices.isAnyWaiting, let slice = state.slices.splittable {
            let helper = state.readers.prefix(state.readerCount.count).firstIndex {
                $0.slice == nil && !$0.isReading && !$0.isGone
            }
            state.split = helper.map { Split(helper: $0, slice: slice) }
        }
        guard let split = state.split, !split.isUnderWay, !state.isCheckpointing else { return }
        guard let owner = state.readers.first(where: { $0.slice == split.slice }) else { return state.split = nil }
        guard !owner.isReading, let unread = state.slices.unread(of: split.slice) else { return }
        state.split?.isUnderWay = true
        state.readers[split.helper].isConnected = true
        let (source, stamped) = (state.readers[split.helper].source, stamped(unread.record))
        group.addTask { [ledger, progress, stop] in
            let middle: KeyPlace?
            do {
                middle = try await source.cuts(2, of: unread.range).first
            } catch {
                if !stop.isRequested {
                    progress.note("no slice was split: \(EndingReason.text(of: error).prefix(200))")
                }
                return .notSplit
            }
            guard let middle else { return .notSplit }
            let (first, second) = try await ledger.split(stamped, at: middle)
            return .split(first: first, second: second)
        }
    }

    /// Bytes are limited as well as batches: a row of 60 MB leaves no room for a second one, though permits are free.
    private func hasRoom(_ state: State) -> Bool {
        let coming = state.readsUnderWay
        return state.batchesOut + coming < limits.permits
            && state.batchesUnencoded < Self.sparesUnencoded + state.readerCount.count
            && (state.batchesOut + coming == 0
                || state.bytesOut + (coming + 1) * limits.bodyByteCount <= limits.byteCountOut)
    }

    private func read(
        _ source: KeysetSource, _ number: Int, beginning slice: SliceRecord?, rowCount: Int
    ) async throws -> Event {
        if let slice { await source.begin(slice) }
        let began = clocks.now()
        do {
            let batch = try await source.nextBatch(rowCount: rowCount, byteCount: limits.bodyByteCount)
            return .read(batch, reader: number, seconds: (clocks.now() - began).seconds)
        } catch {
            if stop.isRequested { return .readGivenUp(reader: number) }
            guard number > 0, let own = error as? SourceError, own.isOneReadersOwn else { throw error }
            return .readerGivenUp(reader: number, why: own.message)
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

    // MARK: - Checkpoints

    /// What was acknowledged before the copy failed need not be sent again; where it cannot be written down, it is.
    private func keepProgress(_ state: inout State, _ error: any Error) async {
        if case RunError.takenOver = error { return }
        let remaining = state.slices.remainingCheckpoints(now: clocks.now()) { $0 > 0 }
        guard !remaining.isEmpty else { return }
        await ledger.hurry()
        for slice in remaining { try? await ledger.write(stamped(slice)) }
    }

    private func startCheckpointing(_ state: inout State, in group: inout ThrowingTaskGroup<Event, any Error>) {
        guard !state.isCheckpointing, state.split?.isUnderWay != true,
            let slice = state.slices.dueCheckpoint(now: clocks.now())
        else { return }
        state.isCheckpointing = true
        let stamped = stamped(slice)
        group.addTask { [ledger] in
            try await ledger.write(stamped)
            return .checkpointed
        }
    }

    private func stamped(_ slice: SliceRecord) -> SliceRecord {
        var slice = slice
        slice.updatedAt = clocks.timestamp
        slice.progress = progress.snapshot
        return slice
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
        let isWaitingForRows = state.readsUnderWay > 0 && state.batchesOut < limits.permits
        progress.waited { if isWaitingForRows { $0.forRows += seconds } else { $0.forPermits += seconds } }
        state.readerCount.waited(seconds, forRows: isWaitingForRows)
        state.window.seconds += seconds
        if !isWaitingForRows { state.window.secondsForPermits += seconds }
    }

    /// Nearly all of the time goes into waiting for the cluster: then larger bodies are worth their memory. Not for a pause of
    /// its: what bodies once grew to they keep.
    private func noteAnswer(_ state: inout State) {
        state.window.answers += 1
        guard state.window.answers >= limits.permits, state.window.seconds >= 1 else { return }
        let isLimit = state.window.secondsForPermits > state.window.seconds * 0.8
        state.windowsForPermits = isLimit ? state.windowsForPermits + 1 : 0
        if state.windowsForPermits >= 2 { limits.clusterIsTheLimit() }
        state.window = Window()
    }
}
