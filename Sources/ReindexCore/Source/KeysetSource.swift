/// One slice read in key order, over as many snapshots as it takes.
///
/// A snapshot is given up when it is too old, or when its connection or transaction was lost; the next one goes on at the
/// last key read. It reads from `>=` that key and drops the equal row: so a second equal row is noticed as a doubled key,
/// where `>` would lose it in silence. States: closed → open → (fetching ⇄ open) → closed …; finished ends it.
///
/// An epoch is allocated, and stored, before its snapshot is taken (rule 1). Owner of the reader and of the last place read.
package actor KeysetSource {
    private let reader: any RowReader
    private let encoder: any BatchEncoder
    private let slice: SliceRecord
    private let options: Options
    private let progress: Progress
    private let allocateEpoch: @Sendable (_ why: String) async throws -> Epoch

    private var place: KeyPlace?
    private var lastIdentity: [UInt8]?
    private var epoch: Epoch?
    private var openedAt: Duration = .zero
    private var isFirstFetch = false
    private var whyReopen: String
    private var rowsLeft: Int
    private var troubleSince: Duration?
    private var attempt = 0

    package struct Options: Sendable {
        package var snapshotMaxAge: Duration
        /// Neighbours are compared where no unique index proves the key.
        package var checksNeighbours: Bool
        /// `--limit`: rows to read; nil is all.
        package var limit: Int?
        package var retry: RetryPolicy
        package var clocks: Clocks
        package var stop: StopRequest

        package init(
            snapshotMaxAge: Duration, checksNeighbours: Bool, limit: Int?, retry: RetryPolicy, clocks: Clocks,
            stop: StopRequest
        ) {
            self.snapshotMaxAge = snapshotMaxAge
            self.checksNeighbours = checksNeighbours
            self.limit = limit
            self.retry = retry
            self.clocks = clocks
            self.stop = stop
        }
    }

    /// - Parameter slice: where to begin: after `place`, which is behind us already.
    package init(
        reader: any RowReader, encoder: any BatchEncoder, slice: SliceRecord, options: Options, progress: Progress,
        allocateEpoch: @escaping @Sendable (_ why: String) async throws -> Epoch
    ) {
        self.reader = reader
        self.encoder = encoder
        self.slice = slice
        self.options = options
        self.progress = progress
        self.allocateEpoch = allocateEpoch
        place = slice.place
        lastIdentity = slice.place.map(encoder.keyIdentity(of:))
        whyReopen = slice.place == nil ? "the run begins" : "the run goes on"
        rowsLeft = options.limit ?? .max
    }

    /// The next rows in key order, or nil at the end. Reconnects by itself for as long as patience allows.
    package func nextBatch(rowCount: Int, byteCount: Int) async throws -> RowBatch? {
        while rowsLeft > 0 {
            do {
                let epoch = try await openIfNeeded()
                guard let fetched = try await reader.fetch(rowCount: rowCount, byteCount: byteCount) else { break }
                (troubleSince, attempt) = (nil, 0)
                progress.paused(nil)
                guard let batch = try batch(of: fetched, epoch: epoch) else { continue }
                if options.clocks.now() - openedAt > options.snapshotMaxAge {
                    whyReopen = "the snapshot was older than \(Int(options.snapshotMaxAge.seconds)) s"
                    self.epoch = nil
                }
                return batch
            } catch let error as SourceError where error.isWorthReconnecting {
                try await recover(from: error)
            }
        }
        rowsLeft = 0
        await close()
        return nil
    }

    /// Ends the transaction and the connection; a fetch under way ends with an error.
    package func close() async {
        epoch = nil
        await reader.close()
    }

    private func openIfNeeded() async throws -> Epoch {
        if let epoch { return epoch }
        let next = try await allocateEpoch(whyReopen)
        try await reader.open(from: place ?? slice.from, through: slice.through)
        openedAt = options.clocks.now()
        progress.snapshotTaken()
        isFirstFetch = true
        epoch = next
        return next
    }

    private func batch(of fetched: FetchedRows, epoch: Epoch) throws -> RowBatch? {
        let rows = fetched.rows
        var first = 0
        if isFirstFetch, rows.rowCount > 0, let lastIdentity {
            if encoder.keyIdentity(ofRow: 0, in: fetched) == lastIdentity { first = 1 }
        }
        isFirstFetch = rows.rowCount == 0 && isFirstFetch
        guard rows.rowCount > first else { return nil }
        if let lastIdentity, encoder.keyIdentity(ofRow: first, in: fetched) == lastIdentity {
            throw RunError.doubledKey(encoder.place(ofRow: first, in: fetched))
        }
        if options.checksNeighbours, let row = encoder.firstDoubledRow(in: fetched, range: first..<rows.rowCount) {
            throw RunError.doubledKey(encoder.place(ofRow: row, in: fetched))
        }
        let end = rowsLeft < rows.rowCount - first ? first + rowsLeft : rows.rowCount
        rowsLeft -= end - first
        let last = encoder.place(ofRow: end - 1, in: fetched)
        place = last
        lastIdentity = encoder.keyIdentity(ofRow: end - 1, in: fetched)
        return RowBatch(fetched: fetched, firstRow: first, endRow: end, epoch: epoch, slice: slice.slice, end: last)
    }

    private func recover(from error: SourceError) async throws {
        let now = options.clocks.now()
        let since = troubleSince ?? now
        troubleSince = since
        attempt += 1
        guard now - since < options.retry.patience, !options.stop.isRequested else {
            throw options.stop.reason.map { RunError.interrupted($0) } ?? error
        }
        await reader.close()
        epoch = nil
        whyReopen = "the connection was lost: \(error.message.prefix(120))"
        progress.note("PostgreSQL: \(error.message.prefix(200)); went on with a new snapshot")
        progress.paused("PostgreSQL: \(error.message.prefix(120))")
        let delay = options.retry.delay(attempt: attempt + 1, retryAfter: nil, random: options.clocks.random())
        try await options.clocks.sleep(delay)
    }
}
