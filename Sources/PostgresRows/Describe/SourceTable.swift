internal import ReindexCore

/// The table that a mapping names, as the catalogs know it.
struct SourceTable {
    let oid: String
    /// Schema and name, quoted.
    let sqlName: String
    /// `r`, `p`, `v`, `m`, `f`: table, partitioned table, view, materialized view, foreign table.
    let kind: String
    /// Tables that inherit from it (without being partitions): their rows are read too, and its indexes do not cover them.
    let hasInheritingTables: Bool

    /// Looks the name up as SQL would: unquoted parts in lower case, without a schema by the search path.
    /// - Throws: `query` where there is no such table, with the nearest name as hint.
    static func named(_ name: String, on connection: borrowing PostgresConnection) throws(SourceError) -> SourceTable {
        let found: ResultRows
        do throws(SourceError) {
            found = try connection.run(Statement(query, [.text(name)]), doing: doing)
        } catch {
            // to_regclass raises an error for what is no name at all: `a b`, `a.b.c.d`, an open quote.
            guard case .query = error.kind else { throw error }
            throw SourceError(.query(position: nil), doing: doing, message: error.message, sqlState: error.sqlState)
        }
        guard found.rowCount == 1, let oid = found.text(0, 0), let sqlName = found.text(0, 1) else {
            let names = try connection.run(Statement(allNames), doing: doing)
            let all = (0..<names.rowCount).compactMap { names.text($0, 0) }
            throw SourceError(
                .query(position: nil), doing: doing, message: "there is no table \(name)", sqlState: "42P01",
                hint: name.nearest(among: all).map { "is it \($0)?" })
        }
        let kind = found.text(0, 2) ?? "r"
        guard "rpvmf".contains(kind) else {
            throw SourceError(.query(position: nil), doing: doing, message: "\(name) is not a table", sqlState: "42809")
        }
        return SourceTable(oid: oid, sqlName: sqlName, kind: kind, hasInheritingTables: found.isTrue(0, 3))
    }

    private static let doing = "looking for the table"

    private static let query = """
        select c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind,
            c.relkind = 'r' and exists (select from pg_catalog.pg_inherits i where i.inhparent = c.oid)
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.oid = pg_catalog.to_regclass($1)
        """

    /// As the user would write them: without a schema where the search path finds them.
    private static let allNames = """
        select c.oid::pg_catalog.regclass from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
        limit 5000
        """
}
