/// What a place is in the order that a copy reads in, and whether rows that came are in that order.
package struct RowSequence: Sendable {
    var order: RowOrder
    let encoder: any BatchEncoder
    /// Where no unique index proves the key, neighbours in its order are compared.
    let checksNeighbours: Bool

    package init(order: RowOrder = .key, encoder: any BatchEncoder, checksNeighbours: Bool) {
        self.order = order
        self.encoder = encoder
        self.checksNeighbours = checksNeighbours
    }

    /// Where to go on behind the last place read, or to begin.
    ///
    /// By key with that place: a second row equal to it shows itself. No two rows lie in one physical place.
    func range(behind place: KeyPlace?, of slice: SliceRecord) -> KeyRange {
        let start: KeyRange.Start
        switch (place, slice.from) {
        case (let place?, _): start = order == .key ? .at(place) : .after(place)
        case (nil, let from?): start = .after(from)
        case (nil, nil): start = .beginning
        }
        return KeyRange(start: start, through: slice.through, order: order)
    }

    func place(ofRow row: Int, in fetched: FetchedRows) -> KeyPlace {
        switch order {
        case .key: encoder.place(ofRow: row, in: fetched)
        case .physical: KeyPlace(Self.tuple(ofRow: row, in: fetched.rows) ?? TupleID(block: 0, offset: 0))
        }
    }

    /// Bytes that are equal where places are.
    func identity(ofRow row: Int, in fetched: FetchedRows) -> [UInt8] {
        switch order {
        case .key: encoder.keyIdentity(ofRow: row, in: fetched)
        case .physical: place(ofRow: row, in: fetched).values[0]
        }
    }

    func identity(of place: KeyPlace) -> [UInt8] {
        switch order {
        case .key: encoder.keyIdentity(of: place)
        case .physical: place.values.first ?? []
        }
    }

    /// Looks at the rows behind the one with the identity `last`.
    /// - Throws: `doubledKey`; `unsupported` where rows do not come as they lie, which a place would then not tell.
    func check(_ rows: Range<Int>, of fetched: FetchedRows, after last: [UInt8]?) throws {
        switch order {
        case .key:
            if let last, identity(ofRow: rows.lowerBound, in: fetched) == last {
                throw RunError.doubledKey(encoder.place(ofRow: rows.lowerBound, in: fetched))
            }
            if checksNeighbours, let row = encoder.firstDoubledRow(in: fetched, range: rows) {
                throw RunError.doubledKey(encoder.place(ofRow: row, in: fetched))
            }
        case .physical:
            var before = last.flatMap { TupleID($0) }
            for row in rows {
                let tuple = Self.tuple(ofRow: row, in: fetched.rows)
                guard let tuple, before.map({ $0 < tuple }) ?? true else { throw Self.unordered }
                before = tuple
            }
        }
    }

    /// The `ctid`, which is fetched behind the columns.
    private static func tuple(ofRow row: Int, in rows: any RowStorage) -> TupleID? {
        let field = unsafe rows.field(ofRow: row, column: rows.columnCount - 1)
        guard let start = unsafe field.start, unsafe field.count == 6 else { return nil }
        let bytes = unsafe UnsafeBufferPointer(start: start, count: 6)
        let block = unsafe UInt32(bytes[0]) << 24 | UInt32(bytes[1]) << 16 | UInt32(bytes[2]) << 8 | UInt32(bytes[3])
        return unsafe TupleID(block: block, offset: UInt16(bytes[4]) << 8 | UInt16(bytes[5]))
    }

    private static let unordered = SourceError(
        .unsupported, doing: "reading rows",
        message: "the rows do not come in the order in which they lie in the table",
        hint: "read it in the key's order: source: {order: key}")
}

extension ReindexPlan {
    func sequence(_ order: RowOrder, _ encoder: any BatchEncoder) -> RowSequence {
        RowSequence(order: order, encoder: encoder, checksNeighbours: source.keyProof == .checkedWhileReading)
    }
}
