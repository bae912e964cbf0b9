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
}
