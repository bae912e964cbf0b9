/// Where a row lies in its table's file: PostgreSQL's `ctid`.
package struct TupleID: Sendable, Hashable, Comparable {
    package var block: UInt32
    /// From 1 within the block; 0 is before its first row.
    package var offset: UInt16

    package init(block: UInt32, offset: UInt16) {
        self.block = block
        self.offset = offset
    }

    /// Six bytes, big-endian, so that their order is the rows'. Source: `tidsend` in PostgreSQL's tid.c.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 6 else { return nil }
        block = bytes[..<4].reduce(0) { $0 << 8 | UInt32($1) }
        offset = UInt16(bytes[4]) << 8 | UInt16(bytes[5])
    }

    package var bytes: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: block >> $0) }
            + [8, 0].map { UInt8(truncatingIfNeeded: offset >> $0) }
    }

    package static func < (left: TupleID, right: TupleID) -> Bool {
        (left.block, left.offset) < (right.block, right.offset)
    }
}

extension KeyPlace {
    /// A place in the physical order.
    package init(_ tuple: TupleID) {
        self.init(values: [tuple.bytes], text: ["(\(tuple.block),\(tuple.offset))"])
    }

    /// nil for a place in the key's order.
    package var tuple: TupleID? { values.count == 1 ? TupleID(values[0]) : nil }
}
