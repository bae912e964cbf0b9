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
    let columns: [Column]
    /// Indexes into `columns`, in the key's order.
    let keyColumns: [Int]
    /// The types that places are bound with, in the key's order: without domains.
    let keyTypes: [TypeOID]
    /// What arrays of the key's columns are bound with, for children.
    let keyArrayTypes: [TypeOID]
    /// The type that a column is fetched as, where its own has no binary form that we read.
    let casts: [String?]

    enum Range {
        case all
        case from
        case through
        case between
        /// One row.
        case equal
    }

    /// In the key's order.
    func ordered(_ range: Range) -> WrappedQuery {
        select(list: zip(columns, casts).map(Self.fetched), where: condition(range), suffix: " order by \(keyList)")
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

    private func condition(_ range: Range) -> String {
        func parameters(from first: Int) -> String {
            keyColumns.indices.map { "$\(first + $0)" }.joined(separator: ", ")
        }
        let one = parameters(from: 1), two = parameters(from: 1 + keyColumns.count)
        switch range {
        case .all: return ""
        case .from: return " where (\(keyList)) >= (\(one))"
        case .through: return " where (\(keyList)) <= (\(one))"
        case .between: return " where (\(keyList)) >= (\(one)) and (\(keyList)) <= (\(two))"
        case .equal: return " where (\(keyList)) = (\(one))"
        }
    }

    private static func name(_ column: Column) -> String { "reindex_rows." + column.name.quotedIdentifier }

    private static func fetched(_ column: Column, as cast: String?) -> String {
        cast.map { name(column) + "::" + $0 } ?? name(column)
    }
}
