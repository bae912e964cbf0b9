/// Every row of the mapping's query as the documents that the index should hold: at one moment, where the source allows it.
///
/// A second scan sees the same rows as the first, for it reads in the same snapshot. Where that was lost or became too old
/// (``SharedSnapshot``) it goes on in another one, with a later epoch: then what it yields is of several moments, and
/// equals the index all the same where nobody writes.
struct RowScan: Sendable {
    let source: KeysetSource
    let encoder: any BatchEncoder
    let bodyByteCount: Int
    let stop: StopRequest
    var order = RowOrder.key

    /// Encoding is faster than reading.
    private static let encoders = 2

    /// - Parameter each: takes batch after batch, in no order.
    /// - Returns: what its snapshot sees; nil where it took several.
    /// - Throws: ``RunError/placesLost`` where the scan outlived its snapshot in physical order, or looks for changes.
    @discardableResult
    func run(_ selection: RowSelection = .whole, each: (EncodedBatch) async throws -> Void) async throws
        -> SnapshotMark?
    {
        await source.begin(SliceRecord(slice: 0, updatedAt: ""), selection)
        let needsOneSnapshot = order == .physical || selection.isOfChanges
        var hasSeveral = false
        var fetch = FetchSize(fixed: nil)
        var epoch: Epoch?
        try await withThrowingTaskGroup(of: EncodedBatch.self) { group in
            var out = 0
            while let batch = try await source.nextBatch(
                rowCount: fetch.rowCount(forBytes: bodyByteCount), byteCount: bodyByteCount)
            {
                if let reason = stop.reason { throw RunError.interrupted(reason) }
                hasSeveral = hasSeveral || batch.epoch != epoch ?? batch.epoch
                if needsOneSnapshot, hasSeveral { throw RunError.placesLost }
                epoch = batch.epoch
                if out == Self.encoders, let encoded = try await group.next() {
                    out -= 1
                    fetch.saw(bytesPerRow: Double(encoded.body.byteCount) / Double(max(1, encoded.body.itemCount)))
                    try await each(encoded)
                }
                group.addTask { [encoder] in encoder.encode(batch) }
                out += 1
            }
            for try await encoded in group { try await each(encoded) }
        }
        return hasSeveral ? nil : await source.mark
    }
}

/// Reads the mapping's rows with connections of its own, from the beginning, once or several times.
struct RowScanner: Sendable {
    let plan: ReindexPlan
    let encoder: any BatchEncoder
    let makeReader: @Sendable () -> any RowReader
    let retry: RetryPolicy
    let bodyByteCount: Int
    let clocks: Clocks
    let stop: StopRequest
    let progress: Progress

    /// - Parameters:
    ///   - allocateEpoch: for each snapshot, with the reason for it.
    ///   - order: any is right for comparing; `physical` has one snapshot a scan, or none.
    ///   - use: scans as often as it likes, in one snapshot as far as that lasts.
    func scan<Result>(
        order: RowOrder = .key,
        allocateEpoch: @escaping @Sendable (_ why: String) async throws -> Epoch,
        noteMark: @escaping @Sendable (Epoch, SnapshotMark) async throws -> Void = { _, _ in },
        _ use: (RowScan) async throws -> Result
    ) async throws -> Result {
        let snapshot = SharedSnapshot(
            maxAge: plan.mapping.source.snapshotMaxAge, isExported: false, clocks: clocks, progress: progress,
            allocateEpoch: allocateEpoch, noteMark: noteMark)
        let source = KeysetSource(
            reader: makeReader(), sequence: plan.sequence(order, encoder),
            options: .init(limit: nil, retry: retry, clocks: clocks, stop: stop),
            progress: progress, snapshot: snapshot)
        let rows = RowScan(source: source, encoder: encoder, bodyByteCount: bodyByteCount, stop: stop, order: order)
        do {
            let result = try await use(rows)
            await source.close()
            return result
        } catch {
            await source.close()
            throw error
        }
    }
}
