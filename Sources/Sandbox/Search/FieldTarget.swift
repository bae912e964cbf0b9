#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Where the values of a searched field come from.
struct FieldTarget {
    let field: Field
    /// The places in the source: the field's own, and those of fields that are copied to it.
    let sources: [[String]]
    /// The nested object that the field is part of.
    let nestedPath: String?

    /// Nil for a field that the mapping does not have.
    init?(_ name: String, in mapping: Mapping) {
        guard let field = mapping.field(at: name) else { return nil }
        self.field = field
        var parts = name.split(separator: ".").map(String.init)
        var walked = mapping.root
        var nested: String?
        var source: [String] = []
        for (place, part) in parts.enumerated() {
            guard let below = walked.properties[part] else { break }
            source.append(part)
            walked = below
            if below.kind == .nested { nested = parts[...place].joined(separator: ".") }
        }
        if walked.kind == .alias, let target = walked.definition["path"]?.string {
            parts = target.split(separator: ".").map(String.init)
            source = parts
        }
        nestedPath = nested
        sources = [source] + FieldTarget.copied(to: name, mapping.root.properties, [])
    }

    private static func copied(to name: String, _ fields: [String: Field], _ path: [String]) -> [[String]] {
        fields.flatMap { key, field -> [[String]] in
            if field.kind.isObject { return copied(to: name, field.properties, path + [key]) }
            let targets = (field.definition["copy_to"]?.elements ?? []).compactMap(\.text)
            return targets.contains(name) ? [path + [key]] : []
        }
    }
}

extension QueryEvaluation {
    static func logarithm(_ value: Float) -> Float { log(value) }
}
