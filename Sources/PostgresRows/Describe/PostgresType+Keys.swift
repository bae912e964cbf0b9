internal import ReindexCore

extension PostgresType {
    /// Whether equal values always have equal bytes, whatever the collation. Text has its own question: the collation's.
    var hasOneBinaryForm: Bool {
        switch underlying {
        case .base(let name): !["numeric", "citext", "bpchar", "float4", "float8"].contains(name)
        default: true
        }
    }

    /// Whether the order of its values is a collation's.
    var isCollatable: Bool {
        guard case .base(let name) = underlying else { return false }
        return ["text", "varchar", "bpchar", "citext", "name"].contains(name)
    }
}
