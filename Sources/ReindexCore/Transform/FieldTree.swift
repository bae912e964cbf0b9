/// The document's fields by name while a template is compiled: dotted names nest, siblings share one object.
struct FieldTree {
    enum Value {
        case column(Int, ValueShape)
        case geoPoint(latitude: (Int, ValueShape), longitude: (Int, ValueShape))
        case constant(JSONValue)
        case children(Int)
    }

    private indirect enum Node {
        case value(Value)
        case object(FieldTree)
    }

    private var fields: [(name: String, node: Node)] = []

    /// Adds a field at a dotted name.
    /// - Parameter key: the mapping's key that errors name.
    mutating func add(_ value: Value, named name: String, key: String) throws(TemplateError) {
        let path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !path.contains(""), !Self.metadataFields.contains(path[0]) else {
            throw TemplateError(.invalidName(name), key: key)
        }
        if let kind = insert(value, at: path[...], parents: []) { throw TemplateError(kind, key: key) }
    }

    private mutating func insert(
        _ value: Value, at path: ArraySlice<String>, parents: [String]
    ) -> TemplateError.Kind? {
        guard let name = path.first else { return nil }
        let rest = path.dropFirst()
        let full = (parents + path).joined(separator: ".")
        guard let index = fields.firstIndex(where: { $0.name == name }) else {
            var node = Node.value(value)
            if !rest.isEmpty {
                var object = FieldTree()
                if let kind = object.insert(value, at: rest, parents: parents + [name]) { return kind }
                node = .object(object)
            }
            fields.append((name, node))
            return nil
        }
        switch fields[index].node {
        case .value where rest.isEmpty: return .doubledField(full)
        case .value: return .nestsUnderValue(field: full, value: (parents + [name]).joined(separator: "."))
        case .object(var object):
            guard !rest.isEmpty else { return .nestsUnderValue(field: full + "." + object.fields[0].name, value: full) }
            let kind = object.insert(value, at: rest, parents: parents + [name])
            fields[index].node = .object(object)
            return kind
        }
    }

    /// OpenSearch refuses these inside of a document.
    private static let metadataFields: Set<String> = [
        "_id", "_index", "_routing", "_source", "_version", "_seq_no", "_primary_term", "_field_names", "_ignored",
        "_nested_path", "_type", "_data_stream_timestamp",
    ]
}

extension FieldTree {
    /// What remains to be compiled for one step.
    enum Item {
        case open(literal: [UInt8])
        case close(openingCount: Int)
        case value(name: [UInt8], Value)
    }

    /// The fields in their order, objects opened and closed.
    var items: [Item] {
        fields.flatMap { name, node -> [Item] in
            let prefix = JSONText.memberPrefix(name)
            switch node {
            case .value(let value): return [.value(name: prefix, value)]
            case .object(let object):
                let opening = prefix + [UInt8(ascii: "{")]
                return [.open(literal: opening)] + object.items + [.close(openingCount: opening.count)]
            }
        }
    }
}
