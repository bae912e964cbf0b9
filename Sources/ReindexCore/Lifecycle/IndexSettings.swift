/// The settings of an index while it is filled, and how they are put back.
///
/// What is put back is what was read after the creation, templates included; a setting that was not set goes back to null.
/// Source: OpenSearch documentation, "Index settings"; `facts.md`.
struct IndexSettings {
    /// Read before, put back after.
    static let changed = ["refresh_interval", "number_of_replicas", "gc_deletes", "translog.durability", "hidden"]

    /// What the body or a template gave, as `putSettings` takes it back. `hidden` is the body's own wish.
    static func toRestore(from read: [String: String], bodyIsHidden: Bool) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for name in changed where name != "hidden" {
            members["index.\(name)"] = read[name].map { .string($0) } ?? .null
        }
        members["index.hidden"] = .bool(bodyIsHidden)
        return .object(members)
    }

    /// What a body alone gave.
    static func toRestore(ofBody body: JSONValue) -> JSONValue {
        let settings = flattened(body["settings"] ?? [:])
        var members: [String: JSONValue] = [:]
        for name in changed where name != "hidden" {
            let value = settings["index.\(name)"] ?? .null
            // As it is read from an index.
            members["index.\(name)"] =
                value == .null ? .null : .string(value.string ?? String(decoding: value.bytes, as: UTF8.self))
        }
        members["index.hidden"] = .bool(isHidden(body))
        return .object(members)
    }

    /// Whether an index, as it was read, was left as ``forLoad(replicas:)`` made it.
    static func areForLoad(_ settings: [String: String]) -> Bool {
        settings["refresh_interval"] == "-1" && settings["gc_deletes"] == "1h"
    }

    /// - Parameter replicas: nil keeps the body's.
    static func forLoad(replicas: Int?) -> JSONValue {
        var settings: [String: JSONValue] = [
            "index.refresh_interval": "-1", "index.gc_deletes": "1h", "index.translog.durability": "request",
        ]
        if let replicas { settings["index.number_of_replicas"] = .integer(Int64(replicas)) }
        return .object(settings)
    }

    /// Everything but `hidden`, which follows the alias.
    static func beforePromotion(_ toRestore: JSONValue) -> JSONValue {
        .object((toRestore.object ?? [:]).filter { $0.key != "index.hidden" })
    }

    /// The index body as it is sent: hidden, with our `_meta.reindex` beside the body's own `_meta`, and the writer alias.
    static func body(_ body: JSONValue, meta: JSONValue, writerAlias: String) -> JSONValue {
        var result = body
        var mappings = body["mappings"] ?? [:]
        var ownMeta = mappings["_meta"] ?? [:]
        ownMeta["reindex"] = meta
        mappings["_meta"] = ownMeta
        result["mappings"] = mappings
        var settings = flattened(body["settings"] ?? [:])
        settings["index.hidden"] = true
        result["settings"] = .object(settings)
        result["aliases"] = [writerAlias: ["is_hidden": true, "is_write_index": true]]
        return result
    }

    /// Whether the body asks for a hidden index.
    static func isHidden(_ body: JSONValue) -> Bool {
        let value = flattened(body["settings"] ?? [:])["index.hidden"]
        return value == true || value == "true"
    }

    /// `{"index": {"x": 1}}`, `{"index.x": 1}` and `{"x": 1}` all as `{"index.x": 1}`.
    static func flattened(_ settings: JSONValue, prefix: String = "") -> [String: JSONValue] {
        var flat: [String: JSONValue] = [:]
        for (key, value) in settings.object ?? [:] {
            let name = prefix + key
            if case .object = value {
                flat.merge(flattened(value, prefix: name + ".")) { $1 }
            } else {
                flat[name.hasPrefix("index.") ? name : "index." + name] = value
            }
        }
        return flat
    }
}
