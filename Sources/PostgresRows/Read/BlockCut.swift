internal import ReindexCore

/// Cuts a table's file, or a part of it, into parts of as many blocks each.
struct BlockCut {
    let shape: SourceShape

    /// Less is not worth another cursor: half a megabyte.
    private static let leastBlocks = 64

    func cuts(
        _ count: Int, of range: KeyRange, on connection: borrowing PostgresConnection
    ) throws(SourceError) -> [KeyPlace] {
        guard count > 1, let table = shape.table else { return [] }
        let first: Int
        switch range.start {
        case .beginning: first = 0
        case .at(let place), .after(let place): first = Int(place.tuple?.block ?? 0)
        }
        let end: Int
        if let through = range.through?.tuple { end = Int(through.block) } else { end = try blocks(table, connection) }
        guard end - first >= (range.isWhole ? count : count * Self.leastBlocks) else { return [] }
        // Nothing lies at offset 0: what is before a block ends there.
        return (1..<count).map { number in
            KeyPlace(TupleID(block: UInt32(first + (end - first) * number / count), offset: 0))
        }
    }

    private func blocks(
        _ table: SourceTable, _ connection: borrowing PostgresConnection
    ) throws(SourceError) -> Int {
        let query = """
            select pg_catalog.pg_relation_size($1::pg_catalog.oid)
                / pg_catalog.current_setting('block_size')::pg_catalog.int8
            """
        let found = try connection.run(Statement(query, [.text(table.oid)]), doing: "counting the table's blocks")
        return found.number(0, 0) ?? 0
    }
}
