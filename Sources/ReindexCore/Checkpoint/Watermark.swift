/// The place up to which a slice is safe to forget: the end of the lowest contiguous run of acknowledged batches.
///
/// Batches leave in the order they were read and are acknowledged in any order. A checkpoint written from the newest
/// acknowledgement would lose every older batch that is still out; one written from the oldest would send everything
/// twice. The watermark is the latest place that neither loses nor, beyond what is out, repeats.
///
/// ```
/// Batch:    1    2    3    4    5        sent in this order
/// State:   ack  ack  out  ack  out
///                 ▲ watermark: the end of 2; 4 waits for 3
/// ```
/// What each batch counted travels with it, so that the counts of a checkpoint are those of its place: a resume that
/// sends the rest again counts it once.
package struct Watermark<Place: Sendable>: Sendable {
    private struct Batch {
        let place: Place
        var counts: DocumentCounts?
    }

    private var firstOutstanding = 0
    private var batches: [Batch] = []
    /// What lies behind the watermark.
    package private(set) var counts: DocumentCounts

    package init(counts: DocumentCounts = DocumentCounts()) { self.counts = counts }

    /// Batches that were sent and are not yet behind the watermark: what a crash now would send again.
    package var outstandingCount: Int { batches.count }

    /// Notes that a batch ending at `place` was sent. Its ticket is what ``batchAcknowledged(_:counts:)`` takes.
    package mutating func batchSent(endingAt place: Place) -> Ticket {
        batches.append(Batch(place: place))
        return Ticket(number: firstOutstanding + batches.count - 1)
    }

    /// Notes that every document of the batch is indexed, superseded or recorded as rejected.
    /// - Returns: the new place to checkpoint, or nil when an older batch is still out.
    package mutating func batchAcknowledged(_ ticket: Ticket, counts batchCounts: DocumentCounts) -> Place? {
        let index = ticket.number - firstOutstanding
        precondition(batches.indices.contains(index) && batches[index].counts == nil, "a batch is acknowledged once")
        batches[index].counts = batchCounts
        var last: Place?
        var done = 0
        for batch in batches {
            guard let batchCounts = batch.counts else { break }
            counts.add(batchCounts)
            last = batch.place
            done += 1
        }
        batches.removeFirst(done)
        firstOutstanding += done
        return last
    }

    package struct Ticket: Sendable { fileprivate let number: Int }
}

/// What became of documents.
package struct DocumentCounts: Sendable, Hashable, Codable {
    /// Rows that became an answer: indexed, superseded or rejected.
    package var acknowledged = 0
    package var superseded = 0
    package var rejected = 0
    /// Values that became null because JSON or OpenSearch cannot hold them.
    package var replacedValues = 0
    package var bytes = 0

    package init() {}

    package mutating func add(_ other: DocumentCounts) {
        acknowledged += other.acknowledged
        superseded += other.superseded
        rejected += other.rejected
        replacedValues += other.replacedValues
        bytes += other.bytes
    }
}
