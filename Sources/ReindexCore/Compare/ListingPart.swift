/// A range of the documents of one shard, by the numbers that Lucene gives them (`_doc`).
///
/// In one point in time a document has one number in its shard, so ranges that follow each other hold each once. The numbers
/// of one page follow each other as well, and that is why parts are ranges and no slices by a hash: OpenSearch reads stored
/// fields of neighbours block by block, and of others takes a block apart for each document, ten times the cluster's time.
package struct ListingPart: Sendable, Hashable {
    package var shard: Int
    package var shardCount: Int
    /// The least number that may be in it.
    package var first: Int
    /// The first number behind it; nil for the last part of a shard, which has no end, whatever `_doc` was thought to reach.
    package var end: Int?

    package init(shard: Int, of shardCount: Int, from first: Int = 0, upTo end: Int? = nil) {
        self.shard = shard
        self.shardCount = shardCount
        self.first = first
        self.end = end
    }

    /// All of an index.
    /// - Parameters:
    ///   - count: how many parts are wanted; no shard is without one.
    ///   - largest: about the largest number in a shard; nil leaves shards whole.
    package static func parts(_ count: Int, shards: Int, largest: Int?) -> [ListingPart] {
        let inEach = max(1, (count + shards - 1) / max(1, shards))
        let numbers = (largest ?? 0) + 1
        guard inEach > 1, numbers >= inEach else { return (0..<shards).map { ListingPart(shard: $0, of: shards) } }
        return (0..<inEach).flatMap { part in
            (0..<shards).map { shard in
                ListingPart(
                    shard: shard, of: shards, from: numbers * part / inEach,
                    upTo: part + 1 < inEach ? numbers * (part + 1) / inEach : nil)
            }
        }
    }

    /// How many documents a page may have; never more than there are numbers left.
    package func pageSize(_ limit: Int) -> Int { end.map { max(1, min(limit, $0 - first)) } ?? limit }

    /// Takes what is the next part's out of a page.
    /// - Returns: what is left behind the page; nil where that is nothing.
    package func rest(behind page: inout IndexPage, limit: Int) throws(BulkResponse.Malformed) -> ListingPart? {
        let count = page.documents.count
        var least = first
        for document in page.documents {
            guard document.number >= least else { throw BulkResponse.Malformed(reason: "hits are not in their order") }
            least = document.number + 1
        }
        guard count <= pageSize(limit) else { throw BulkResponse.Malformed(reason: "more hits than were asked for") }
        if let end {
            while let last = page.documents.last, last.number >= end { page.documents.removeLast() }
            if least >= end { return nil }
        }
        guard count == pageSize(limit) else { return nil }
        var rest = self
        rest.first = least
        return rest
    }
}
