/// What becomes of a column's values: decided from its type alone, before a row is read.
///
/// The table of all types is `docs/types.md`; this and ``BaseTypeRule`` are where it is decided.
package struct ColumnRule: Sendable, Hashable {
    /// The SQL type that the wrapping select casts the column to, where its own binary form has no rule; nil: as it is.
    ///
    /// A type of `pg_catalog`, written as SQL: `text`, `text[]`, `numeric`. The cast is an explicit one (`x::text`).
    package let fetchCast: String?
    /// Whether the type is not known and its text form is all there is: `plan` says so.
    package let isFallback: Bool
    /// The JSON form for people: `integer`, `string (ISO 8601)`, `array of string`.
    package let description: String
    /// The OpenSearch field types that it suits, the best one first.
    package let fieldTypes: [String]
    /// The form of the bytes as they arrive, after the cast.
    package let shape: ValueShape

    init(
        fetchCast: String? = nil, isFallback: Bool = false, description: String, fieldTypes: [String], shape: ValueShape
    ) {
        self.fetchCast = fetchCast
        self.isFallback = isFallback
        self.description = description
        self.fieldTypes = fieldTypes
        self.shape = shape
    }

    package init(for type: PostgresType) {
        switch type {
        case .base(let name):
            self = BaseTypeRule.rule(named: name) ?? Self.textForm(of: type)
        case .domain(_, over: let base):
            self.init(for: base)
        case .enumeration:
            self.init(description: "string", fieldTypes: ["keyword"], shape: .scalar(.text))
        case .array(of: let element):
            self.init(arrayOf: ColumnRule(for: element))
        case .range(_, of: let bound):
            self = Self.range(of: ColumnRule(for: bound), type: type, isMultirange: false)
        case .multirange(_, of: let bound):
            // PostgreSQL describes a multirange by its range, or by the range's bounds.
            let bounds = if case .range(_, of: let inner) = bound.underlying { inner } else { bound }
            self = Self.range(of: ColumnRule(for: bounds), type: type, isMultirange: true)
        case .composite(_, let fields):
            self = Self.composite(fields, type: type)
        }
    }

    private init(arrayOf element: ColumnRule) {
        self.init(
            fetchCast: element.fetchCast.map { $0 + "[]" }, isFallback: element.isFallback,
            description: "array of " + element.description, fieldTypes: element.fieldTypes,
            shape: .array(of: element.shape))
    }

    private static func range(of bound: ColumnRule, type: PostgresType, isMultirange: Bool) -> ColumnRule {
        guard bound.fetchCast == nil else { return textForm(of: type) }
        return ColumnRule(
            description: (isMultirange ? "array of range objects of " : "range object of ") + bound.description,
            fieldTypes: BaseTypeRule.rangeFieldTypes(for: bound.shape),
            shape: isMultirange ? .multirange(of: bound.shape) : .range(of: bound.shape))
    }

    private static func composite(_ fields: [Column], type: PostgresType) -> ColumnRule {
        let rules = fields.map { ColumnRule(for: $0.type) }
        guard rules.allSatisfy({ $0.fetchCast == nil }) else { return textForm(of: type) }
        let members = zip(fields, rules).map { ValueShape.Member(name: $0.name, shape: $1.shape) }
        return ColumnRule(description: "object", fieldTypes: ["object", "nested"], shape: .composite(members))
    }

    private static func textForm(of type: PostgresType) -> ColumnRule {
        ColumnRule(
            fetchCast: "text", isFallback: true, description: "string (PostgreSQL's text form)",
            fieldTypes: ["keyword", "text"], shape: .scalar(.text))
    }
}
