internal import ReindexCore

extension SourceDescription.KeyProof {
    /// A unique index that proves a table's key: valid, complete, immediate, over no more columns than the key's, in the
    /// columns' own collations, all of the key's columns NOT NULL.
    /// - Throws: `key` with what is missing.
    static func read(
        _ table: SourceTable, key: [String], on connection: borrowing PostgresConnection
    ) throws(SourceError) -> SourceDescription.KeyProof {
        let doing = "looking for a unique index over the key"
        let joined = key.joined(separator: ", ")
        func refusal(_ column: String, _ message: String, hint: String?) -> SourceError {
            SourceError(.key(column), doing: doing, message: message, hint: hint)
        }
        guard table.kind == "r" || table.kind == "p" else {
            throw refusal(
                joined, "\(table.sqlName) is not a table: no index can prove its key",
                hint: "read it with query: select * from \(table.sqlName)")
        }
        guard !table.hasInheritingTables else {
            throw refusal(
                joined, "other tables inherit from \(table.sqlName), and no index covers them all",
                hint: "read it with query: select * from only \(table.sqlName)")
        }
        let names = (try? JSONValue(encoding: key).bytes) ?? []
        let parameters = [QueryParameter.text(table.oid), .text(String(decoding: names, as: UTF8.self))]
        let found = try connection.runTogether(
            [Statement(nullableQuery, parameters), Statement(indexQuery, parameters)], doing: doing)
        let (nullable, index) = (found[0], found[1])
        if nullable.rowCount > 0, let column = nullable.text(0, 0) {
            throw refusal(column, "\(column) may be null", hint: "a key needs NOT NULL columns")
        }
        guard index.rowCount > 0, let name = index.text(0, 0) else {
            throw refusal(
                joined, "no unique index over \(joined)",
                hint: "a valid unique index over columns of the key alone, without a condition and not deferrable")
        }
        return .uniqueIndex(name)
    }

    private static let keyColumns = """
        with key as (
            select a.* from pg_catalog.pg_attribute a
            where a.attrelid = $1::pg_catalog.oid and a.attnum > 0 and not a.attisdropped
                and a.attname in (select name from pg_catalog.json_array_elements_text($2::pg_catalog.json) as names(name))
        )
        """

    private static let nullableQuery = keyColumns + " select attname from key where not attnotnull order by attnum"

    // An index of another collation than its column's may hold two values apart that the column's order calls equal,
    // unless equal means equal bytes in both.
    private static let indexQuery =
        keyColumns + """
             select c.relname from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
            where i.indrelid = $1::pg_catalog.oid and i.indisunique and i.indisvalid and i.indisready and i.indimmediate
                and i.indpred is null and i.indexprs is null
                and not exists (
                    select from pg_catalog.generate_series(0, i.indnkeyatts - 1) as place
                    left join key on key.attnum = i.indkey[place]
                    left join pg_catalog.pg_collation k on k.oid = key.attcollation
                    where key.attnum is null
                        or (i.indcollation[place] <> key.attcollation and not coalesce(k.collisdeterministic, true)))
            order by i.indisprimary desc, i.indnkeyatts desc, c.relname limit 1
            """
}
