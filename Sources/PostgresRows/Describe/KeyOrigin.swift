internal import ReindexCore

/// The table whose plain columns are the key's, whatever query they came through.
struct KeyOrigin: Sendable {
    /// Schema and name, quoted.
    let table: String
    /// `r`, `p` or `m`: a table, a partitioned one, a materialized view.
    let kind: String
    /// Quoted, in the key's order.
    let columns: [String]
    /// As of the last ANALYZE; 0 where there was none.
    let rowCount: Double

    /// - Parameter key: the described columns of the key, in its order.
    /// - Returns: nil where they are not columns of one table that can be sampled.
    static func read(
        _ key: [ResultColumn], on connection: borrowing PostgresConnection
    ) throws(SourceError) -> KeyOrigin? {
        guard let table = key.first?.table, table != 0, key.allSatisfy({ $0.table == table }) else { return nil }
        let numbers = "{" + key.map { String($0.tableColumn) }.joined(separator: ",") + "}"
        let found = try connection.run(
            Statement(query, [.text(String(table)), .text(numbers)]), doing: "looking for the key's table")
        guard found.rowCount == key.count, let name = found.text(0, 0), let kind = found.text(0, 1) else { return nil }
        let rowCount = found.text(0, 3).flatMap(Double.init) ?? 0
        return KeyOrigin(
            table: name, kind: kind, columns: (0..<found.rowCount).compactMap { found.text($0, 2) },
            rowCount: max(0, rowCount))
    }

    private static let query = """
        select pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind, pg_catalog.quote_ident(a.attname), c.reltuples
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        cross join lateral pg_catalog.unnest($2::pg_catalog.int2[]) with ordinality as key(number, place)
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = key.number
        where c.oid = $1::pg_catalog.oid and c.relkind in ('r', 'p', 'm')
        order by key.place
        """
}
