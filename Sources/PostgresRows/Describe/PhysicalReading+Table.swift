internal import ReindexCore

extension PhysicalReading {
    /// - Parameters:
    ///   - table: nil for a query.
    ///   - key: the key's first column.
    static func read(
        _ table: SourceTable?, key: String, server: ServerDescription, on connection: borrowing PostgresConnection
    ) throws(SourceError) -> PhysicalReading {
        guard let table else { return .impossible(reason: "the rows are those of a query and not of one table") }
        guard table.kind == "r", !table.hasInheritingTables else {
            return .impossible(reason: "\(table.sqlName) is not one plain table")
        }
        guard server.versionNumber >= 140_000 else {
            return .impossible(reason: "PostgreSQL \(server.version) reads no ranges of blocks; 14 does")
        }
        let found = try connection.run(
            Statement(query, [.text(table.oid), .text(key)]), doing: "looking at the table's file")
        guard found.rowCount == 1, found.isTrue(0, 4) else {
            return .impossible(reason: "\(table.sqlName) has no blocks: another table access method keeps it")
        }
        guard found.isTrue(0, 5) else {
            return .impossible(reason: "this role may read columns of \(table.sqlName), and not the whole of it")
        }
        guard let bytes = found.number(0, 0), let cache = found.number(0, 1), let node = found.text(0, 2) else {
            return .impossible(reason: "the file of \(table.sqlName) is not known")
        }
        return .possible(
            TableExtent(
                byteCount: bytes, cacheByteCount: cache, fileNode: node,
                correlation: found.text(0, 3).flatMap(Double.init)))
    }

    private static let query = """
        select pg_catalog.pg_relation_size(c.oid),
            pg_catalog.pg_size_bytes(pg_catalog.current_setting('effective_cache_size')),
            pg_catalog.pg_relation_filenode(c.oid), s.correlation, coalesce(m.amname = 'heap', false),
            pg_catalog.has_table_privilege(c.oid, 'select')
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        left join pg_catalog.pg_am m on m.oid = c.relam
        left join pg_catalog.pg_stats s
            on s.schemaname = n.nspname and s.tablename = c.relname and s.attname = $2 and not s.inherited
        where c.oid = $1::pg_catalog.oid
        """
}
