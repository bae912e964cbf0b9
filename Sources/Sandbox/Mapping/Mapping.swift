/// The mapping of an index: its fields and how new ones are treated.
struct Mapping: Sendable, Equatable {
    private(set) var root: Field
    /// `dynamic_templates`, in order.
    var dynamicTemplates: [JSON] { root.definition["dynamic_templates"]?.array ?? [] }

    var detectsDates: Bool { root.definition["date_detection"]?.bool != false }

    var detectsNumbers: Bool { root.definition["numeric_detection"]?.bool == true }

    private static let rootParameters: Set<String> = [
        "dynamic", "enabled", "_meta", "_source", "_routing", "_size", "properties", "dynamic_templates",
        "date_detection",
        "numeric_detection", "dynamic_date_formats", "_field_names", "_data_stream_timestamp",
    ]

    /// A mapping without fields.
    init() { root = Mapping.empty }

    private static let empty: Field = {
        guard let field = try? Field(JSONObject(), path: "") else {
            preconditionFailure("an empty object is a mapping")
        }
        return field
    }()

    /// - Parameter json: the object under `mappings`.
    init(_ json: JSON) throws(APIError) {
        guard let object = json.object else {
            throw APIError(400, "mapper_parsing_exception", "Expected map for mappings")
        }
        for key in object.keys where !Mapping.rootParameters.contains(key) {
            throw APIError(
                400, "mapper_parsing_exception",
                "Root mapping definition has unsupported parameters:  [\(key) : \(object[key]?.text ?? "{}")]")
        }
        root = try Field(object, path: "")
    }

    /// The mapping with its root's parameters first, then the properties in the order of their names.
    var json: JSON {
        var object = root.definition
        if !root.properties.isEmpty { object["properties"] = Field.json(root.properties) }
        return .object(object)
    }

    /// Adds what another mapping has.
    mutating func merge(_ other: Mapping) throws(APIError) { try root.merge(other.root, path: "") }

    /// Adds fields that a document brought with it.
    mutating func merge(properties: [String: Field]) throws(APIError) {
        try root.merge(properties: properties, path: "")
    }

    /// The field of a dotted name, multi-fields included; nil where there is none.
    func field(at path: String) -> Field? {
        var field = root
        for name in path.split(separator: ".") {
            guard let below = field.properties[String(name)] ?? field.fields[String(name)] else { return nil }
            field = below
        }
        if field.kind == .alias, let target = field.definition["path"]?.string, target != path {
            return self.field(at: target)
        }
        return field
    }

    /// The whole names of all fields that hold words or terms, for searches in every field.
    var searchablePaths: [String] { Mapping.paths(root.properties, "") }

    private static func paths(_ fields: [String: Field], _ prefix: String) -> [String] {
        fields.sorted { $0.key < $1.key }.flatMap { name, field in
            field.kind.isObject
                ? paths(field.properties, prefix + name + ".")
                : field.kind.isText || field.kind == .keyword ? [prefix + name] : []
        }
    }

    /// Refuses more fields than the index takes.
    func checkLimit(_ settings: IndexSettings) throws(APIError) {
        let limit = settings["mapping.total_fields.limit"].flatMap { Int($0) } ?? 1000
        if root.count - 1 > limit { throw .illegalArgument("Limit of total fields [\(limit)] has been exceeded") }
    }

    /// Refuses an analyzer that neither OpenSearch has by itself nor the settings define.
    func checkAnalyzers(_ settings: IndexSettings) throws(APIError) {
        try Mapping.checkAnalyzers(root, settings)
    }

    private static let analyzers: Set<String> = [
        "default", "standard", "simple", "whitespace", "stop", "keyword", "pattern", "fingerprint", "arabic",
        "armenian",
        "basque", "bengali", "brazilian", "bulgarian", "catalan", "cjk", "czech", "danish", "dutch", "english",
        "estonian",
        "finnish", "french", "galician", "german", "greek", "hindi", "hungarian", "indonesian", "irish", "italian",
        "latvian",
        "lithuanian", "norwegian", "persian", "portuguese", "romanian", "russian", "sorani", "spanish", "swedish",
        "turkish",
        "thai",
    ]

    private static func checkAnalyzers(_ field: Field, _ settings: IndexSettings) throws(APIError) {
        for key in ["analyzer", "search_analyzer"] {
            if let name = field.definition[key]?.string, !analyzers.contains(name),
                !settings.values.keys.contains(where: { $0.hasPrefix("index.analysis.analyzer.\(name).") })
            {
                throw failedToParse(.illegalArgument("analyzer [\(name)] has not been configured in mappings"))
            }
        }
        for below in field.properties.values { try checkAnalyzers(below, settings) }
        for below in field.fields.values { try checkAnalyzers(below, settings) }
    }

    /// The error of a create call, around that of the mapping itself.
    static func failedToParse(_ error: APIError) -> APIError {
        let reason = "Failed to parse mapping [_doc]: \(error.reason)"
        let cause = error.item
        // A parser's own exception is named as the root; any other one is not.
        let root: JSON =
            error.type == "mapper_parsing_exception"
            ? APIError.cause(error.type, error.reason) : APIError.cause("mapper_parsing_exception", reason)
        return APIError(400, "mapper_parsing_exception", reason, causedBy: cause, rootCause: root)
    }
}
