/// A document rule that does not fit the query's columns; the wording for people is the command's.
package struct TemplateError: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A rule names a column that the query does not yield; with the nearest one that it does.
        case unknownColumn(String, nearest: String?)
        /// Two rules, or a rule and a column's own name, make one field.
        case doubledField(String)
        /// A dotted name nests under a field that has a value of its own: `brand.name` beside `brand`.
        case nestsUnderValue(field: String, value: String)
        /// A name that OpenSearch refuses: an empty part, or one of its metadata fields such as `_id`.
        case invalidName(String)
        /// The column's type cannot be used so.
        case unsuitableType(column: String, type: String, purpose: Purpose)
    }

    package enum Purpose: String, Sendable, Hashable { case id, routing, version, geoPoint, key }

    package let kind: Kind
    /// The mapping's dotted key: `document.fields.location`; `source` for what the query itself brings.
    package let key: String

    package init(_ kind: Kind, key: String) {
        self.kind = kind
        self.key = key
    }
}
