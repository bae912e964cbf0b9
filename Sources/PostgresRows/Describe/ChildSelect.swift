internal import ReindexCore

/// The statement that reads one child's rows for a batch of keys: the user's text wrapped, its order kept.
struct ChildSelect: Sendable {
    let description: ChildDescription
    let text: String
    let casts: [String?]
    /// How the parent's columns are fetched: as the key's types, in the key's order.
    let parentCasts: [String?]
    /// Whether equal keys have equal bytes. Where they need not (numeric 1.0 and 1.00, collations that ignore case), the
    /// parent's columns are not fetched at all, but the keys that they are equal to.
    let keysHaveOneForm: Bool

    var statement: WrappedQuery {
        keysHaveOneForm ? plain : joined
    }

    /// A subquery with an ORDER BY is not flattened, so a plain select list keeps its order.
    private var plain: WrappedQuery {
        let list = description.columns.indices.map { index -> String in
            let name = "reindex_child." + description.columns[index].name.quotedIdentifier
            if let key = description.parentColumns.firstIndex(of: index) {
                return parentCasts[key].map { name + "::" + $0 } ?? name
            }
            return casts[index].map { name + "::" + $0 } ?? name
        }
        return WrappedQuery(
            prefix: "select \(list.joined(separator: ", ")) from (\n", text: text, suffix: "\n) as reindex_child")
    }

    private var joined: WrappedQuery {
        let list = description.columns.indices.map { index -> String in
            if let key = description.parentColumns.firstIndex(of: index) { return "reindex_keys.k\(key)" }
            let name = "reindex_child." + description.columns[index].name.quotedIdentifier
            return casts[index].map { name + "::" + $0 } ?? name
        }
        let keys = description.parentColumns.indices
        let arrays = keys.map { "$\($0 + 1)" }.joined(separator: ", ")
        let names = keys.map { "k\($0)" }.joined(separator: ", ")
        let equal = keys.map { key in
            let parent = "reindex_child." + description.columns[description.parentColumns[key]].name.quotedIdentifier
            return "\(parent) = reindex_keys.k\(key)"
        }
        return WrappedQuery(
            prefix: """
                select \(list.joined(separator: ", ")) from (
                select reindex_text.*, pg_catalog.row_number() over () as reindex_number from (

                """,
            text: text,
            suffix: """

                ) as reindex_text) as reindex_child
                join unnest(\(arrays)) as reindex_keys(\(names)) on \(equal.joined(separator: " and "))
                order by reindex_child.reindex_number
                """)
    }
}
