internal import ReindexCore

/// The collation that a key column is ordered by.
struct KeyCollation: Sendable {
    /// `de-x-icu`, or for the database's default its locale.
    let name: String
    /// Whether only equal bytes are equal.
    let isDeterministic: Bool
    /// The version that the server's library has now, where it has one.
    let actualVersion: String?
    /// The version that indexes were built with.
    let recordedVersion: String?

    /// For the plan's fingerprint: another order makes a place in it meaningless.
    var description: String { actualVersion.map { name + " " + $0 } ?? name }

    /// Whether the library's order changed since the indexes were built.
    var hasChanged: Bool { actualVersion != nil && recordedVersion != nil && actualVersion != recordedVersion }

    static func read(
        _ query: WrappedQuery, on connection: borrowing PostgresConnection
    ) throws(SourceError) -> KeyCollation? {
        let name = try connection.run(Statement(query), doing: "looking for the key")
        guard name.rowCount == 1, let quoted = name.text(0, 0) else { return nil }
        let found = try connection.run(Statement(collationQuery, [.text(quoted)]), doing: doing)
        guard found.rowCount == 1 else { return nil }
        guard found.text(0, 1) == "d" else {
            return KeyCollation(
                name: found.text(0, 0) ?? quoted, isDeterministic: found.isTrue(0, 2), actualVersion: found.text(0, 3),
                recordedVersion: found.text(0, 4))
        }
        // The database's own collation has had a version since PostgreSQL 15.
        let database = try connection.run(
            Statement(connection.serverVersion >= 150_000 ? databaseQuery : databaseQueryBefore15), doing: doing)
        return KeyCollation(
            name: database.text(0, 0) ?? quoted, isDeterministic: true, actualVersion: database.text(0, 1),
            recordedVersion: database.text(0, 2))
    }

    private static let doing = "reading the collation of the key"

    private static let collationQuery = """
        select c.collname, c.collprovider, c.collisdeterministic, pg_catalog.pg_collation_actual_version(c.oid), c.collversion
        from pg_catalog.pg_collation c where c.oid = $1::pg_catalog.regcollation
        """

    private static let databaseQuery = """
        select datcollate, pg_catalog.pg_database_collation_actual_version(oid), datcollversion
        from pg_catalog.pg_database where datname = pg_catalog.current_database()
        """

    private static let databaseQueryBefore15 = """
        select datcollate, null, null from pg_catalog.pg_database where datname = pg_catalog.current_database()
        """
}
