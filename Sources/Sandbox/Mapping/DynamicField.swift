/// The field that a value of an unknown name introduces.
enum DynamicField {
    /// - Returns: nil for a null, which introduces nothing.
    static func infer(_ value: JSON, path: [String], mapping: Mapping) throws(APIError) -> Field? {
        guard let inferred = type(of: value, mapping) else { return nil }
        if let template = template(for: path, matching: inferred.matching, mapping) {
            let definition = filled(template, name: path.last ?? "", type: inferred.type)
            return try Field(definition.object ?? JSONObject(), path: path.joined(separator: "."))
        }
        let definition: JSON =
            switch inferred.type {
            case "text": ["type": "text", "fields": ["keyword": ["type": "keyword", "ignore_above": 256]]]
            default: ["type": .string(inferred.type)]
            }
        return try Field(definition.object ?? JSONObject(), path: path.joined(separator: "."))
    }

    /// The type of a field without a template, and the name that `match_mapping_type` has for the value.
    private static func type(of value: JSON, _ mapping: Mapping) -> (type: String, matching: String)? {
        switch value {
        case .null, .array, .raw: return nil
        case .object: return ("object", "object")
        case .bool: return ("boolean", "boolean")
        case .number(let digits):
            let isWhole = digits.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
            return isWhole ? ("long", "long") : ("float", "double")
        case .string(let text):
            if mapping.detectsDates, isDate(text) { return ("date", "date") }
            if mapping.detectsNumbers {
                if Int(text) != nil { return ("long", "long") }
                if Double(text) != nil { return ("float", "double") }
            }
            return ("text", "string")
        }
    }

    private static let slashes = [Array("yyyy/MM/dd HH:mm:ss Z"), Array("yyyy/MM/dd")]

    /// `strict_date_optional_time` or slashes; what has no `-`, `/` or `:` in it is never taken for a date.
    private static func isDate(_ text: String) -> Bool {
        guard text.contains(where: { "-/:".contains($0) }), text.first?.isNumber == true else { return false }
        return OptionalTime.milliseconds(text) != nil || slashes.contains { DatePattern.milliseconds(text, $0) != nil }
    }

    private static func template(for path: [String], matching: String, _ mapping: Mapping) -> JSON? {
        let (name, whole) = (path.last ?? "", path.joined(separator: "."))
        for entry in mapping.dynamicTemplates {
            guard let rule = entry.object?.members.first?.value, let definition = rule["mapping"] else { continue }
            let patterns: [(String, String, Bool)] = [
                ("match", name, true), ("unmatch", name, false), ("path_match", whole, true),
                ("path_unmatch", whole, false),
            ]
            let fits = patterns.allSatisfy { key, text, wanted in
                guard let pattern = rule[key]?.text else { return true }
                return Wildcard(pattern).matches(text) == wanted
            }
            let kind = rule["match_mapping_type"]?.text
            if fits, kind == nil || kind == "*" || kind == matching { return definition }
        }
        return nil
    }

    private static func filled(_ json: JSON, name: String, type: String) -> JSON {
        switch json {
        case .string("{name}"): .string(name)
        case .string("{dynamic_type}"): .string(type)
        case .object(let object):
            .object(
                JSONObject(object.members.map { .init(key: $0.key, value: filled($0.value, name: name, type: type)) }))
        case .array(let elements): .array(elements.map { filled($0, name: name, type: type) })
        default: json
        }
    }
}
