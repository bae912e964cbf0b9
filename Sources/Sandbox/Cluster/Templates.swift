/// Index templates, composable and legacy.
struct Templates {
    /// What templates give to a new index.
    struct Parts {
        var settings = IndexSettings()
        var mapping = Mapping()
        var aliases: [String: AliasOptions] = [:]
    }

    /// The bodies as they are answered, by name.
    private(set) var composable: [String: JSONObject] = [:]
    private(set) var legacy: [String: JSONObject] = [:]

    /// Stores a composable template. Component templates are not known.
    mutating func put(_ name: String, _ body: JSONObject) throws(APIError) {
        for key in body.keys
        where !["index_patterns", "template", "priority", "version", "_meta", "composed_of"].contains(key) {
            throw .notImplemented("[\(key)] in an index template")
        }
        if body["composed_of"]?.elements.isEmpty == false { throw .notImplemented("component templates") }
        guard body["index_patterns"]?.elements.isEmpty == false else {
            throw .invalidRequest("index patterns are missing")
        }
        var stored = body
        if let template = body["template"]?.object { stored["template"] = .object(try Templates.normalized(template)) }
        stored["composed_of"] = []
        composable[name] = stored
    }

    /// Stores a legacy template.
    mutating func putLegacy(_ name: String, _ body: JSONObject) throws(APIError) {
        guard body["index_patterns"]?.elements.isEmpty == false else {
            throw .invalidRequest("index patterns are missing")
        }
        var stored = JSONObject()
        stored["order"] = body["order"] ?? 0
        stored["version"] = body["version"]
        stored["index_patterns"] = .array(body["index_patterns"]?.elements ?? [])
        for member in try Templates.normalized(body).members
        where ["settings", "mappings", "aliases"].contains(member.key) {
            stored[member.key] = member.value
        }
        for key in ["settings", "mappings", "aliases"] where stored[key] == nil { stored[key] = [:] }
        legacy[name] = stored
    }

    /// - Returns: whether there was one.
    mutating func remove(_ name: String) -> Bool { composable.removeValue(forKey: name) != nil }

    mutating func removeLegacy(_ name: String) -> Bool { legacy.removeValue(forKey: name) != nil }

    /// What a new index of this name gets: of the composable template with the highest priority, or where none matches,
    /// of all legacy ones in their order. One that matches everything leaves hidden indices alone.
    func parts(for name: String, isHidden: Bool) throws(APIError) -> Parts {
        if let match = winner(for: name, isHidden: isHidden) {
            return try Templates.parts(composable[match]?["template"])
        }
        var parts = Parts()
        let matching = legacy.filter { Templates.matches($0.value, name, isHidden: isHidden) }
        for (_, body) in matching.sorted(by: {
            ($0.value["order"]?.int ?? 0, $0.key) < ($1.value["order"]?.int ?? 0, $1.key)
        }) {
            let more = try Templates.parts(.object(body))
            parts.settings.merge(more.settings)
            try parts.mapping.merge(more.mapping)
            parts.aliases.merge(more.aliases) { $1 }
        }
        return parts
    }

    /// The name of the composable template that would act.
    func winner(for name: String, isHidden: Bool) -> String? {
        let matching = composable.filter { Templates.matches($0.value, name, isHidden: isHidden) }
        return matching.max { ($0.value["priority"]?.int ?? 0) < ($1.value["priority"]?.int ?? 0) }?.key
    }

    private static func matches(_ body: JSONObject, _ name: String, isHidden: Bool) -> Bool {
        (body["index_patterns"]?.elements ?? []).compactMap(\.text).contains { pattern in
            Wildcard(pattern).matches(name) && !(isHidden && pattern == "*")
        }
    }

    private static func parts(_ template: JSON?) throws(APIError) -> Parts {
        var parts = Parts()
        parts.settings = try IndexSettings(template?["settings"] ?? [:])
        parts.mapping = try Mapping(template?["mappings"] ?? [:])
        for member in template?["aliases"]?.object?.members ?? [] {
            parts.aliases[member.key] = try AliasOptions(member.value.object ?? JSONObject())
        }
        return parts
    }

    /// Settings nested, mappings and aliases as they are answered.
    private static func normalized(_ template: JSONObject) throws(APIError) -> JSONObject {
        var stored = JSONObject()
        if let settings = template["settings"] { stored["settings"] = try IndexSettings(settings).json(isFlat: false) }
        if let mappings = template["mappings"] { stored["mappings"] = try Mapping(mappings).json }
        if let aliases = template["aliases"]?.object {
            var normalized = JSONObject()
            for member in aliases.members {
                normalized[member.key] = try AliasOptions(member.value.object ?? JSONObject()).json
            }
            stored["aliases"] = .object(normalized)
        }
        return stored
    }
}
