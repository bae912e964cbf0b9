internal import ReindexCore

/// What the catalogs say of the tables that a plan reads.
struct TableStatistics {
    /// Whether one of them has values that were moved out of its rows.
    let hasLargeValues: Bool
    /// Tables that were never analyzed: estimates of their rows are guesses.
    let neverAnalyzed: [String]

    static func read(
        _ tables: Set<QueryPlan.Table>, on connection: borrowing PostgresConnection
    ) throws(SourceError) -> TableStatistics {
        let names = (try? JSONValue(encoding: Array(tables)).bytes) ?? []
        let list = QueryParameter.text(String(decoding: names, as: UTF8.self))
        let found = try connection.run(Statement(query, [list]), doing: "reading the statistics of the tables")
        var hasLargeValues = false
        var neverAnalyzed: [String] = []
        for row in 0..<found.rowCount {
            if found.isTrue(row, 1) { hasLargeValues = true }
            if found.isTrue(row, 2), let name = found.text(row, 0) { neverAnalyzed.append(name) }
        }
        return TableStatistics(hasLargeValues: hasLargeValues, neverAnalyzed: neverAnalyzed)
    }

    private static let query = """
        select c.oid::pg_catalog.regclass, coalesce(pg_catalog.pg_relation_size(nullif(c.reltoastrelid, 0)) > 0, false),
            c.reltuples < 0 and c.relkind in ('r', 'm')
        from pg_catalog.json_to_recordset($1::pg_catalog.json) as wanted(schema text, name text)
        join pg_catalog.pg_namespace n on n.nspname = wanted.schema
        join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
        order by 1
        """
}
