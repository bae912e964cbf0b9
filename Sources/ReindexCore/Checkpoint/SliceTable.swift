/// The slices of one copy: which is to be read next, how far each is, and whose checkpoint is due.
///
/// Pure, and owned by the copy's event loop. A slice is waiting → being read by one reader → read to its end → finished,
/// which it is when all of its batches are acknowledged. Each has a watermark of its own: batches are in order within a
/// slice, and not between two of them.
struct SliceTable: Sendable {
    private struct Slice {
        var record: SliceRecord
        var watermark: Watermark<KeyPlace>
        var state: State
        /// The end of the last batch read: where another reader would go on.
        var readThrough: KeyPlace?
        /// Acknowledged batches that no checkpoint holds.
        var uncheckpointed = 0
        var lastCheckpoint: Duration
        /// Whether the stored record is this one.
        var isStored = true
        /// Whether it was found that what is left of it is not worth another slice.
        var isTooSmallToSplit = false
    }

    private enum State { case waiting, beingRead, read }

    /// One batch of one slice.
    struct Ticket: Sendable {
        fileprivate let slice: Int
        fileprivate let ticket: Watermark<KeyPlace>.Ticket
    }

    private var slices: [Int: Slice] = [:]
    /// The numbers in the order in which they are read.
    private var order: [Int] = []

    init(_ records: [SliceRecord], now: Duration) {
        for record in records { add(record, now: now) }
    }

    private mutating func add(_ record: SliceRecord, now: Duration) {
        slices[record.slice] = Slice(
            record: record, watermark: Watermark(counts: record.counts), state: .waiting,
            readThrough: record.place, lastCheckpoint: now)
        order.append(record.slice)
    }

    // MARK: - Reading

    var isAnyWaiting: Bool { order.contains { slices[$0]?.state == .waiting } }

    var isAllRead: Bool { slices.values.allSatisfy { $0.state == .read } }

    /// The next slice for a reader; its place is the last one that was read.
    mutating func take() -> SliceRecord? {
        guard let number = order.first(where: { slices[$0]?.state == .waiting }) else { return nil }
        slices[number]?.state = .beingRead
        slices[number]?.isStored = false
        guard var record = slices[number]?.record else { return nil }
        record.place = slices[number]?.readThrough
        return record
    }

    /// The reader is gone: another one goes on.
    mutating func giveBack(_ number: Int) { slices[number]?.state = .waiting }

    mutating func batchRead(_ batch: RowBatch) -> Ticket {
        guard var slice = slices[batch.slice] else { preconditionFailure("a batch of a slice of this copy") }
        let ticket = Ticket(slice: batch.slice, ticket: slice.watermark.batchSent(endingAt: batch.end))
        slice.readThrough = batch.end
        slices[batch.slice] = slice
        return ticket
    }

    mutating func readToEnd(_ number: Int) {
        slices[number]?.state = .read
        slices[number]?.isStored = false
    }

    // MARK: - Splitting

    /// Whether there is something to do for one reader more.
    var hasMore: Bool { isAnyWaiting || splittable != nil }

    /// A slice that is being read and may be worth splitting.
    var splittable: Int? { order.first { slices[$0]?.state == .beingRead && slices[$0]?.isTooSmallToSplit == false } }

    /// The slice as its next checkpoint would be, and what of it nobody has read.
    func unread(of number: Int) -> (record: SliceRecord, range: KeyRange)? {
        guard let slice = slices[number] else { return nil }
        var record = slice.record
        record.counts = slice.watermark.counts
        return (record, record.range(behind: slice.readThrough))
    }

    mutating func isTooSmallToSplit(_ number: Int) { slices[number]?.isTooSmallToSplit = true }

    /// Both are stored.
    mutating func split(_ first: SliceRecord, _ second: SliceRecord, now: Duration) {
        slices[first.slice]?.record.through = first.through
        add(second, now: now)
    }

    // MARK: - What was acknowledged

    mutating func acknowledged(_ ticket: Ticket, counts: DocumentCounts) {
        guard var slice = slices[ticket.slice] else { preconditionFailure("a batch of a slice of this copy") }
        if let place = slice.watermark.batchAcknowledged(ticket.ticket, counts: counts) {
            slice.record.place = place
            slice.uncheckpointed += 1
            slice.isStored = false
        }
        slices[ticket.slice] = slice
    }

    /// Rows that became an answer, of all slices, behind their watermarks.
    var acknowledgedCount: Int { slices.values.reduce(0) { $0 + $1.watermark.counts.acknowledged } }

    var isFinished: Bool { slices.values.allSatisfy(Self.isFinished) }

    private static func isFinished(_ slice: Slice) -> Bool {
        slice.state == .read && slice.watermark.outstandingCount == 0
    }

    // MARK: - Checkpoints

    /// The next checkpoint to write: of a slice that is finished, or has 16 acknowledged batches or a second behind it.
    mutating func dueCheckpoint(now: Duration) -> SliceRecord? {
        let due = order.first { number in
            guard let slice = slices[number], !slice.isStored else { return false }
            if Self.isFinished(slice) { return true }
            let isDue = slice.uncheckpointed >= 16 || now - slice.lastCheckpoint >= .seconds(1)
            return slice.uncheckpointed > 0 && isDue
        }
        return due.map { checkpoint(of: $0, now: now) }
    }

    /// What no checkpoint holds yet, at the end.
    /// - Parameter isWorthIt: given how many batches were acknowledged since the last one.
    mutating func remainingCheckpoints(now: Duration, _ isWorthIt: (Int) -> Bool = { _ in true }) -> [SliceRecord] {
        let remaining = order.filter { number in
            guard let slice = slices[number], !slice.isStored else { return false }
            return isWorthIt(slice.uncheckpointed)
        }
        return remaining.map { checkpoint(of: $0, now: now) }
    }

    private mutating func checkpoint(of number: Int, now: Duration) -> SliceRecord {
        guard var slice = slices[number] else { preconditionFailure("a slice of this copy") }
        slice.uncheckpointed = 0
        slice.lastCheckpoint = now
        slice.isStored = true
        slice.record.counts = slice.watermark.counts
        slice.record.isFinished = Self.isFinished(slice)
        slices[number] = slice
        return slice.record
    }
}
