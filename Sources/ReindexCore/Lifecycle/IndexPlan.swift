/// The mapping that an index was built with, kept in its `_meta`: a rollback brings it up to date by its own.
package enum IndexPlan {
    /// Without the index body, which the index itself shows, and without what is for its promotion alone.
    static func json(of mapping: Mapping) throws -> JSONValue {
        var mapping = mapping
        mapping.body.json = [:]
        (mapping.gate, mapping.watch) = (nil, nil)
        return try JSONValue(encoding: mapping)
    }

    /// nil where the index is not ours, or was made by a version that kept none.
    package static func mapping(of index: IndexDescription) -> Mapping? {
        guard var mapping = try? index.mappings["_meta"]?["reindex"]?["plan"]?.decode(Mapping.self) else { return nil }
        mapping.body.json = ["mappings": index.mappings]
        return mapping
    }

    /// The index's `_meta` with the moment in which it ceased to serve.
    static func meta(of index: IndexDescription, servedUntil: String) -> JSONValue {
        var meta = index.mappings["_meta"] ?? [:]
        meta["reindex"]?["servedUntil"] = .string(servedUntil)
        return meta
    }

    /// With the moment in which the alias was taken back from it, or without: one that was rolled back is no good one to
    /// keep (``Retention``).
    static func meta(of index: IndexDescription, rolledBackAt: String?) -> JSONValue {
        var meta = index.mappings["_meta"] ?? [:]
        meta["reindex"]?["rolledBackAt"] = rolledBackAt.map { .string($0) }
        return meta
    }

    /// With the settings that were changed for its load, where its run's record is about to be another's.
    static func meta(of index: IndexDescription, settingsToRestore: JSONValue) -> JSONValue {
        var meta = index.mappings["_meta"] ?? [:]
        meta["reindex"]?["settingsToRestore"] = settingsToRestore
        return meta
    }
}
