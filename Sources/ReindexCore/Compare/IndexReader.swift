/// Streams what an index holds. Implemented by `OpenSearchIndex`.
///
/// What is visible since the last refresh, in no order. Every answer is of all shards, or `incompleteAnswer` is thrown, as it is for
/// one that is too long.
package protocol IndexReader: Sendable {
    /// Some documents and the number of all: as many as the index holds, or `limit` of them.
    func firstDocuments(of index: String, _ form: ListingForm, limit: Int) async throws(TargetError) -> IndexPage

    /// Opens a point in time, that all parts of the listing see, until ``endListing(_:at:)`` or a minute without a call.
    /// - Parameter parts: how many are wanted; one a shard at least are given.
    func beginListing(_ index: String, parts: Int) async throws(TargetError) -> IndexListing

    /// The documents of a part from a place on: one page of it.
    func page(
        _ cursor: ListingCursor, of listing: IndexListing, _ form: ListingForm, limit: Int
    ) async throws(TargetError) -> IndexPage

    /// How many documents the point in time sees; nil where that is not told.
    func countDocuments(in listing: IndexListing) async throws(TargetError) -> Int?

    /// Gives the point in time up, in a task that was cancelled too; best effort.
    /// - Parameter cursors: the places that were reached.
    func endListing(_ listing: IndexListing, at cursors: [ListingCursor]) async
}

/// What is asked for of each document, beside its id and routing. Less is faster: ids alone four times.
package struct ListingForm: Sendable, Hashable {
    /// `_source`, byte for byte as it was sent.
    package var hasSource: Bool
    /// `_seq_no` and `_primary_term`.
    package var hasVersions: Bool

    package init(hasSource: Bool, hasVersions: Bool) {
        self.hasSource = hasSource
        self.hasVersions = hasVersions
    }
}

/// An index at one moment, and the places where its parts begin.
package struct IndexListing: Sendable, Hashable {
    package var index: String
    /// nil where the cluster knows no points in time: then a scroll is one.
    package var pointInTime: String?
    package var beginnings: [ListingCursor]

    package init(index: String, pointInTime: String?, beginnings: [ListingCursor]) {
        self.index = index
        self.pointInTime = pointInTime
        self.beginnings = beginnings
    }
}

/// Where a part of a listing goes on.
package enum ListingCursor: Sendable, Hashable {
    case part(ListingPart)
    /// nil: it is not begun.
    case scroll(String?)
}
