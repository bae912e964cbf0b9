/// One field of a mapping, with what its documents are checked by.
struct Field: Sendable, Equatable {
    let kind: FieldKind
    /// The parameters as they are answered, without `properties` and `fields`.
    var definition: JSONObject
    /// Fields of an object.
    var properties: [String: Field] = [:]
    /// Multi-fields of a scalar.
    var fields: [String: Field] = [:]
    /// Set where the object itself says so.
    var dynamic: Dynamic?
    let coerces: Bool?
    let ignoresMalformed: Bool?
    let ignoreAbove: Int?
    let isIndexed: Bool
    /// False where an object is stored without a look into it.
    var isEnabled: Bool
    let dateFormat: DateFormat

    /// - Parameter path: the whole name, for errors; empty for the root.
    init(_ json: JSONObject, path: String) throws(APIError) {
        let isRoot = path.isEmpty
        if !isRoot, json["type"] == nil, json["properties"] == nil, json["dynamic"] == nil, json["enabled"] == nil {
            throw APIError(400, "mapper_parsing_exception", "No type specified for field [\(Field.last(path))]")
        }
        let name = isRoot ? "object" : json["type"]?.text ?? "object"
        guard let kind = FieldKind(rawValue: name) else {
            throw APIError(
                400, "mapper_parsing_exception", "No handler for type [\(name)] declared on field [\(Field.last(path))]"
            )
        }
        self.kind = kind
        var definition = json
        (definition["properties"], definition["fields"]) = (nil, nil)
        if !isRoot { try FieldParameters.check(&definition, kind: kind, path: path) }
        if kind == .object, !isRoot { definition["type"] = nil }
        self.definition = definition
        coerces = definition["coerce"]?.bool
        ignoresMalformed = definition["ignore_malformed"]?.bool
        ignoreAbove = definition["ignore_above"]?.int
        isIndexed = definition["index"]?.bool != false || definition["doc_values"]?.bool != false
        isEnabled = definition["enabled"]?.bool != false
        dateFormat = try definition["format"]?.string.map(DateFormat.init(_:)) ?? .standard
        dynamic = try Field.dynamic(definition["dynamic"])
        if let dynamic { self.definition["dynamic"] = .string(dynamic.rawValue) }
        if let properties = json["properties"]?.object { try add(properties, path: path) }
        for member in json["fields"]?.object?.members ?? [] {
            fields[member.key] = try Field(member.value.object ?? JSONObject(), path: path + "." + member.key)
        }
    }

    /// An object without fields, made for a dotted name.
    static func emptyObject() throws(APIError) -> Field {
        try Field(JSONObject([.init(key: "properties", value: [:])]), path: "?")
    }

    /// The parameters, the properties in the order of their names, and the multi-fields.
    var json: JSON {
        var object = definition
        if kind.isObject, properties.isEmpty, definition["type"] == nil, definition["dynamic"] == nil {
            object.members.insert(.init(key: "type", value: "object"), at: 0)
        } else if kind == .object, definition["enabled"] != nil {
            object.members.insert(.init(key: "type", value: "object"), at: 0)
        }
        if !properties.isEmpty { object["properties"] = Field.json(properties) }
        if !fields.isEmpty { object["fields"] = Field.json(fields) }
        return .object(object)
    }

    static func json(_ fields: [String: Field]) -> JSON {
        .object(JSONObject(fields.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: $0.value.json) }))
    }

    /// This field and all below it.
    var count: Int {
        1 + properties.values.reduce(0) { $0 + $1.count } + fields.values.reduce(0) { $0 + $1.count }
    }

    /// Adds properties; a dotted name nests.
    private mutating func add(_ json: JSONObject, path: String) throws(APIError) {
        for member in json.members {
            guard let definition = member.value.object else {
                throw APIError(
                    400, "mapper_parsing_exception",
                    "Expected map for property [fields] on field [\(member.key)] but got a class java.lang.String")
            }
            let names = member.key.split(separator: ".").map(String.init)
            let whole = path.isEmpty ? member.key : path + "." + member.key
            guard let first = names.first else { throw .illegalArgument("name cannot be empty string") }
            let field = try Field.nest(names.dropFirst(), Field(definition, path: whole))
            if var present = properties[first] {
                try present.merge(field, path: path.isEmpty ? first : path + "." + first)
                properties[first] = present
            } else {
                properties[first] = field
            }
        }
    }

    /// Objects around a field, one for each name but the last.
    static func nest(_ names: ArraySlice<String>, _ field: Field) throws(APIError) -> Field {
        guard let first = names.first else { return field }
        var parent = try emptyObject()
        parent.properties[first] = try nest(names.dropFirst(), field)
        return parent
    }

    private static func dynamic(_ json: JSON?) throws(APIError) -> Dynamic? {
        guard let text = json?.text else { return nil }
        if text.hasSuffix("_allow_templates") { throw .notImplemented("dynamic: \(text)") }
        guard let dynamic = Dynamic(rawValue: text) else {
            throw .illegalArgument(
                "Could not convert [dynamic.dynamic] to boolean",
                causedBy: APIError.cause(
                    "illegal_argument_exception",
                    "Failed to parse value [\(text)] as only [true] or [false] are allowed."))
        }
        return dynamic
    }

    private static func last(_ path: String) -> String { path.split(separator: ".").last.map(String.init) ?? path }
}
