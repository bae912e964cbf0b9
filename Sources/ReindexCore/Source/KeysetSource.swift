/// One reader that reads slice after slice, over as many snapshots as it takes.
///
/// A snapshot is given up when it is too old, or when its connection or transaction was lost; the next one goes on at the
/// last key read. It reads from `>=` that key and drops the equal row: so a second equal row is noticed as a doubled key,
/// where `>` would lose it in silence. A slice's own beginning is excluded: all rows equal to it are the slice's before.
/// In physical order (``RowSequence``) rows may have moved between two snapshots: see ``RowOrder``.
/// States: idle → (begin) closed → open → (fetching ⇄ open) → closed …; the slice's end is idle again, the transaction kept.
///
/// Owner of its reader and of the last place read. The snapshot is shared: see ``SharedSnapshot``.
package actor KeysetSource {
    private let reader: any RowReader
    private let usualSequence: RowSequence
    private var sequence: RowSequence
    private var selection = RowSelection.whole
    private let options: Options
    private let progress: Progress
    private let snapshot: SharedSnapshot

    private var slice: SliceRecord?
    private var place: KeyPlace?
    private var lastIdentity: [UInt8]?
    /// The snapshot of the reader's transaction.
    private var taken: SharedSnapshot.Taken?
    private var isOpen = false
    private var isFirstFetch = false
    /// The snapshot that may not be used again, and why.
    private var left: Epoch?
    private var whyReopen = "the run begins"
    private var rowsLeft = Int.max
    private var troubleSince: Duration?
    private var attempt = 0

    package struct Options: Sendable {
        /// `--limit`: rows to read of a slice; nil is all.
        package var limit: Int?
        /// The one reader that a copy cannot do without.
        package var isFirst: Bool
        package var retry: RetryPolicy
        package var clocks: Clocks
        package var stop: StopRequest

        package init(
            limit: Int?, isFirst: Bool = true, retry: RetryPolicy, clocks: Clocks, stop: StopRequest
        ) {
            self.limit = limit
            self.isFirst = isFirst
            self.retry = retry
            self.clocks = clocks
            self.stop = stop
        }
    }

    package init(
        reader: any RowReader, sequence: RowSequence, options: Options, progress: Progress,
        snapshot: SharedSnapshot
    ) {
        self.reader = reader
        usualSequence = sequence
        self.sequence = sequence
        self.options = options
        self.progress = progress
        self.snapshot = snapshot
    }

    /// The slice to read next, after its `place`, which is behind us already.
    package func begin(_ slice: SliceRecord, _ selection: RowSelection = .whole) {
        self.slice = slice
        self.selection = selection
        sequence = usualSequence
        if selection.needsPhysicalOrder { sequence.order = .physical }
        place = slice.place
        lastIdentity = slice.place.map(sequence.identity(of:))
        if taken == nil { whyReopen = slice.place == nil ? "the run begins" : "the run goes on" }
        rowsLeft = options.limit.map { max(0, $0 - slice.counts.acknowledged) } ?? .max
        isOpen = false
    }

    /// The slice ends earlier now: no row behind that place was read yet.
    package func end(at place: KeyPlace) {
        slice?.through = place
        isOpen = false
    }

    /// The next rows, or nil at the slice's end. Reconnects by itself for as long as patience allows.
    package func nextBatch(rowCount: Int, byteCount: Int) async throws -> RowBatch? {
        while let slice, rowsLeft > 0 {
            do {
                let taken = try await openIfNeeded(slice)
                guard let fetched = try await reader.fetch(rowCount: rowCount, byteCount: byteCount) else { break }
                (troubleSince, attempt) = (nil, 0)
                progress.paused(nil)
                guard let batch = try batch(of: fetched, epoch: taken.epoch, slice: slice) else { continue }
                if snapshot.isTooOld(taken) {
                    leave(taken, why: snapshot.whyTooOld)
                }
                return batch
            } catch let error as SourceError where error.isWorthReconnecting {
                try await recover(from: error)
            }
        }
        slice = nil
        isOpen = false
        return nil
    }

    /// Ends the transaction and the connection; a fetch under way ends with an error.
    package func close() async {
        taken = nil
        isOpen = false
        await reader.close()
    }

    /// Nobody reads for now: a snapshot that has become too old is given up, for it holds back vacuum.
    func restIfTooOld() async {
        guard let taken, snapshot.isTooOld(taken) else { return }
        await reader.close()
        leave(taken, why: snapshot.whyTooOld)
        progress.snapshotEnded()
    }

    /// What a new snapshot sees, taken where there is none: it is the one that is read in afterwards.
    package func moment() async throws -> SourceMoment? {
        begin(SliceRecord(slice: 0, updatedAt: ""))
        if let slice { _ = try await openIfNeeded(slice) }
        return await seenMoment
    }

    /// See ``SharedSnapshot/onlyMoment``.
    package var seenMoment: SourceMoment? { get async { await snapshot.onlyMoment } }

    /// Of the snapshot that is read in.
    var mark: SnapshotMark? { taken?.mark }

    /// Places that cut a range: see ``RowReader/cuts(_:of:)``.
    package func cuts(_ count: Int, of range: KeyRange) async throws -> [KeyPlace] {
        var range = range
        range.order = sequence.order
        return try await reader.cuts(count, of: range)
    }

    private func openIfNeeded(_ slice: SliceRecord) async throws -> SharedSnapshot.Taken {
        if isOpen, let taken { return taken }
        var range = sequence.range(behind: place, of: slice)
        range.selection = selection
        let taken = try await snapshot.open(reader, range, own: taken, left: left, why: whyReopen)
        self.taken = taken
        isOpen = true
        isFirstFetch = true
        return taken
    }

    private func leave(_ taken: SharedSnapshot.Taken?, why: String) {
        left = taken?.epoch ?? left
        whyReopen = why
        self.taken = nil
        isOpen = false
    }

    private func batch(of fetched: FetchedRows, epoch: Epoch, slice: SliceRecord) throws -> RowBatch? {
        let rows = fetched.rows
        var first = 0
        if isFirstFetch, rows.rowCount > 0, let lastIdentity {
            if sequence.identity(ofRow: 0, in: fetched) == lastIdentity { first = 1 }
        }
        isFirstFetch = rows.rowCount == 0 && isFirstFetch
        guard rows.rowCount > first else { return nil }
        try sequence.check(first..<rows.rowCount, of: fetched, after: lastIdentity)
        let end = rowsLeft < rows.rowCount - first ? first + rowsLeft : rows.rowCount
        rowsLeft -= end - first
        let last = sequence.place(ofRow: end - 1, in: fetched)
        place = last
        lastIdentity = sequence.identity(ofRow: end - 1, in: fetched)
        return RowBatch(fetched: fetched, firstRow: first, endRow: end, epoch: epoch, slice: slice.slice, end: last)
    }

    /// A further reader is not waited for where only it cannot read: the others go on without it.
    private func mayWait(for error: SourceError) -> Bool { options.isFirst || !error.isOneReadersOwn }

    private func recover(from error: SourceError) async throws {
        let now = options.clocks.now()
        let since = troubleSince ?? now
        troubleSince = since
        attempt += 1
        guard now - since < options.retry.patience, !options.stop.isRequested, mayWait(for: error) else {
            throw options.stop.reason.map { RunError.interrupted($0) } ?? error
        }
        await reader.close()
        leave(nil, why: "the connection was lost: \(error.message.prefix(120))")
        progress.note("PostgreSQL: \(error.message.prefix(200)); went on with another connection")
        progress.paused("PostgreSQL: \(error.message.prefix(120))")
        let delay = options.retry.delay(attempt: attempt + 1, retryAfter: nil, random: options.clocks.random())
        try await options.clocks.sleep(delay)
    }
}
