/// Who reads, and when.
extension Copy {
    /// Beside one of each reader: encoding is faster than reading, so more batches of rows would only wait, and fill memory.
    private static let sparesUnencoded = 1

    /// Each reader that has nothing to do reads on, in its slice or in the next one.
    func startReading(_ state: inout State, in group: inout ThrowingTaskGroup<Event, any Error>) {
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
    func dismissReaders(_ state: inout State) async {
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

    /// Bytes are limited as well as batches: a row of 60 MB leaves no room for a second one, though permits are free.
    private func hasRoom(_ state: State) -> Bool {
        let coming = state.readsUnderWay
        return state.batchesOut + coming < permits(state)
            && state.batchesUnencoded < Self.sparesUnencoded + state.readerCount.count
            && (state.batchesOut + coming == 0
                || state.bytesOut + (coming + 1) * limits.bodyByteCount <= limits.byteCountOut)
    }

    /// No more than at first before the cluster was what the copy waited for, and for a second: in a moment's pause of it
    /// more permits would only fill memory.
    func permits(_ state: State) -> Int {
        state.hasWaitedForPermits ? limits.permits : min(limits.permits, ConcurrencyLimit.permitsAtFirst)
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
}
