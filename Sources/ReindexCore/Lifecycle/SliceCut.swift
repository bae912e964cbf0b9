/// Cuts the key's range into slices of about equal rows, before the copy reads the first one.
///
/// A run is cut once: slice 0, the whole table, is replaced by 1 … n in one write of the run's record, after those were
/// written. A run that dies before that write is cut anew; one that has read anything is not.
struct SliceCut: Sendable {
    let ledger: RunLedger
    let progress: Progress
    let stop: StopRequest
    /// The planner's estimate.
    let rowCount: Int?

    /// More of them than readers, so that one that is done early finds something to do.
    private static let slicesForOneReader = 4
    /// Below it a slice is not worth its cursor.
    private static let leastRows = 5000

    /// - Parameters:
    ///   - readers: how many may read at most.
    ///   - isAsked: whether so many were asked for: then there is a slice for each, however small.
    /// - Returns: the slices of the run, those that are finished among them.
    func slices(readers: Int, isAsked: Bool, by source: KeysetSource) async throws -> [SliceRecord] {
        let slices = try await ledger.slices()
        let worthwhile = (rowCount ?? 0) / Self.leastRows
        let count = max(isAsked ? readers : 1, min(readers * Self.slicesForOneReader, worthwhile))
        guard readers > 1, count > 1, await ledger.isUncut else { return slices }
        let cuts = await cuts(count, by: source)
        guard !cuts.isEmpty else { return slices }
        return try await ledger.cut(at: cuts)
    }

    /// None where that fails: the table can be read in one piece, and who reads it finds out what is wrong.
    private func cuts(_ count: Int, by source: KeysetSource) async -> [KeyPlace] {
        do {
            return try await withThrowingTaskGroup(of: [KeyPlace].self) { group in
                group.addTask { try await source.cuts(count, of: .all) }
                group.addTask { [stop] in
                    await stop.wait()
                    return []
                }
                defer { group.cancelAll() }
                return try await group.next() ?? []
            }
        } catch {
            progress.note("the table is read in one slice: \(EndingReason.text(of: error).prefix(200))")
            return []
        }
    }
}
