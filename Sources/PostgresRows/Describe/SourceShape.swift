internal import ReindexCore

/// The mapping's texts as the server understands them: their columns with types, and the statements that read them.
///
/// Made once to describe the source and again by each reader, which so notices when a column changed in between.
struct SourceShape: Sendable {
    let table: SourceTable?
    let rows: RowSelect
    let children: [ChildSelect]
    /// The collation of each key column that has one, by its index in the key.
    let collations: [Int: KeyCollation]
    /// The table that the key's columns are columns of; nil where they are not of one table.
    let keyOrigin: KeyOrigin?

    static func resolve(
        _ rules: SourceRules, children: [DocumentRules.ChildRule], actionColumns: Set<String>,
        on connection: borrowing PostgresConnection
    ) throws(SourceError) -> SourceShape {
        var catalog = TypeCatalog()
        let (table, text) = try source(rules.rows, on: connection)
        let doing = "describing the query"
        let found = try columns(of: text, isUserText: table == nil, parameters: [], doing: doing, on: connection)
        try catalog.load(found.map(\.type), on: connection)
        let columns = catalog.columns(found)
        let keyColumns = try key(rules.key, among: columns)
        let keyTypes = keyColumns.map { catalog.underlying(found[$0].type) }
        let rows = RowSelect(
            text: text, isUserText: table == nil,
            plainTable: table.flatMap { $0.kind == "r" && !$0.hasInheritingTables ? $0.sqlName : nil },
            columns: columns, keyColumns: keyColumns, keyTypes: keyTypes,
            keyArrayTypes: keyTypes.map { catalog[$0]?.array ?? .inferred },
            actionColumns: Set(columns.indices.filter { actionColumns.contains(columns[$0].name) } + keyColumns),
            casts: columns.indices.map { keyColumns.contains($0) ? nil : ColumnRule(for: columns[$0].type).fetchCast })
        var collations: [Int: KeyCollation] = [:]
        for index in keyColumns.indices where columns[keyColumns[index]].type.isCollatable {
            collations[index] = try KeyCollation.read(rows.collation(ofKey: index), on: connection)
        }
        let haveOneForm = keyColumns.indices.allSatisfy { index in
            columns[keyColumns[index]].type.hasOneBinaryForm && collations[index]?.isDeterministic ?? true
        }
        var selects: [ChildSelect] = []
        for child in children {
            selects.append(
                try Self.child(
                    child, of: rows, keysHaveOneForm: haveOneForm, catalog: &catalog, on: connection))
        }
        return SourceShape(
            table: table, rows: rows, children: selects, collations: collations,
            keyOrigin: try KeyOrigin.read(keyColumns.map { found[$0] }, on: connection))
    }

    private static func source(
        _ rows: SourceRules.Rows, on connection: borrowing PostgresConnection
    ) throws(SourceError) -> (SourceTable?, String) {
        switch rows {
        case .query(let text):
            return (nil, text)
        case .table(let name):
            let table = try SourceTable.named(name, on: connection)
            return (table, "select * from \(table.sqlName)")
        }
    }

    /// Prepares the text by itself, so that the server's words are about the user's text alone, and then wrapped, so that
    /// what is no query (a second statement, INSERT, SHOW) and a semicolon at the end are refused.
    private static func columns(
        of text: String, isUserText: Bool, parameters: [TypeOID], doing: String,
        on connection: borrowing PostgresConnection
    ) throws(SourceError) -> [ResultColumn] {
        let alone = WrappedQuery(prefix: "", text: isUserText ? text : "", suffix: isUserText ? "" : text)
        let described = try connection.describe(alone, parameters: parameters, doing: doing)
        guard described.parameterCount <= parameters.count else {
            let limit = parameters.isEmpty ? "no parameter" : "no more than $\(parameters.count)"
            throw SourceError(
                .query(position: nil), doing: doing,
                message: "the query uses $\(described.parameterCount), but there is \(limit)", sqlState: "42P02")
        }
        let columns = described.columns
        guard !columns.isEmpty else {
            throw SourceError(.query(position: nil), doing: doing, message: "the query yields no columns")
        }
        let wrapped = WrappedQuery(
            prefix: "select from (\n", text: alone.text, suffix: alone.suffix + "\n) as reindex_rows")
        do throws(SourceError) {
            _ = try connection.describe(wrapped, parameters: parameters, doing: doing)
        } catch {
            guard error.sqlState == "42601", case .query(let position) = error.kind else { throw error }
            let scalars = text.unicodeScalars
            let isSemicolon = position.map { scalars.dropFirst($0 - 1).first == ";" } ?? false
            throw SourceError(
                .query(position: isSemicolon ? position : 1), doing: doing,
                message: isSemicolon
                    ? "the query ends with a semicolon" : "only a query can be read: select, values, with",
                sqlState: error.sqlState, hint: isSemicolon ? "leave the semicolon out" : nil)
        }
        var names: Set<String> = []
        for column in columns where !names.insert(column.name).inserted {
            throw SourceError(
                .unsupported, doing: doing, message: "two columns are named \(column.name)",
                hint: "list the columns, and rename one of them with AS")
        }
        return columns
    }

    private static func key(_ names: [String], among columns: [Column]) throws(SourceError) -> [Int] {
        let doing = "looking for the key"
        var key: [Int] = []
        for name in names {
            guard let index = columns.firstIndex(where: { $0.name == name }) else {
                throw SourceError(
                    .key(name), doing: doing, message: "the query yields no column \(name)",
                    hint: name.nearest(among: columns.map(\.name)).map { "is it \($0)?" })
            }
            guard !key.contains(index) else {
                throw SourceError(.key(name), doing: doing, message: "the key names \(name) twice")
            }
            guard KeyType.isAccepted(columns[index].type) else {
                let type = columns[index].type.displayName
                throw SourceError(
                    .key(name), doing: doing, message: "a column of type \(type) cannot be a key",
                    hint: "these can: \(KeyType.accepted.joined(separator: ", ")), and enums")
            }
            key.append(index)
        }
        guard !key.isEmpty else { throw SourceError(.key(""), doing: doing, message: "the key names no column") }
        return key
    }

    private static func child(
        _ rule: DocumentRules.ChildRule, of rows: RowSelect, keysHaveOneForm: Bool, catalog: inout TypeCatalog,
        on connection: borrowing PostgresConnection
    ) throws(SourceError) -> ChildSelect {
        let doing = "describing child \(rule.name)"
        let found = try columns(
            of: rule.query, isUserText: true, parameters: rows.keyArrayTypes, doing: doing, on: connection)
        try catalog.load(found.map(\.type), on: connection)
        var parentColumns: [Int] = []
        for name in rule.parent {
            guard let index = found.firstIndex(where: { $0.name == name }) else {
                throw SourceError(
                    .query(position: nil), doing: doing, message: "the query yields no column \(name)",
                    sqlState: "42703",
                    hint: name.nearest(among: found.map(\.name)).map { "is it \($0)?" })
            }
            parentColumns.append(index)
        }
        guard parentColumns.count == rows.keyColumns.count else {
            throw SourceError(
                .query(position: nil), doing: doing,
                message: "the key has \(rows.keyColumns.count) columns and the child's parent \(parentColumns.count)")
        }
        let columns = catalog.columns(found)
        let parentCasts = zip(parentColumns, rows.keyTypes).map { column, type in
            catalog.underlying(found[column].type) == type ? nil : catalog[type]?.sqlName
        }
        let select = ChildSelect(
            description: ChildDescription(name: rule.name, columns: columns, parentColumns: parentColumns),
            text: rule.query, casts: columns.map { ColumnRule(for: $0.type).fetchCast }, parentCasts: parentCasts,
            keysHaveOneForm: keysHaveOneForm)
        // Casts and comparisons with the key are ours: that they are possible is tried here.
        _ = try connection.describe(select.statement, parameters: rows.keyArrayTypes, doing: doing)
        return select
    }
}
