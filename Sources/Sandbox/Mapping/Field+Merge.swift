extension Field {
    /// Takes over what another definition of the same field adds; a change that an index cannot make is refused.
    mutating func merge(_ other: Field, path: String) throws(APIError) {
        if kind != other.kind {
            if kind.isObject || other.kind.isObject {
                throw .illegalArgument(
                    kind == .nested || other.kind == .nested && kind == .object
                        ? "cannot change object mapping from \(kind == .nested ? "nested to non-nested" : "non-nested to nested")"
                        : "can't merge a non object mapping [\(path)] with an object mapping")
            }
            throw .illegalArgument(
                "mapper [\(path)] cannot be changed from type [\(kind.rawValue)] to [\(other.kind.rawValue)]")
        }
        if kind.isObject {
            if other.dynamic != nil { dynamic = other.dynamic }
            if other.definition["enabled"] != nil { isEnabled = other.isEnabled }
            for member in other.definition.members { definition[member.key] = member.value }
        } else {
            try refuseFixed(other, path: path)
            self = Field(self, with: other)
        }
        try merge(properties: other.properties, path: path)
        for (name, field) in other.fields {
            if var present = fields[name] {
                try present.merge(field, path: path + "." + name)
                fields[name] = present
            } else {
                fields[name] = field
            }
        }
    }

    mutating func merge(properties others: [String: Field], path: String) throws(APIError) {
        for (name, field) in others {
            if var present = properties[name] {
                try present.merge(field, path: path.isEmpty ? name : path + "." + name)
                properties[name] = present
            } else {
                properties[name] = field
            }
        }
    }

    /// The other's parameters with this one's properties and multi-fields.
    private init(_ present: Field, with other: Field) {
        self = other
        properties = present.properties
        fields = present.fields
    }

    /// Parameters that an open index lets change.
    private static let updatable: Set<String> = [
        "ignore_above", "ignore_malformed", "coerce", "boost", "meta", "copy_to", "search_analyzer",
        "search_quote_analyzer",
        "eager_global_ordinals", "type", "path",
    ]

    private func refuseFixed(_ other: Field, path: String) throws(APIError) {
        for name in Set(definition.keys + other.definition.keys).sorted() where !Field.updatable.contains(name) {
            let (old, new) = (definition[name]?.text ?? "default", other.definition[name]?.text ?? "default")
            if old != new {
                throw .illegalArgument(
                    "Mapper for [\(path)] conflicts with existing mapper:\n\tCannot update parameter [\(name)] from [\(old)] "
                        + "to [\(new)]")
            }
        }
    }
}
