/// What parameters a field of each type takes.
enum FieldParameters {
    private static let everywhere: Set<String> = [
        "type", "meta", "copy_to", "boost", "index", "store", "doc_values", "null_value", "similarity", "skip_list",
    ]

    /// Refuses a parameter that OpenSearch would refuse, and fills in what it answers with.
    static func check(_ definition: inout JSONObject, kind: FieldKind, path: String) throws(APIError) {
        let name = path.split(separator: ".").last.map(String.init) ?? path
        guard let own = parameters(of: kind) else { return }
        for key in definition.keys where !own.contains(key) && !(everywhere.contains(key) && !kind.isObject) {
            throw APIError(
                400, "mapper_parsing_exception",
                kind.isObject
                    ? "Mapping definition for [\(name)] has unsupported parameters:  [\(key) : \(definition[key]?.text ?? "{}")]"
                    : "unknown parameter [\(key)] on mapper [\(name)] of type [\(kind.rawValue)]")
        }
        if kind == .scaledFloat {
            guard let factor = definition["scaling_factor"]?.text.flatMap(Double.init) else {
                throw .illegalArgument("Field [scaling_factor] is required")
            }
            definition["scaling_factor"] = JSON(factor)
        }
        if kind == .wildcard, definition["doc_values"] == nil { definition["doc_values"] = false }
    }

    /// Nil where the sandbox leaves the parameters to the real thing.
    private static func parameters(of kind: FieldKind) -> Set<String>? {
        switch kind {
        case .object: ["type", "dynamic", "enabled"]
        case .nested: ["type", "dynamic", "enabled", "include_in_parent", "include_in_root"]
        case .scaledFloat: ["coerce", "ignore_malformed", "scaling_factor"]
        case .long, .integer, .short, .byte, .unsignedLong, .double, .float, .halfFloat: ["coerce", "ignore_malformed"]
        case .boolean: ["ignore_malformed"]
        case .ip: ["ignore_malformed"]
        case .date, .dateNanos: ["format", "print_format", "locale", "ignore_malformed"]
        case .geoPoint: ["ignore_malformed", "ignore_z_value"]
        case .keyword, .wildcard:
            [
                "ignore_above", "normalizer", "norms", "index_options", "eager_global_ordinals",
                "split_queries_on_whitespace",
            ]
        case .text, .matchOnlyText:
            [
                "analyzer", "search_analyzer", "search_quote_analyzer", "norms", "index_options", "fielddata",
                "term_vector",
                "fielddata_frequency_filter", "index_prefixes", "index_phrases", "position_increment_gap",
                "eager_global_ordinals",
            ]
        case .binary: []
        case .alias: ["path"]
        case .longRange, .integerRange, .doubleRange, .floatRange, .ipRange: ["coerce"]
        case .dateRange: ["coerce", "format", "locale"]
        default: nil
        }
    }
}
