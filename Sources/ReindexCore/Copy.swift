/// The copy: rows are read, encoded, sent, acknowledged and checkpointed until the source is exhausted or a stop is asked for.
///
/// One event loop owns the watermark and decides; everything that takes time is a child task that ends in an event.
/// Rows are asked for only while a permit is free: that is the back pressure, and the bound of memory.
/// Invariants: at most one read and one checkpoint are under way; a batch's rejections are stored before its
/// acknowledgement reaches the watermark; a checkpoint holds only what lies behind the watermark.
struct Copy: Sendable {
    let source: KeysetSource
    let encoder: any BatchEncoder
    let sender: BulkSender
    let limits: SendLimits
    let ledger: RunLedger
    let progress: Progress
    let clocks: Clocks
    let stop: StopRequest
    let maxRejected: Int
    let fixedFetchRowCount: Int?

    /// Encoding is faster than reading: a third batch of rows would only wait, and fill memory.
    private static let encodersForOneReader = 2

    private enum Event: Sendable {
        case read(RowBatch?, seconds: Double)
        /// The read was given up because of a stop: the source is NOT at its end.
        case readGivenUp
        case encoded(EncodedBatch, Watermark<KeyPlace>.Ticket, rowCount: Int, rowBytes: Int)
        /// The batch was given up because of a stop: it stays ahead of the watermark and is sent again by a resume.
        case deliveryGivenUp(byteCount: Int)
        case acknowledged(Watermark<KeyPlace>.Ticket, BulkSender.Outcome)
        case checkpointed
        case stopRequested
    }

    private struct State {
        var slice: SliceRecord
        var watermark: Watermark<KeyPlace>
        var fetch: FetchSize
        var isReading = false
        var isSourceEnded = false
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
        var isCheckpointing = false
        var uncheckpointed = 0
        var lastCheckpoint: Duration

        var isDone: Bool {
            (isSourceEnded || isStopping) && batchesOut == 0 && !isReading && !isCheckpointing
        }
    }

    private struct Unsent {
        let encoded: EncodedBatch
        let ticket: Watermark<KeyPlace>.Ticket
        let rowCount: Int
    }

    /// What was waited for while as many answers came as there are permits.
    private struct Window {
        var answers = 0
        var seconds = 0.0
        var secondsForPermits = 0.0
    }

    /// - Returns: the slice as it was last checkpointed: finished, or stopped on the way.
    func run(_ slice: SliceRecord) async throws -> SliceRecord {
        var state = State(
            slice: slice, watermark: Watermark(counts: slice.counts),
            fetch: FetchSize(fixed: fixedFetchRowCount), lastCheckpoint: clocks.now())
        do {
            try await loop(&state)
        } catch {
            await source.close()
            await keepProgress(&state, error)
            throw error
        }
        await source.close()
        state.slice.isFinished = state.isSourceEnded && !state.isStopping
        try await ledger.write(snapshot(of: &state))
        if state.isHopeless {
            throw RunError.tooManyRejected(count: await ledger.rejectedCount, limit: maxRejected, stoppedEarly: true)
        }
        return state.slice
    }

    private func loop(_ state: inout State) async throws {
        try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask { [stop] in
                await stop.wait()
                return .stopRequested
            }
            while !state.isDone {
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
        case .read(nil, _):
            state.isReading = false
            state.isSourceEnded = true
        case .read(.some(let batch), _):
            state.isReading = false
            state.batchesOut += 1
            state.batchesUnencoded += 1
            state.bytesOut += batch.fetched.rows.byteCount
            let ticket = state.watermark.batchSent(endingAt: batch.end)
            group.addTask { encode(batch, ticket) }
        case .encoded(let encoded, let ticket, let rowCount, let rowBytes):
            state.batchesUnencoded -= 1
            state.bytesOut += encoded.body.byteCount - rowBytes
            state.fetch.saw(bytesPerRow: Double(encoded.body.byteCount) / Double(max(1, rowCount)))
            state.unsent.append(Unsent(encoded: encoded, ticket: ticket, rowCount: rowCount))
            startSending(&state, in: &group)
        case .acknowledged(let ticket, let outcome):
            noteEnd(byteCount: outcome.counts.bytes, &state)
            startSending(&state, in: &group)
            progress.acknowledged(outcome.counts)
            noteAnswer(&state)
            if let place = state.watermark.batchAcknowledged(ticket, counts: outcome.counts) {
                state.slice.place = place
                state.uncheckpointed += 1
            }
            if !outcome.rejections.isEmpty, await isHopeless(state) {
                state.isHopeless = true
                state.isStopping = true
            }
        case .readGivenUp:
            state.isReading = false
            state.isStopping = true
        case .deliveryGivenUp(let byteCount):
            noteEnd(byteCount: byteCount, &state)
            startSending(&state, in: &group)
            state.isStopping = true
        case .checkpointed: state.isCheckpointing = false
        case .stopRequested:
            state.isStopping = true
            await ledger.hurry()
            // A read under way may take long (a sort, a lock): nobody will use its rows.
            if state.isReading {
                await source.close()
            }
        }
    }

    private func startReading(_ state: inout State, in group: inout ThrowingTaskGroup<Event, any Error>) {
        // Bytes are limited as well as batches: a row of 60 MB leaves no room for a second one, though permits are free.
        let hasRoom =
            state.batchesOut < limits.permits && state.batchesUnencoded < Self.encodersForOneReader
            && (state.batchesOut == 0 || state.bytesOut + limits.bodyByteCount <= limits.byteCountOut)
        guard !state.isReading, !state.isSourceEnded, !state.isStopping, hasRoom else { return }
        state.isReading = true
        let rowCount = state.fetch.rowCount(forBytes: limits.bodyByteCount)
        progress.found(
            permits: limits.permits, bodyByteCount: limits.bodyByteCount, isCompressed: limits.compresses,
            fetchRowCount: rowCount)
        group.addTask { [source, limits, clocks, stop] in
            let began = clocks.now()
            do {
                let batch = try await source.nextBatch(rowCount: rowCount, byteCount: limits.bodyByteCount)
                return .read(batch, seconds: (clocks.now() - began).seconds)
            } catch  where stop.isRequested {
                return .readGivenUp
            }
        }
    }

    /// A task of its own, which holds the rows: they are freed before the body is sent.
    private func encode(_ batch: RowBatch, _ ticket: Watermark<KeyPlace>.Ticket) -> Event {
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
        _ encoded: EncodedBatch, _ ticket: Watermark<KeyPlace>.Ticket, rowCount: Int
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
        guard state.uncheckpointed > 0 else { return }
        await ledger.hurry()
        try? await ledger.write(snapshot(of: &state))
    }

    private func startCheckpointing(_ state: inout State, in group: inout ThrowingTaskGroup<Event, any Error>) {
        let isDue = state.uncheckpointed >= 16 || clocks.now() - state.lastCheckpoint >= .seconds(1)
        guard !state.isCheckpointing, state.uncheckpointed > 0, isDue else { return }
        state.isCheckpointing = true
        let slice = snapshot(of: &state)
        group.addTask { [ledger] in
            try await ledger.write(slice)
            return .checkpointed
        }
    }

    private func snapshot(of state: inout State) -> SliceRecord {
        state.uncheckpointed = 0
        state.lastCheckpoint = clocks.now()
        state.slice.counts = state.watermark.counts
        state.slice.updatedAt = clocks.timestamp
        state.slice.progress = progress.snapshot
        return state.slice
    }

    /// Beyond the limit by 1,000, or by 1% of at least 10,000 documents: more of the same helps nobody.
    private func isHopeless(_ state: State) async -> Bool {
        let rejected = await ledger.rejectedCount
        guard rejected > maxRejected else { return false }
        let documents = state.watermark.counts.acknowledged
        return rejected > maxRejected + 1000 || (documents >= 10_000 && rejected * 100 > documents)
    }

    private func noteWait(since began: Duration, _ state: inout State) {
        let seconds = (clocks.now() - began).seconds
        let isWaitingForRows = state.isReading && state.batchesOut < limits.permits
        progress.waited { if isWaitingForRows { $0.forRows += seconds } else { $0.forPermits += seconds } }
        state.window.seconds += seconds
        if !isWaitingForRows { state.window.secondsForPermits += seconds }
    }

    /// Most of the time went into waiting for the cluster: then larger bodies are worth their memory.
    private func noteAnswer(_ state: inout State) {
        state.window.answers += 1
        guard state.window.answers >= limits.permits else { return }
        if state.window.secondsForPermits > state.window.seconds / 2 { limits.clusterIsTheLimit() }
        state.window = Window()
    }
}

/// How many rows to FETCH so that they become one body of the size wanted: from the mean seen so far.
struct FetchSize: Sendable {
    private let fixed: Int?
    private var bytesPerRow: Double?

    init(fixed: Int?) { self.fixed = fixed }

    mutating func saw(bytesPerRow seen: Double) {
        guard seen > 0 else { return }
        bytesPerRow = bytesPerRow.map { $0 * 0.8 + seen * 0.2 } ?? seen
    }

    /// 256 until something is known.
    func rowCount(forBytes byteCount: Int) -> Int {
        if let fixed { return fixed }
        guard let bytesPerRow else { return 256 }
        return min(max(1, Int(Double(byteCount) / bytesPerRow)), 20_000)
    }
}
