/// Reads a document as an index with this mapping would, and finds the fields that it adds.
///
/// The order of the checks is the document's, so that the first error is the one that OpenSearch names.
struct DocumentCheck {
    private let mapping: Mapping
    private let settings: IndexSettings
    private let id: String
    /// Fields that the mapping does not have yet, merged as they are found.
    private(set) var added: [String: Field] = [:]

    init(mapping: Mapping, settings: IndexSettings, id: String) {
        (self.mapping, self.settings, self.id) = (mapping, settings, id)
    }

    /// - Returns: the mapping with what the document adds; nil when it adds nothing.
    static func run(_ source: JSONObject, id: String, index: Index) throws(APIError) -> Mapping? {
        var check = DocumentCheck(mapping: index.mapping, settings: index.settings, id: id)
        let root = index.mapping.root
        if !root.isEnabled { return nil }
        try check.object(source, root.properties, path: [], dynamic: root.dynamic ?? .added)
        if check.added.isEmpty { return nil }
        var extended = index.mapping
        try extended.merge(properties: check.added)
        try extended.checkLimit(index.settings)
        return extended
    }

    private static let metadata: Set<String> = [
        "_id", "_index", "_routing", "_source", "_version", "_seq_no", "_primary_term", "_field_names", "_ignored",
        "_nested_path",
        "_doc_count",
    ]

    private mutating func object(
        _ object: JSONObject, _ fields: [String: Field], path: [String], dynamic: Dynamic
    ) throws(APIError) {
        for member in object.members {
            if member.key.utf8.contains(UInt8(ascii: ".")) {
                try dotted(member, fields, path: path, dynamic: dynamic)
            } else {
                if member.key.isEmpty { throw failed(.illegalArgument("field name cannot be an empty string")) }
                if path.isEmpty, DocumentCheck.metadata.contains(member.key) {
                    throw metadata(member.key, member.value)
                }
                try value(member.value, fields[member.key], member.key, path: path, dynamic: dynamic)
            }
        }
    }

    /// A dotted name is a way through objects.
    private mutating func dotted(
        _ member: JSONObject.Member, _ fields: [String: Field], path: [String], dynamic: Dynamic
    ) throws(APIError) {
        var names = member.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        while names.last == "" { names.removeLast() }
        guard !names.isEmpty, !names.contains("") else {
            throw failed(
                .illegalArgument(
                    "object field starting or ending with a [.] makes object resolution ambiguous: [\(member.key)]"))
        }
        // The same value inside an object for each name but the last.
        var inner = member.value
        for name in names.dropFirst().reversed() { inner = .object(JSONObject([.init(key: name, value: inner)])) }
        try value(inner, fields[names[0]], names[0], path: path, dynamic: dynamic)
    }

    private mutating func value(
        _ value: JSON, _ field: Field?, _ name: String, path: [String], dynamic: Dynamic
    ) throws(APIError) {
        guard let field else {
            return try unknown(value, name, path: path, dynamic: dynamic)
        }
        if !field.isEnabled { return }
        if field.kind.isObject {
            for element in value.flattened where element != .null {
                guard let object = element.object else {
                    let whole = (path + [name]).joined(separator: ".")
                    throw APIError(
                        400, "mapper_parsing_exception",
                        "object mapping for [\(whole)] tried to parse field [\(name)] as object, but found a concrete value"
                    )
                }
                try self.object(object, field.properties, path: path + [name], dynamic: field.dynamic ?? dynamic)
            }
            return
        }
        let check = FieldCheck(field: field, parents: path, leaf: name, id: id, settings: settings)
        try check.run(value)
    }

    private mutating func unknown(_ value: JSON, _ name: String, path: [String], dynamic: Dynamic) throws(APIError) {
        if dynamic == .strict {
            throw APIError(
                400, "strict_dynamic_mapping_exception",
                "mapping set to strict, dynamic introduction of [\(name)] within "
                    + "[\(path.isEmpty ? "_doc" : path.joined(separator: "."))] is not allowed")
        }
        if dynamic == .ignored || value == .null { return }
        for element in value.flattened {
            guard let field = try DynamicField.infer(element, path: path + [name], mapping: mapping) else { continue }
            if case .object(let object) = element, field.kind.isObject {
                try add(field, path: path + [name])
                try self.object(object, field.properties, path: path + [name], dynamic: field.dynamic ?? dynamic)
            } else {
                let check = FieldCheck(field: field, parents: path, leaf: name, id: id, settings: settings)
                try check.run(element)
                try add(field, path: path + [name])
            }
        }
    }

    private mutating func add(_ field: Field, path: [String]) throws(APIError) {
        let nested = try Field.nest(path.dropFirst(), field)
        // The first part may be an object that the mapping has: its own kind and parameters stay.
        let name = path[0]
        if var present = added[name] {
            try present.merge(nested, path: name)
            added[name] = present
        } else if path.count > 1, let root = mapping.root.properties[name], root.kind == .nested {
            var copy = root
            try copy.merge(properties: nested.properties, path: name)
            added[name] = copy
        } else {
            added[name] = nested
        }
    }

    private func metadata(_ name: String, _ value: JSON) -> APIError {
        APIError(
            400, "mapper_parsing_exception",
            "failed to parse field [\(name)] of type [\(name)] in document with id '\(id)'. Preview of field's value: "
                + "'\(value.preview)'",
            causedBy: APIError.cause(
                "mapper_parsing_exception",
                "Field [\(name)] is a metadata field and cannot be added inside a document. Use the index API request "
                    + "parameters."))
    }

    private func failed(_ cause: APIError) -> APIError {
        APIError(400, "mapper_parsing_exception", "failed to parse", causedBy: cause.item)
    }
}

extension JSON {
    /// The elements of arrays in arrays, one after the other: for OpenSearch a field has values, not arrays.
    var flattened: [JSON] {
        guard case .array(let elements) = self else { return [self] }
        return elements.flatMap(\.flattened)
    }

    /// The value as OpenSearch's errors show it.
    var preview: String {
        switch self {
        case .object(let object): "{\(object.members.map { "\($0.key)=\($0.value.preview)" }.joined(separator: ", "))}"
        case .array(let elements): "[\(elements.map(\.preview).joined(separator: ", "))]"
        case .null, .raw: "null"
        case .bool, .number, .string: text ?? ""
        }
    }
}
