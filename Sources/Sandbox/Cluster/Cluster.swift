/// All that the sandbox holds. Not thread-safe: ``Service`` lets one request in at a time.
final class Cluster {
    let clock: Clock
    let distribution: String
    let versionNumber: String
    /// `http.max_content_length`, for the inflated body.
    let maxContentLength: Int
    let uuid = Identifier.uuid()
    let nodeID = Identifier.uuid()
    var indices: [String: Index] = [:]
    var templates = Templates()
    var scrolls = Scrolls()
    var pointsInTime = PointsInTime()
    /// Bytes of bulk bodies taken so far, for the indexing-pressure statistics.
    var indexedBytes = 0

    init(
        clock: Clock = .system, distribution: String = "opensearch", versionNumber: String = "2.19.6",
        maxContentLength: Int = 100 << 20
    ) {
        self.clock = clock
        self.distribution = distribution
        self.versionNumber = versionNumber
        self.maxContentLength = maxContentLength
    }

    /// Whether an alias of this name exists.
    func isAlias(_ name: String) -> Bool { indices.values.contains { $0.aliases[name] != nil } }

    /// The indices of an alias, by name.
    func indices(ofAlias name: String) -> [Index] {
        indices.values.filter { $0.aliases[name] != nil }.sorted { $0.name < $1.name }
    }

    /// The index itself, or that of the alias which takes writes.
    func writeIndex(_ name: String) throws(APIError) -> Index {
        if let index = indices[name] { return index }
        let candidates = indices(ofAlias: name)
        if candidates.isEmpty { throw .noSuchIndex(name, resource: "index_expression") }
        if let index = candidates.first(where: { $0.aliases[name]?.isWriteIndex == true }) { return index }
        if candidates.count == 1, candidates[0].aliases[name]?.isWriteIndex != false { return candidates[0] }
        throw .illegalArgument(
            "no write index is defined for alias [\(name)]. The write index may be explicitly disabled using "
                + "is_write_index=false or the alias points to multiple indices without one being designated as a write index"
        )
    }

    /// The index itself, or the only one of an alias, to read one document from.
    func readIndex(_ name: String) throws(APIError) -> Index {
        if let index = indices[name] { return index }
        let candidates = indices(ofAlias: name)
        if candidates.isEmpty { throw .noSuchIndex(name, resource: "index_expression") }
        if candidates.count > 1 {
            let names = candidates.map(\.name).joined(separator: ", ")
            throw .illegalArgument(
                "alias [\(name)] has more than one index associated with it [\(names)], can't execute a single index op"
            )
        }
        return candidates[0]
    }

    /// Creates an index from a body, and from the templates that match its name.
    /// - Parameter body: `settings`, `mappings` and `aliases`, each optional.
    @discardableResult
    func create(_ name: String, _ body: JSONObject = JSONObject()) throws(APIError) -> Index {
        try IndexName.check(name)
        if let index = indices[name] {
            throw APIError(
                400, "resource_already_exists_exception", "index [\(name)/\(index.uuid)] already exists",
                details: ["index": .string(name), "index_uuid": .string(index.uuid)])
        }
        if isAlias(name) { throw .invalidIndexName(name, "already exists as alias") }
        for key in body.keys where !["settings", "mappings", "aliases"].contains(key) {
            throw APIError(400, "parse_exception", "unknown key [\(key)] for create index")
        }
        let own = try IndexSettings(body["settings"] ?? [:])
        var parts = try templates.parts(for: name, isHidden: own.isHidden)
        parts.settings.merge(own)
        do {
            try parts.mapping.merge(try Mapping(body["mappings"] ?? [:]))
        } catch {
            throw Mapping.failedToParse(error)
        }
        for (alias, options) in body["aliases"]?.object?.members.map({ ($0.key, $0.value) }) ?? [] {
            try IndexName.checkAlias(alias)
            parts.aliases[alias] = try AliasOptions(options.object ?? JSONObject())
        }
        try parts.mapping.checkAnalyzers(parts.settings)
        var staged = indices.mapValues(\.aliases)
        staged[name] = parts.aliases
        try AliasActions.check(staged, in: self)
        let index = Index(
            name: name, settings: parts.settings, mapping: parts.mapping, aliases: parts.aliases,
            now: clock.milliseconds())
        indices[name] = index
        return index
    }
}
