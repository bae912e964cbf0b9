internal import ReindexCore

/// Cuts a range of the key into parts of about equal rows, by a sample of the table's blocks.
///
/// A sample knows what statistics of single columns do not: how the values of a key of several columns go together, and
/// which keys came since the last ANALYZE. It reads some hundred blocks at most, and nothing where the range cannot be cut:
/// the key is not the columns of one table, or a part of the range would cost nearly as much as all of it (a query that
/// groups or sorts everything first).
struct KeySample {
    let shape: SourceShape
    let description: SourceDescription

    /// Rows come by whole blocks, so that what a cut is off hangs on the number of those: a few percent with a thousand.
    private static let wantedBlocks = 1000.0
    private static let blockBytes = 8192.0
    /// Of a table's row, beside its values (manual, "Database Page Layout").
    private static let rowHeaderBytes = 28.0
    /// Sorting more would cost more than a cut that is a little off.
    private static let mostRows = 30_000.0
    private static let leastRows = 2000.0
    private static let doing = "sampling the key"

    func cuts(
        _ count: Int, of range: KeyRange, on connection: borrowing PostgresConnection
    ) throws(SourceError) -> [KeyPlace] {
        guard let origin = shape.keyOrigin, count > 1, !description.mayHoldNullKeys else { return [] }
        let rows = max(origin.rowCount, Double(description.estimatedRows ?? 0), 1)
        let percent = min(100, 100 * wantedRows / rows)
        // A part of the table has to be worth another cursor; how small the whole may be, who asks decides.
        let leastRows = range == .all ? 0 : Self.leastRows * Double(count) * percent / 100
        let query = Self.query(origin, percent: percent, count: count, range: range, leastRows: Int(leastRows))
        let sample = try connection.run(
            Statement(query, shape.rows.parameters(range), isBinary: true), doing: Self.doing)
        let places = (0..<sample.rowCount).map { place(of: sample, $0) }
        guard let middle = places.isEmpty ? nil : places.count / 2 else { return [] }
        let part = KeyRange(
            start: .after(places[middle]), through: middle + 1 < places.count ? places[middle + 1] : range.through)
        return try isWorthIt(part, of: range, count: places.count + 1, on: connection) ? places : []
    }

    /// What a thousand blocks hold, judged by the width that the planner expects; wide values may lie out of line.
    private var wantedRows: Double {
        let rowBytes = Double(description.estimatedRowWidth ?? 0) + Self.rowHeaderBytes
        return min(Self.mostRows, Self.wantedBlocks * max(1, Self.blockBytes / rowBytes))
    }

    /// Whether the planner expects a part to cost about its share; what is less than that counts as noise.
    private func isWorthIt(
        _ part: KeyRange, of range: KeyRange, count: Int, on connection: borrowing PostgresConnection
    ) throws(SourceError) -> Bool {
        func cost(_ range: KeyRange) throws(SourceError) -> Double {
            let query = shape.rows.ordered(range)
            return try QueryPlan.ofCursor(query, shape.rows.parameters(range), on: connection).cost
        }
        let (whole, one) = (try cost(range), try cost(part))
        return one <= whole * min(0.7, 3 / Double(count)) + 1000
    }

    /// Binary values of the key, then the same as text.
    private func place(of rows: ResultRows, _ row: Int) -> KeyPlace {
        let keyCount = shape.rows.keyColumns.count
        let values = rows.values(ofRow: row)
        return KeyPlace(
            values: values.prefix(keyCount).map { $0 },
            text: values.dropFirst(keyCount).map { String(decoding: $0, as: UTF8.self) })
    }

    private static func query(_ origin: KeyOrigin, percent: Double, count: Int, range: KeyRange, leastRows: Int)
        -> String
    {
        let names = origin.columns.indices.map { "k\($0)" }
        let list = names.joined(separator: ", ")
        let columns = origin.columns.map { "sampled.\($0)" }
        let named = zip(columns, names).map { "\($0) as \($1)" }.joined(separator: ", ")
        let bounds = RowSelect.bounds(of: range, key: columns.joined(separator: ", "), columnCount: columns.count)
        let conditions = columns.map { "\($0) is not null" } + bounds
        return """
            select \(list), \(names.map { "\($0)::pg_catalog.text" }.joined(separator: ", ")) from (
                select \(list), pg_catalog.row_number() over (order by \(list)) as n, pg_catalog.count(*) over () as m
                from (
                    select distinct \(named) from \(origin.table) as sampled
                    tablesample system (\(percent)) repeatable (1) where \(conditions.joined(separator: " and "))
                ) as keys
            ) as numbered
            where n < m and m >= \(leastRows) and n * \(count) / m <> (n - 1) * \(count) / m order by n
            """
    }
}

extension ResultRows {
    /// The bytes of a row's values; a null is empty.
    func values(ofRow row: Int) -> [[UInt8]] {
        unsafe withUnsafeTemporaryAllocation(of: FieldBytes.self, capacity: max(columnCount, 1)) { fields in
            guard let base = fields.baseAddress else { return [] }
            unsafe copyFields(ofRow: row, to: base)
            return (0..<columnCount).map { column in
                let field = unsafe fields[column]
                return unsafe field.start.map { unsafe [UInt8](UnsafeBufferPointer(start: $0, count: field.count)) }
                    ?? []
            }
        }
    }
}
