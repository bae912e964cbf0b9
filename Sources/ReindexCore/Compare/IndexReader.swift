/// Streams what an index holds. Implemented by `OpenSearchIndex`.
package protocol IndexReader: Sendable {
    /// The first page of all documents that are visible since the last refresh, in no order: a point in time that lasts
    /// until ``endReading(_:)`` or a minute without a call.
    /// - Throws: `incompleteAnswer` where a shard did not answer, or a page is too long.
    func beginReading(_ index: String, _ form: ListingForm, pageSize: Int) async throws(TargetError) -> IndexPage

    /// The next page; one without documents is the end.
    func readOn(_ cursor: ListingCursor) async throws(TargetError) -> IndexPage

    /// Gives the point in time up; best effort.
    func endReading(_ cursor: ListingCursor) async
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

/// Where a listing is, and what it asks for.
package struct ListingCursor: Sendable, Hashable {
    package let id: String
    package let form: ListingForm
}

/// One page of a listing: the answer's own bytes, and where in them each document stands.
package struct IndexPage: Sendable {
    package var cursor: ListingCursor
    package var bytes: [UInt8]
    package var documents: [Document]

    package struct Document: Sendable {
        /// Between its quotes, as JSON escapes it.
        package var id: Range<Int>
        package var routing: Range<Int>?
        package var source: Range<Int>?
        /// 0 where it was not asked for.
        package var sequenceNumber: Int64
        package var primaryTerm: Int64
    }
}

extension IndexPage {
    /// The answer to a search or scroll, read strictly: what is not whole is malformed.
    package init(reading bytes: [UInt8], form: ListingForm) throws(BulkResponse.Malformed) {
        var reader = JSONScanner(bytes)
        var cursor: String?
        var failed: Int?
        var isWhole = true
        var found: [Document] = []
        // Few hits are shorter; what is reserved and not used is never touched.
        found.reserveCapacity(min(10_000, bytes.count / 16))
        try reader.object { key, reader throws(BulkResponse.Malformed) in
            switch key {
            case "_scroll_id": cursor = try reader.string()
            case "timed_out", "terminated_early": if try reader.bool() { isWhole = false }
            case "_shards":
                try reader.object { key, reader throws(BulkResponse.Malformed) in
                    if key == "failed" { failed = try reader.integer() } else { try reader.skip() }
                }
            case "hits":
                try reader.object { key, reader throws(BulkResponse.Malformed) in
                    guard key == "hits" else { return try reader.skip() }
                    try reader.array { reader throws(BulkResponse.Malformed) in
                        if !form.hasSource, !form.hasVersions, let id = reader.takeString(after: "{\"_id\":\"", "}") {
                            return found.append(Document(id: id, sequenceNumber: 0, primaryTerm: 0))
                        }
                        found.append(try Self.document(&reader, form))
                    }
                }
            default: try reader.skip()
            }
        }
        try reader.end()
        guard failed == 0, isWhole else { throw BulkResponse.Malformed(reason: "not all shards answered") }
        guard let cursor else { throw BulkResponse.Malformed(reason: "no _scroll_id") }
        (self.cursor, self.bytes, documents) = (ListingCursor(id: cursor, form: form), bytes, found)
    }

    private static func document(
        _ reader: inout JSONScanner, _ form: ListingForm
    ) throws(BulkResponse.Malformed) -> Document {
        var id: Range<Int>?
        var document = Document(id: 0..<0, sequenceNumber: 0, primaryTerm: 0)
        var hasVersions = 0
        try reader.object { key, reader throws(BulkResponse.Malformed) in
            switch key {
            case "_id": id = try reader.stringBytes().indices
            case "_routing": document.routing = try reader.stringBytes().indices
            case "_source": document.source = try reader.rawObject()
            case "_seq_no":
                document.sequenceNumber = Int64(try reader.integer())
                hasVersions += 1
            case "_primary_term":
                document.primaryTerm = Int64(try reader.integer())
                hasVersions += 1
            default: try reader.skip()
            }
        }
        guard let id else { throw BulkResponse.Malformed(reason: "a hit without _id") }
        guard !form.hasVersions || hasVersions == 2 else {
            throw BulkResponse.Malformed(reason: "a hit without _seq_no and _primary_term")
        }
        document.id = id
        return document
    }
}
