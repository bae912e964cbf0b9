/// Which types can be a key: they have an order, and equal values have one canonical form of bytes.
///
/// Not among them: `citext` (its equality is the collation's), `money` (its bytes depend on `lc_monetary`), `interval`
/// (`24:00:00` equals `1 day`), json and everything that holds other values.
package enum KeyType {
    package static func isAccepted(_ type: PostgresType) -> Bool {
        switch type.underlying {
        case .enumeration: true
        case .base(let name): accepted.contains(name)
        case .domain, .array, .range, .multirange, .composite: false
        }
    }

    /// The names of `pg_type.typname`, sorted: for messages.
    package static let accepted: [String] = [
        "bit", "bool", "bpchar", "bytea", "char", "cidr", "date", "float4", "float8", "inet", "int2", "int4", "int8",
        "macaddr", "macaddr8", "name", "numeric", "oid", "pg_lsn", "text", "time", "timestamp", "timestamptz",
        "timetz", "uuid", "varbit", "varchar", "xid8",
    ]
}
