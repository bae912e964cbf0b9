internal import ReindexCore

/// The statement that reads the mapping's rows: the user's text wrapped, never edited.
///
/// ```sql
/// select reindex_rows."id", reindex_rows."shape"::text from (
/// <the user's text>
/// ) as reindex_rows where (reindex_rows."id") >= ($1) order by reindex_rows."id"
/// ```
/// The newline behind the user's text keeps a `--` comment at its end from swallowing what follows.
struct RowSelect: Sendable {
    /// The user's query, or `select * from` the table.
    let text: String
    let isUserText: Bool
    /// Schema and name, quoted, where the rows are those of one table's file.
    let plainTable: String?
    let columns: [Column]
    /// Indexes into `columns`, in the key's order.
    let keyColumns: [Int]
    /// The types that places are bound with, in the key's order: without domains.
    let keyTypes: [TypeOID]
    /// What arrays of the key's columns are bound with, for children.
    let keyArrayTypes: [TypeOID]
    /// What the line before a document is made of.
    let actionColumns: Set<Int>
    /// The type that a column is fetched as, where its own has no binary form that we read.
    let casts: [String?]

    /// All rows, in the key's order.
    var all: WrappedQuery { ordered(where: "") }

    /// The one row of a key.
    var one: WrappedQuery { ordered(where: " where \(comparison("=", firstParameter: 1))") }

    /// The rows of a range, in its order; its places are the parameters: see ``parameters(_:)``.
    func ordered(_ range: KeyRange) -> WrappedQuery {
        switch range.order {
        case .key: keyed(range)
        case .physical: physical(range)
        }
    }

    /// A TID range scan: blocks are read one after the other, and rows come as they lie. The `ctid` comes behind the columns.
    ///
    /// From the table itself, for a subquery hides its `ctid`.
    private func physical(_ range: KeyRange) -> WrappedQuery {
        let place = "reindex_rows.ctid"
        var bounds = Self.bounds(of: range, key: place, columnCount: 1)
        if range.start == .beginning { bounds.append("\(place) >= '(0,0)'") }
        if case .changed(.transaction(let first, _)) = range.selection {
            bounds.append(
                "(reindex_rows.xmin::text::int8 - \(first & 0xFFFF_FFFF) + 4294967296) % 4294967296 < 2147483648")
        }
        let list = fetchedList(range.selection) + [place]
        return WrappedQuery(
            prefix: "select \(list.joined(separator: ", ")) from ", text: "",
            suffix: "\(plainTable ?? text) as reindex_rows where " + bounds.joined(separator: " and "))
    }

    private func keyed(_ range: KeyRange) -> WrappedQuery {
        var bounds = Self.bounds(of: range, key: keyList, columnCount: keyColumns.count)
        if case .changed(.time(let expression, _)) = range.selection {
            let count = bounds.count * keyColumns.count
            bounds.append("((\n\(expression)\n) >= $\(count + 1) or (\n\(expression)\n) is null)")
        }
        if case .between = range.selection {
            let count = bounds.count * keyColumns.count
            bounds.append(Self.comparison(keyList, ">=", firstParameter: count + 1, columnCount: keyColumns.count))
            bounds.append(
                Self.comparison(
                    keyList, "<=", firstParameter: count + keyColumns.count + 1, columnCount: keyColumns.count))
        }
        return select(
            list: fetchedList(range.selection),
            where: bounds.isEmpty ? "" : " where " + bounds.joined(separator: " and "),
            suffix: " order by \(keyList)")
    }

    /// What is not needed is a constant null of the column's type, so that an index alone may answer.
    private func fetchedList(_ selection: RowSelection) -> [String] {
        columns.indices.map { index in
            if selection != .keys || actionColumns.contains(index) {
                return Self.fetched(columns[index], as: casts[index])
            }
            let null = "case when false then \(Self.name(columns[index])) end"
            return casts[index].map { "(\(null))::\($0)" } ?? null
        }
    }

    private func ordered(where condition: String) -> WrappedQuery {
        select(list: zip(columns, casts).map(Self.fetched), where: condition, suffix: " order by \(keyList)")
    }

    /// Whether a row has a null in its key.
    var nullKey: WrappedQuery {
        let isNull = keyColumns.map { Self.name(columns[$0]) + " is null" }.joined(separator: " or ")
        let inner = select(list: [], where: " where " + isNull, suffix: ")")
        return inner.preceded(by: "select exists (")
    }

    /// Names the collation of a key column: quoted as SQL, `"default"` for the database's.
    func collation(ofKey index: Int) -> WrappedQuery {
        let inner = select(list: [Self.name(columns[keyColumns[index]])], where: "", suffix: " limit 0))")
        return inner.preceded(by: "select pg_catalog.pg_collation_for((")
    }

    private var keyList: String { keyColumns.map { Self.name(columns[$0]) }.joined(separator: ", ") }

    private func select(list: [String], where condition: String, suffix: String) -> WrappedQuery {
        WrappedQuery(
            prefix: "select \(list.joined(separator: ", ")) from (\n", text: text,
            suffix: "\n) as reindex_rows" + condition + suffix)
    }

    private func comparison(_ sign: String, firstParameter: Int) -> String {
        Self.comparison(keyList, sign, firstParameter: firstParameter, columnCount: keyColumns.count)
    }

    /// The conditions of a range, on the columns in `key`.
    static func bounds(of range: KeyRange, key: String, columnCount: Int) -> [String] {
        var bounds: [String] = []
        switch range.start {
        case .beginning: break
        case .at: bounds.append(comparison(key, ">=", firstParameter: 1, columnCount: columnCount))
        case .after: bounds.append(comparison(key, ">", firstParameter: 1, columnCount: columnCount))
        }
        if range.through != nil {
            let first = bounds.isEmpty ? 1 : 1 + columnCount
            bounds.append(comparison(key, "<=", firstParameter: first, columnCount: columnCount))
        }
        return bounds
    }

    private static func comparison(_ key: String, _ sign: String, firstParameter: Int, columnCount: Int) -> String {
        let parameters = (firstParameter..<firstParameter + columnCount).map { "$\($0)" }
        return "(\(key)) \(sign) (\(parameters.joined(separator: ", ")))"
    }

    private static func name(_ column: Column) -> String { "reindex_rows." + column.name.quotedIdentifier }

    private static func fetched(_ column: Column, as cast: String?) -> String {
        cast.map { name(column) + "::" + $0 } ?? name(column)
    }
}
