/// Indices, their settings and mappings, refresh, flush and force merge.
enum IndexCalls {
    private static let choosing: Set<String> = ["expand_wildcards", "ignore_unavailable", "allow_no_indices", "local"]
    private static let waiting: Set<String> = [
        "timeout", "master_timeout", "cluster_manager_timeout", "wait_for_active_shards",
    ]

    static func add(to router: inout Router) {
        router.add("GET", "/{index}", choosing.union(waiting).union(["flat_settings"]), get)
        router.add("PUT", "/{index}", waiting, put)
        router.add("DELETE", "/{index}", choosing.union(waiting), delete)
        let settings = choosing.union(waiting).union(["flat_settings", "preserve_existing"])
        router.add("GET", "/_settings", settings, getSettings)
        router.add("GET", "/{index}/_settings", settings, getSettings)
        router.add("GET", "/{index}/_settings/{id}", settings, getSettings)
        router.add("PUT", "/{index}/_settings", settings, putSettings)
        router.add("GET", "/_mapping", choosing.union(waiting), getMapping)
        router.add("GET", "/{index}/_mapping", choosing.union(waiting), getMapping)
        router.add("PUT,POST", "/{index}/_mapping", choosing.union(waiting), putMapping)
        let merging: Set<String> = [
            "max_num_segments", "flush", "only_expunge_deletes", "force", "wait_if_ongoing", "wait_for_completion",
        ]
        for verb in ["_refresh", "_flush", "_forcemerge"] {
            router.add("GET,POST", "/\(verb)", choosing.union(merging), refresh)
            router.add("GET,POST", "/{index}/\(verb)", choosing.union(merging), refresh)
        }
    }

    private static func resolve(_ cluster: Cluster, _ call: Call, hidden: Bool = false) throws(APIError) -> [Index] {
        var expression = try IndexExpression(call["index"], call.request)
        if hidden, call.query["expand_wildcards"] == nil { expression.includesHidden = true }
        return try expression.resolve(in: cluster)
    }

    private static func each(_ indices: [Index], _ describe: (Index) -> JSON?) -> JSON {
        .object(JSONObject(indices.compactMap { index in describe(index).map { .init(key: index.name, value: $0) } }))
    }

    private static func get(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let isFlat = try call.request.flag("flat_settings") ?? false
        return Response(200, each(try resolve(cluster, call)) { $0.description(isFlat: isFlat) })
    }

    private static func put(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let body: JSONObject
        if let first = call.request.body.first(where: { $0 > 0x20 }), first != UInt8(ascii: "{") {
            throw APIError(
                500, "not_x_content_exception",
                "Compressor detection can only be called on some xcontent bytes or compressed xcontent bytes")
        }
        do {
            body = try call.request.object()
        } catch {
            throw APIError(
                400, "parse_exception", "Failed to parse content to map",
                causedBy: APIError.cause(error.type, error.reason))
        }
        try cluster.create(call["index"], body)
        return Response(
            200, ["acknowledged": true, "shards_acknowledged": true, "index": .string(call["index"])])
    }

    private static func delete(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        var expression = try IndexExpression(call["index"], call.request)
        expression.followsAliases = false
        for index in try expression.resolve(in: cluster) { cluster.indices[index.name] = nil }
        return .acknowledged
    }

    private static func getSettings(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let isFlat = try call.request.flag("flat_settings") ?? false
        let pattern = call["id"].isEmpty ? "*" : call["id"]
        return Response(
            200,
            each(try resolve(cluster, call)) { index in
                let settings = index.settings.json(isFlat: isFlat, matching: pattern)
                return settings.object?.isEmpty == true ? nil : ["settings": settings]
            })
    }

    private static func putSettings(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        var body = JSON.object(try call.request.object())
        if let inner = body["settings"], body.object?.members.count == 1 { body = inner }
        let changes = try IndexSettings.flattened(body)
        if changes.isEmpty { throw .invalidRequest("no settings to update") }
        let indices = try resolve(cluster, call)
        let fixed = changes.map(\.0).filter(KnownSettings.isFixed).sorted()
        if !fixed.isEmpty {
            let names = indices.map { "[\($0.name)/\($0.uuid)]" }.joined(separator: ", ")
            throw .illegalArgument(
                "Can't update non dynamic settings [[\(fixed.joined(separator: ", "))]] for open indices [\(names)]")
        }
        let keeps = try call.request.flag("preserve_existing") ?? false
        for index in indices {
            let wanted = changes.filter { !keeps || index.settings.values[$0.0] == nil }
            try index.settings.merge(.object(JSONObject(wanted.map { .init(key: $0.0, value: $0.1) })))
            if index.settings["number_of_replicas"] == nil { index.settings["number_of_replicas"] = "1" }
        }
        return .acknowledged
    }

    private static func getMapping(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        Response(200, each(try resolve(cluster, call)) { ["mappings": $0.mapping.json] })
    }

    private static func putMapping(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let change = try Mapping(.object(try call.request.object()))
        for index in try resolve(cluster, call) {
            var mapping = index.mapping
            try mapping.merge(change)
            try mapping.checkLimit(index.settings)
            try mapping.checkAnalyzers(index.settings)
            index.mapping = mapping
        }
        return .acknowledged
    }

    /// All three make writes visible; nothing else of them has a meaning in memory.
    private static func refresh(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let indices = try resolve(cluster, call, hidden: true)
        for index in indices { index.refresh() }
        if call.query["wait_for_completion"] == "false" { return Response(200, ["task": "sandbox:1"]) }
        return Response(200, ["_shards": shards(indices)])
    }

    /// Copies that are wanted, and the primaries, the only ones there are on one node.
    static func shards(_ indices: [Index]) -> JSON {
        let primaries = indices.reduce(0) { $0 + $1.shards.count }
        let copies = indices.reduce(0) { $0 + $1.shards.count * (1 + $1.settings.numberOfReplicas) }
        return ["total": JSON(copies), "successful": JSON(primaries), "failed": 0]
    }
}
