/// One connection to the source: a snapshot and a cursor over one range in key order. Implemented by `PostgresRows`.
///
/// Pull only: nothing is read ahead but the one FETCH that travels while its predecessor is used.
/// Blocking work happens on a thread of the reader's own; the methods suspend meanwhile. Not re-entrant.
package protocol RowReader: Sendable {
    /// Opens a cursor, connecting first where needed; a cursor that is open ends.
    /// - Returns: the snapshot for others to join, where a new one was to be exported.
    /// - Throws: `snapshotGone` where nobody holds the snapshot that is to be joined.
    func open(_ range: KeyRange, in snapshot: SnapshotChoice) async throws(SourceError) -> ExportedSnapshot?

    /// What the snapshot sees that this reader took; nil where that is not known.
    func mark() async -> SnapshotMark?

    /// Places that cut a range into `count` parts of about equal rows, in the key's order; fewer or none where that is not
    /// known or not worth it. Any place is right: what is estimated is only how much lies between two of them. Of a part,
    /// which another reader pauses for, it is found within a few seconds or given up with an error.
    func cuts(_ count: Int, of range: KeyRange) async throws(SourceError) -> [KeyPlace]

    /// Which of some keys lie between two others, both included, in the key's own order; a text for each of its columns.
    /// What is no key at all (`abc` of an integer) lies nowhere.
    func lie(
        _ keys: [[String]], from first: [String], through last: [String]
    ) async throws(SourceError) -> [Bool]

    /// The next rows, with the children of each, or nil at the end. Fewer rows than asked for do not mean the end.
    /// - Parameters:
    ///   - rowCount: how many to FETCH; takes effect one FETCH later, because the next one is already on its way.
    ///   - byteCount: where rows may be large they are taken singly, and this many bytes are enough.
    func fetch(rowCount: Int, byteCount: Int) async throws(SourceError) -> FetchedRows?

    /// Ends the transaction and the connection. Safe to call twice, and while a fetch or open is under way, which then ends
    /// soon with an error; so it does where its task is cancelled.
    func close() async
}

extension RowReader {
    package func mark() async -> SnapshotMark? { nil }
}

/// Which snapshot a cursor is to be opened in.
package enum SnapshotChoice: Sendable {
    /// A new one, in a new transaction.
    case new(isExported: Bool)
    /// The one that another reader exported, in a new transaction.
    case exported(ExportedSnapshot)
    /// The one that the reader's transaction is in.
    case own
}

/// A snapshot that others may join as long as the transaction that exported it lasts, and the server that it is of.
package struct ExportedSnapshot: Sendable, Hashable {
    package let id: String
    package let server: ServerAddress

    package init(id: String, server: ServerAddress) {
        self.id = id
        self.server = server
    }
}

/// Where a connection ended up, of all the hosts that its settings may name.
package struct ServerAddress: Sendable, Hashable {
    package let host: String
    /// Empty for a socket in the file system.
    package let hostAddress: String
    package let port: String

    package init(host: String, hostAddress: String, port: String) {
        self.host = host
        self.hostAddress = hostAddress
        self.port = port
    }
}

/// What one FETCH brought: rows, and for each child of the mapping the rows whose parents are among them.
package struct FetchedRows: Sendable {
    package let rows: any RowStorage
    /// In the order of `SourceDescription.children`.
    package let children: [any RowStorage]

    package init(rows: any RowStorage, children: [any RowStorage] = []) {
        self.rows = rows
        self.children = children
    }
}

/// Rows on their way to becoming one bulk body.
package struct RowBatch: Sendable {
    package let fetched: FetchedRows
    /// The first row that counts: 1 where the first was the last of the previous snapshot, otherwise 0.
    package let firstRow: Int
    /// The rows that count end before this one.
    package let endRow: Int
    package let epoch: Epoch
    package let slice: Int
    /// The key of the last row.
    package let end: KeyPlace

    package init(fetched: FetchedRows, firstRow: Int, endRow: Int, epoch: Epoch, slice: Int, end: KeyPlace) {
        self.fetched = fetched
        self.firstRow = firstRow
        self.endRow = endRow
        self.epoch = epoch
        self.slice = slice
        self.end = end
    }

    package var rowCount: Int { endRow - firstRow }
}

/// The external version of every document read in one snapshot: microseconds since 1970, growing within an index.
///
/// Rule 1 of `docs/design.md`: an epoch is allocated and stored first, then its snapshot is taken.
package struct Epoch: Sendable, Hashable, Comparable, Codable {
    package let version: Int64

    package init(version: Int64) { self.version = version }

    package init(from decoder: any Decoder) throws {
        version = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(version)
    }

    package static func < (left: Epoch, right: Epoch) -> Bool { left.version < right.version }
}
