package import ReindexCore

/// The rows of one mapping in PostgreSQL: what they look like, one of them, and readers of all of them.
///
/// SELECT rights are enough. Nothing is read but in `REPEATABLE READ READ ONLY` transactions.
package struct PostgresSource: Sendable {
    let settings: PostgresSettings
    let rules: SourceRules
    let children: [DocumentRules.ChildRule]
    /// What `_id`, routing and version are made of, besides the key.
    let actionColumns: Set<String>
    /// `catch_up.changed_at`.
    let changedAt: String?
    let snapshot: Snapshot

    package init(
        settings: PostgresSettings, rules: SourceRules, children: [DocumentRules.ChildRule],
        actionColumns: Set<String> = [], changedAt: String? = nil
    ) {
        self.settings = settings
        self.rules = rules
        self.children = children
        self.actionColumns = actionColumns
        self.changedAt = changedAt
        snapshot = Snapshot(searchPath: SearchPath(), watchesTransactions: changedAt != nil)
    }

    /// Asks the server for the columns, the key, the plan and itself. Blocks a thread of its own meanwhile.
    package func describe() async throws(SourceError) -> SourceDescription {
        let thread = ReaderThread()
        defer { thread.stop() }
        return try await thread.run { () throws(SourceError) in try describeBlocking() }
    }

    /// The row of one key with its children, for `preview`: nil where there is none.
    /// - Parameter key: one text a key column, in the key's order, as the server reads the column's type.
    package func row(atKey key: [String]) async throws(SourceError) -> FetchedRows? {
        let thread = ReaderThread()
        defer { thread.stop() }
        return try await thread.run { () throws(SourceError) in try readRow(atKey: key) }
    }

    /// A reader with a connection of its own. The description is what `describe` returned: a reader that finds other
    /// columns refuses to read.
    package func reader(_ description: SourceDescription) -> PostgresRowReader {
        PostgresRowReader(session: ReadingSession(source: self, description: description))
    }

    /// For `guard.postgres`.
    package var loadProbe: PostgresLoadProbe { PostgresLoadProbe(settings: settings) }

    func shape(on connection: borrowing PostgresConnection) throws(SourceError) -> SourceShape {
        try SourceShape.resolve(rules, children: children, actionColumns: actionColumns, on: connection)
    }

    private func readRow(atKey key: [String]) throws(SourceError) -> FetchedRows? {
        let doing = "reading one row"
        let connection = try PostgresConnection.open(settings)
        try ServerDescription.check(connection)
        try snapshot.begin(on: connection)
        let shape = try shape(on: connection)
        guard key.count == shape.rows.keyColumns.count else {
            let names = shape.rows.keyColumns.map { shape.rows.columns[$0].name }.joined(separator: ", ")
            throw SourceError(.key(names), doing: doing, message: "\(key.count) values were given for the key \(names)")
        }
        let values = zip(key, shape.rows.keyTypes).map { QueryParameter.text($0, type: $1) }
        let rows = try connection.run(Statement(shape.rows.one, values, isBinary: true), doing: doing)
        guard rows.rowCount > 0 else { return nil }
        let keys = shape.rows.keyArrays(of: rows)
        var children: [any RowStorage] = []
        for child in shape.children {
            children.append(
                try connection.run(
                    Statement(child.statement, keys, isBinary: true), doing: "reading child \(child.description.name)"))
        }
        return FetchedRows(rows: rows, children: children)
    }
}
