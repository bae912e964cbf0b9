internal import ReindexCore

extension ServerDescription {
    /// What the server says of itself; what this role may not read stays nil.
    /// - Throws: `unsupported` where the server is too old or its text is in no known encoding.
    static func read(on connection: borrowing PostgresConnection) throws(SourceError) -> ServerDescription {
        let doing = "asking the server about itself"
        let found = try connection.run(Statement(query), doing: doing)
        var description = ServerDescription(
            version: found.text(0, 0) ?? "", versionNumber: found.number(0, 1) ?? connection.serverVersion,
            database: found.text(0, 2) ?? "", systemIdentifier: nil, encoding: found.text(0, 3) ?? "",
            isReplica: found.isTrue(0, 4), collationVersions: [:])
        if found.isTrue(0, 5) {
            let control = try connection.run(
                Statement("select system_identifier from pg_catalog.pg_control_system()"), doing: doing)
            description.systemIdentifier = control.text(0, 0)
        }
        return description
    }

    /// - Throws: `unsupported`, before anything else is asked of the server.
    static func check(_ connection: borrowing PostgresConnection) throws(SourceError) {
        let version = connection.serverVersion
        guard version >= 140_000 else {
            let name = version >= 100_000 ? "\(version / 10_000)" : "\(version / 10_000).\(version / 100 % 100)"
            throw SourceError(
                .unsupported, doing: "connecting", message: "PostgreSQL \(name) is too old",
                hint: "14 or later is needed")
        }
        // It would hand over whatever bytes there are, and JSON is UTF-8.
        if connection.reported("server_encoding") == "SQL_ASCII" {
            throw SourceError(
                .unsupported, doing: "connecting",
                message: "the database's encoding is SQL_ASCII: its text is of no known encoding",
                hint: "a database in UTF8, or in any encoding that PostgreSQL converts to it, is needed")
        }
    }

    private static let query = """
        select pg_catalog.current_setting('server_version'), pg_catalog.current_setting('server_version_num'),
            pg_catalog.current_database(), pg_catalog.current_setting('server_encoding'), pg_catalog.pg_is_in_recovery(),
            pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute')
        """
}
