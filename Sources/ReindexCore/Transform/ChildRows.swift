/// The rows of one child query of a batch, in a list for each parent row, in the query's order.
///
/// Made once a batch: the parents' keys go into a hash table, each child row is looked up and put at the end of its
/// parent's list. Child rows without a parent in the batch belong to none.
struct ChildRows {
    let rows: any RowStorage
    private var heads: [Int32]
    private var tails: [Int32]
    private var followers: [Int32]

    /// Groups the rows by the identity of the parent's key, which is `identities[parent row]`.
    init(_ rows: any RowStorage, key: RowKey, parents: KeyTable) {
        self.rows = rows
        heads = [Int32](repeating: -1, count: parents.count)
        tails = heads
        followers = [Int32](repeating: -1, count: rows.rowCount)
        var identity: [UInt8] = []
        let fields = UnsafeMutablePointer<FieldBytes>.allocate(capacity: max(rows.columnCount, 1))
        defer { unsafe fields.deallocate() }
        for row in 0..<rows.rowCount {
            unsafe rows.copyFields(ofRow: row, to: fields)
            identity.removeAll(keepingCapacity: true)
            unsafe key.appendIdentity(of: fields, to: &identity)
            guard let parent = parents.index(of: identity) else { continue }
            if tails[parent] < 0 { heads[parent] = Int32(row) } else { followers[Int(tails[parent])] = Int32(row) }
            tails[parent] = Int32(row)
        }
    }

    /// The first child of a parent, or -1.
    func first(ofParent parent: Int) -> Int { Int(heads[parent]) }

    /// The child behind a child of the same parent, or -1.
    func next(after row: Int) -> Int { Int(followers[row]) }
}

/// The identities of a batch's keys, to be found by their bytes. Open addressing; equal keys keep the first place.
struct KeyTable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var slots: [Int32]
    private let mask: Int

    var count: Int { ends.count }

    init(_ key: RowKey, of rows: any RowStorage) {
        var size = 16
        while size < rows.rowCount * 2 { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        mask = size - 1
        let fields = UnsafeMutablePointer<FieldBytes>.allocate(capacity: max(rows.columnCount, 1))
        defer { unsafe fields.deallocate() }
        for row in 0..<rows.rowCount {
            unsafe rows.copyFields(ofRow: row, to: fields)
            let begin = bytes.count
            unsafe key.appendIdentity(of: fields, to: &bytes)
            ends.append(bytes.count)
            let slot = slot(of: bytes[begin...])
            if slots[slot] < 0 { slots[slot] = Int32(row) }
        }
    }

    func index(of identity: [UInt8]) -> Int? {
        let found = slots[slot(of: identity[...])]
        return found < 0 ? nil : Int(found)
    }

    /// Where an identity is, or the empty slot where it would be.
    private func slot(of identity: ArraySlice<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in identity { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var slot = Int(truncatingIfNeeded: hash ^ hash >> 29) & mask
        while slots[slot] >= 0 {
            let row = Int(slots[slot])
            let begin = row == 0 ? 0 : ends[row - 1]
            if bytes[begin..<ends[row]].elementsEqual(identity) { return slot }
            slot = (slot + 1) & mask
        }
        return slot
    }
}
