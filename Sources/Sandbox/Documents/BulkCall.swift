/// `_bulk`: every action gets one item, in order.
enum BulkCall {
    static let parameters: Set<String> = [
        "require_alias", "pipeline", "refresh", "routing", "timeout", "wait_for_active_shards", "_source",
    ]

    static func answer(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let request = call.request
        let began = cluster.clock.milliseconds()
        var actions = try BulkBody.actions(request.body)
        let requiresAlias = try request.flag("require_alias")
        for place in actions.indices {
            if actions[place].indexName == nil, !call["index"].isEmpty { actions[place].indexName = call["index"] }
            if actions[place].routing == nil { actions[place].routing = request.query["routing"] }
            if actions[place].requiresAlias == nil { actions[place].requiresAlias = requiresAlias }
            if actions[place].pipeline == nil { actions[place].pipeline = request.query["pipeline"] }
            try validate(actions[place])
        }
        createMissing(actions, in: cluster)
        cluster.indexedBytes += request.body.count
        var hasErrors = false
        var items: [JSON] = []
        items.reserveCapacity(actions.count)
        var refused = 0.0
        for action in actions {
            // The share is spread evenly over the items, so that it does not hang on chance.
            refused += request.refusedShare ?? 0
            var item: JSONObject
            do throws(APIError) {
                if refused >= 1 {
                    refused -= 1
                    throw rejected
                }
                item = try apply(action, request, in: cluster, now: began)
            } catch {
                hasErrors = true
                item = failedItem(action, error, in: cluster)
            }
            items.append(.object(JSONObject([.init(key: action.kind.rawValue, value: .object(item))])))
        }
        if let refresh = request.query["refresh"], refresh != "false" {
            for name in Set(actions.compactMap(\.indexName)) { try? cluster.writeIndex(name).refresh() }
        }
        return Response(
            200,
            [
                "took": JSON(cluster.clock.milliseconds() - began), "errors": .bool(hasErrors), "items": .array(items),
            ])
    }

    /// One bad `_id` or version refuses the whole request.
    private static func validate(_ action: BulkAction) throws(APIError) {
        guard let name = action.indexName, !name.isEmpty else { throw .invalidRequest("index is missing") }
        if action.kind == .delete, action.id?.isEmpty != false { throw .invalidRequest("id is missing") }
        if let id = action.id, id.utf8.count > 512 {
            throw .invalidRequest(
                "id [\(id)] is too long, must be no longer than 512 bytes but was: \(id.utf8.count)")
        }
        if action.id == nil, action.condition.versionType != .internal {
            throw .invalidRequest("an id must be provided if version type or value are set")
        }
        try action.condition.validate(isDelete: action.kind == .delete)
    }

    /// Indices are created before any item is looked at: for each name that no item asks to be an alias.
    ///
    /// A deletion asks for nothing, even with `require_alias`; with an external version it creates its index like a write.
    private static func createMissing(_ actions: [BulkAction], in cluster: Cluster) {
        var fenced: [String: Bool] = [:]
        for action in actions {
            guard let name = action.indexName, action.kind != .delete || action.condition.versionType != .internal
            else {
                continue
            }
            let requires = action.kind != .delete && action.requiresAlias == true
            fenced[name] = fenced[name] == true || requires
        }
        for (name, isFenced) in fenced where !isFenced && cluster.indices[name] == nil && !cluster.isAlias(name) {
            // A name that cannot be created fails its items below.
            _ = try? cluster.create(name)
        }
    }

    private static func apply(
        _ action: BulkAction, _ request: Request, in cluster: Cluster, now: Int
    ) throws(APIError) -> JSONObject {
        let name = action.indexName ?? ""
        if action.kind != .delete, action.requiresAlias == true, !cluster.isAlias(name) { throw .notAnAlias(name) }
        if let pipeline = action.pipeline, pipeline != "_none" {
            throw .illegalArgument("pipeline with id [\(pipeline)] does not exist")
        }
        if cluster.indices[name] == nil, !cluster.isAlias(name) { try IndexName.check(name) }
        let index = try cluster.writeIndex(name)
        let routing = action.routing ?? index.aliases[name]?.indexRouting
        let id = action.id ?? Identifier.documentID()
        let result: WriteResult
        if action.kind == .delete {
            result = try DocumentWrite.delete(id, routing: routing, action.condition, in: index, now: now)
        } else {
            result = try DocumentWrite.index(
                id, routing: routing, source: Array(request.body[action.source]), action.condition, in: index, now: now)
        }
        let refresh = request.query["refresh"]
        var item = DocumentWrite.json(result, index: index, id: id, isRefreshed: refresh == "true" || refresh == "")
        item["status"] = JSON(result.status)
        return item
    }

    private static func failedItem(_ action: BulkAction, _ error: APIError, in cluster: Cluster) -> JSONObject {
        let name = action.indexName ?? ""
        var item = JSONObject()
        // An error of the fence names what was asked for, any other one the index behind it.
        let isFence = error.type == "index_not_found_exception"
        item["_index"] = .string(isFence ? name : (try? cluster.writeIndex(name).name) ?? name)
        item["_id"] = action.id.map { .string($0) } ?? .null
        item["status"] = JSON(error.status)
        item["error"] = error.item
        return item
    }

    /// What a full write queue answers.
    private static let rejected = APIError(
        429, "rejected_execution_exception",
        "rejected execution of org.opensearch.action.bulk.TransportBulkAction on OpenSearchThreadPoolExecutor[name = write, "
            + "queue capacity = 10000]")
}
