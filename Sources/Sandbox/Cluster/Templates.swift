/// Index templates, composable and legacy.
struct Templates {
    /// What templates give to a new index.
    struct Parts {
        var settings = IndexSettings()
        var mapping = Mapping()
        var aliases: [String: AliasOptions] = [:]

        mutating func add(_ other: Parts) throws(APIError) {
            settings.merge(other.settings)
            try mapping.merge(other.mapping)
            aliases.merge(other.aliases) { $1 }
        }

        /// With the index's name in the place of `{index}` in the names of aliases.
        func named(_ index: String) -> Parts {
            var parts = self
            parts.aliases = [:]
            for (alias, options) in aliases { parts.aliases[Parts.filled(alias, index)] = options }
            return parts
        }

        private static func filled(_ alias: String, _ index: String) -> String {
            var rest = Array(alias)
            let mark = Array("{index}")
            var name: [Character] = []
            while !rest.isEmpty {
                if rest.starts(with: mark) {
                    name += Array(index)
                    rest.removeFirst(mark.count)
                } else {
                    name.append(rest.removeFirst())
                }
            }
            return String(name)
        }
    }

    /// The bodies as they are answered, by name.
    private(set) var composable: [String: JSONObject] = [:]
    private(set) var legacy: [String: JSONObject] = [:]
    private(set) var components: [String: JSONObject] = [:]

    /// Stores a composable template; its components must be there.
    mutating func put(_ name: String, _ body: JSONObject) throws(APIError) {
        for key in body.keys
        where !["index_patterns", "template", "priority", "version", "_meta", "composed_of"].contains(key) {
            throw .notImplemented("[\(key)] in an index template")
        }
        guard body["index_patterns"]?.elements.isEmpty == false else {
            throw .invalidRequest("index patterns are missing")
        }
        var stored = body
        if let template = body["template"]?.object { stored["template"] = .object(try Templates.normalized(template)) }
        let composed = (body["composed_of"]?.elements ?? []).compactMap(\.text)
        let missing = composed.filter { components[$0] == nil }
        if !missing.isEmpty {
            throw APIError(
                400, "invalid_index_template_exception",
                "index_template [\(name)] invalid, cause [index template [\(name)] specifies component templates "
                    + "[\(missing.joined(separator: ", "))] that do not exist]")
        }
        stored["composed_of"] = .array(composed.map { .string($0) })
        composable[name] = stored
    }

    /// Stores a component template.
    mutating func putComponent(_ name: String, _ body: JSONObject) throws(APIError) {
        guard let template = body["template"]?.object else { throw .illegalArgument("Required [template]") }
        for key in body.keys where !["template", "version", "_meta"].contains(key) {
            throw .notImplemented("[\(key)] in a component template")
        }
        var stored = body
        stored["template"] = .object(try Templates.normalized(template))
        components[name] = stored
    }

    /// - Returns: whether there was one. A component that a template is composed of stays, with an error.
    mutating func removeComponent(_ name: String) throws(APIError) -> Bool {
        let users = composable.filter { $0.value["composed_of"]?.elements.contains(.string(name)) == true }.keys
            .sorted()
        if !users.isEmpty {
            throw .illegalArgument(
                "component templates [\(name)] cannot be removed as they are still in use by index templates "
                    + "[\(users.joined(separator: ", "))]")
        }
        return components.removeValue(forKey: name) != nil
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
        if let match = winner(for: name, isHidden: isHidden) { return try composed(match).named(name) }
        var parts = Parts()
        let matching = legacy.filter { Templates.matches($0.value, name, isHidden: isHidden) }
        for (_, body) in matching.sorted(by: {
            ($0.value["order"]?.int ?? 0, $0.key) < ($1.value["order"]?.int ?? 0, $1.key)
        }) {
            try parts.add(try Templates.parts(.object(body)))
        }
        return parts.named(name)
    }

    /// A composable template with what its components give, the template's own word last.
    func composed(_ name: String) throws(APIError) -> Parts {
        var parts = Parts()
        for component in (composable[name]?["composed_of"]?.elements ?? []).compactMap(\.text) {
            try parts.add(try Templates.parts(components[component]?["template"]))
        }
        try parts.add(try Templates.parts(composable[name]?["template"]))
        return parts
    }

    /// The name of the composable template that would act.
    func winner(for name: String, isHidden: Bool) -> String? {
        let matching = composable.filter { Templates.matches($0.value, name, isHidden: isHidden) }
        return matching.max { ($0.value["priority"]?.int ?? 0) < ($1.value["priority"]?.int ?? 0) }?.key
    }

    private static func matches(_ body: JSONObject, _ name: String, isHidden: Bool) -> Bool {
        let patterns = (body["index_patterns"]?.elements ?? []).compactMap(\.text)
        if isHidden, patterns.contains("*") { return false }
        return patterns.contains { Wildcard($0).matches(name) }
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
