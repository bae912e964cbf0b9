/// One page of a listing: the answer's own bytes, and where in them each document stands.
package struct IndexPage: Sendable {
    package var bytes: [UInt8]
    package var documents: [Document]
    /// Of everything that was searched; nil where it was not asked for.
    package var total: Int?
    package var scroll: String?
    /// Where the part goes on; nil at its end.
    package var next: ListingCursor?

    package struct Document: Sendable {
        /// Between its quotes, as JSON escapes it.
        package var id: Range<Int>
        package var routing: Range<Int>?
        package var source: Range<Int>?
        /// 0 where it was not asked for.
        package var sequenceNumber: Int64 = 0
        package var primaryTerm: Int64 = 0
        /// What it was sorted by, `_doc`; -1 where it was not sorted.
        package var number = -1
    }

    /// The answer to a search or scroll, read strictly: what is not whole is malformed.
    package init(reading bytes: [UInt8], form: ListingForm) throws(BulkResponse.Malformed) {
        var reader = JSONScanner(bytes)
        var failed: Int?
        var isWhole = true
        var (total, scroll) = (Int?.none, String?.none)
        var found: [Document] = []
        // Few hits are shorter; what is reserved and not used is never touched.
        found.reserveCapacity(min(10_000, bytes.count / 16))
        try reader.object { key, reader throws(BulkResponse.Malformed) in
            switch key {
            case "_scroll_id": scroll = try reader.string()
            case "timed_out", "terminated_early": if try reader.bool() { isWhole = false }
            case "_shards":
                try reader.object { key, reader throws(BulkResponse.Malformed) in
                    if key == "failed" { failed = try reader.integer() } else { try reader.skip() }
                }
            case "hits":
                try reader.object { key, reader throws(BulkResponse.Malformed) in
                    switch key {
                    case "total": total = try Self.total(&reader)
                    case "hits":
                        try reader.array { reader throws(BulkResponse.Malformed) in
                            if !form.hasSource, !form.hasVersions,
                                let id = reader.takeString(after: "{\"_id\":\"", ",\"sort\":[")
                            {
                                let number = try reader.integer()
                                try reader.literal("]")
                                try reader.literal("}")
                                return found.append(Document(id: id, number: number))
                            }
                            found.append(try Self.document(&reader, form))
                        }
                    default: try reader.skip()
                    }
                }
            default: try reader.skip()
            }
        }
        try reader.end()
        guard failed == 0, isWhole else { throw BulkResponse.Malformed(reason: "not all shards answered") }
        (self.bytes, documents, self.total, self.scroll) = (bytes, found, total, scroll)
    }

    private static func total(_ reader: inout JSONScanner) throws(BulkResponse.Malformed) -> Int {
        var total: Int?
        var isExact = false
        try reader.object { key, reader throws(BulkResponse.Malformed) in
            switch key {
            case "value": total = try reader.integer()
            case "relation": isExact = try reader.string() == "eq"
            default: try reader.skip()
            }
        }
        guard let total, isExact else { throw BulkResponse.Malformed(reason: "the hits are not counted") }
        return total
    }

    private static func document(
        _ reader: inout JSONScanner, _ form: ListingForm
    ) throws(BulkResponse.Malformed) -> Document {
        var id: Range<Int>?
        var document = Document(id: 0..<0)
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
            case "sort":
                try reader.array { reader throws(BulkResponse.Malformed) in document.number = try reader.integer() }
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
