/// A column of the mapping's query: its name and its type, resolved down to what its bytes are made of.
package struct Column: Sendable, Hashable, Codable {
    package let name: String
    package let type: PostgresType

    package init(name: String, type: PostgresType) {
        self.name = name
        self.type = type
    }
}

/// A PostgreSQL type as the catalogs describe it, resolved recursively.
///
/// `name` is `pg_type.typname` (`int8`, `timestamptz`, `hstore`); for a type outside of `pg_catalog` that is not one
/// of the known extensions' it is what `format_type` prints. Source: PostgreSQL manual, "pg_type".
package indirect enum PostgresType: Sendable, Hashable, Codable {
    case base(String)
    case domain(String, over: PostgresType)
    case array(of: PostgresType)
    case enumeration(String)
    case range(String, of: PostgresType)
    case multirange(String, of: PostgresType)
    case composite(String, fields: [Column])

    /// The type's name as a person would write it, for messages and fingerprints: `int8`, `int8[]`, `mood`.
    package var displayName: String {
        switch self {
        case .base(let name), .enumeration(let name), .domain(let name, _), .range(let name, _),
            .multirange(let name, _),
            .composite(let name, _):
            name
        case .array(let element): element.displayName + "[]"
        }
    }

    /// The type with its domains taken off: what its bytes are.
    package var underlying: PostgresType {
        if case .domain(_, let base) = self { base.underlying } else { self }
    }
}
