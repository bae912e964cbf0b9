/// The settings of an index: flat names under `index.`, values as the strings that OpenSearch answers with.
struct IndexSettings: Sendable, Equatable {
    /// Whole names (`index.refresh_interval`). A list is kept as JSON.
    private(set) var values: [String: JSON] = [:]

    init() {}

    /// Reads settings nested, dotted or mixed, with or without the leading `index.`. A null removes.
    init(_ json: JSON) throws(APIError) {
        for (name, value) in try IndexSettings.flattened(json) where value != .null { values[name] = value }
    }

    subscript(_ name: String) -> String? {
        get { values["index." + name]?.text }
        set { values["index." + name] = newValue.map { .string($0) } }
    }

    var numberOfShards: Int { self["number_of_shards"].flatMap { Int($0) } ?? 1 }

    var numberOfReplicas: Int {
        if let range = self["auto_expand_replicas"], range != "false" { return 0 }
        return self["number_of_replicas"].flatMap { Int($0) } ?? 1
    }

    var isHidden: Bool { self["hidden"] == "true" }

    /// Milliseconds between refreshes: 1,000 unless set; nil for never.
    var refreshInterval: Int? {
        guard let text = self["refresh_interval"] else { return 1000 }
        let milliseconds = TimeValue.milliseconds(text) ?? 1000
        return milliseconds < 0 ? nil : milliseconds
    }

    /// Milliseconds for which the version of a deleted document is remembered: 60,000 unless set.
    var gcDeletes: Int { self["gc_deletes"].flatMap { TimeValue.milliseconds($0) } ?? 60_000 }

    var maxResultWindow: Int { self["max_result_window"].flatMap { Int($0) } ?? 10_000 }

    /// Takes over what another set says, nulls included as removals.
    mutating func merge(_ json: JSON) throws(APIError) {
        for (name, value) in try IndexSettings.flattened(json) { values[name] = value == .null ? nil : value }
    }

    mutating func merge(_ other: IndexSettings) { values.merge(other.values) { $1 } }

    /// - Parameter pattern: which settings, `*` for all.
    func json(isFlat: Bool, matching pattern: String = "*") -> JSON {
        let wanted = values.filter { entry in
            pattern.split(separator: ",").contains { Wildcard(String($0)).matches(entry.key) || $0 == "_all" }
        }
        let sorted = wanted.sorted { $0.key < $1.key }
        if isFlat { return .object(JSONObject(sorted.map { .init(key: $0.key, value: $0.value) })) }
        var root = JSON.object(JSONObject())
        for (name, value) in sorted { IndexSettings.set(value, at: name.split(separator: ".")[...], in: &root) }
        return root
    }

    private static func set(_ value: JSON, at path: ArraySlice<Substring>, in node: inout JSON) {
        guard let name = path.first, case .object(var object) = node else { return }
        if path.count == 1 {
            object[String(name)] = value
        } else {
            var below = object[String(name)] ?? [:]
            // A name that is a value and a prefix at once is answered by its dotted rest.
            if below.object == nil {
                object[path.joined(separator: ".")] = value
                node = .object(object)
                return
            }
            set(value, at: path.dropFirst(), in: &below)
            object[String(name)] = below
        }
        node = .object(object)
    }

    /// Whole names and values; each name is one that OpenSearch knows.
    static func flattened(_ json: JSON) throws(APIError) -> [(String, JSON)] {
        guard let object = json.object else { throw APIError(400, "parse_exception", "settings must be an object") }
        var flat: [(String, JSON)] = []
        flatten(object, prefix: "", into: &flat)
        var named: [(String, JSON)] = []
        for (name, value) in flat {
            let whole = name.hasPrefix("index.") ? name : "index." + name
            try KnownSettings.check(whole, value)
            named.append((whole, value))
        }
        return named
    }

    private static func flatten(_ object: JSONObject, prefix: String, into flat: inout [(String, JSON)]) {
        for member in object.members {
            let name = prefix + member.key
            switch member.value {
            case .object(let below): flatten(below, prefix: name + ".", into: &flat)
            case .array(let elements): flat.append((name, .array(elements.map { .string($0.text ?? "") })))
            case .null: flat.append((name, .null))
            default: flat.append((name, .string(member.value.text ?? "")))
            }
        }
    }
}

/// `1s`, `500ms`, `1h`: OpenSearch's spelling of durations.
enum TimeValue {
    /// Nil for what OpenSearch would not read; a bare `-1` is minus one.
    static func milliseconds(_ text: String) -> Int? {
        if text == "-1" || text == "0" { return Int(text) }
        let units: [(String, Int)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        for (unit, factor) in units where text.hasSuffix(unit) {
            if let number = Int(text.dropLast(unit.count)) { return number * factor }
        }
        return nil
    }
}
