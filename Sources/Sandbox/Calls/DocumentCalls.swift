/// `_doc`, `_create`, `_source`, `_mget` and `_bulk`.
enum DocumentCalls {
    private static let writing: Set<String> = [
        "refresh", "routing", "version", "version_type", "if_seq_no", "if_primary_term", "op_type", "require_alias",
        "timeout",
        "wait_for_active_shards", "pipeline",
    ]
    private static let reading: Set<String> = [
        "routing", "realtime", "refresh", "preference", "_source", "_source_includes", "_source_excludes",
    ]

    static func add(to router: inout Router) {
        router.add("PUT,POST", "/_bulk", BulkCall.parameters, BulkCall.answer)
        router.add("PUT,POST", "/{index}/_bulk", BulkCall.parameters, BulkCall.answer)
        router.add("PUT,POST", "/{index}/_doc/{id}", writing) { (cluster, call) throws(APIError) in
            try index(cluster, call, isCreation: false)
        }
        router.add("POST", "/{index}/_doc", writing) { (cluster, call) throws(APIError) in
            try index(cluster, call, isCreation: false)
        }
        router.add("PUT,POST", "/{index}/_create/{id}", writing) { (cluster, call) throws(APIError) in
            try index(cluster, call, isCreation: true)
        }
        router.add("DELETE", "/{index}/_doc/{id}", writing, delete)
        router.add("GET", "/{index}/_doc/{id}", reading, get)
        router.add("GET", "/{index}/_source/{id}", reading, source)
        router.add("GET,POST", "/_mget", reading, multiGet)
        router.add("GET,POST", "/{index}/_mget", reading, multiGet)
    }

    private static func condition(_ request: Request) throws(APIError) -> WriteCondition {
        var condition = WriteCondition()
        condition.version = try request.number("version")
        condition.sequenceNumber = try request.number("if_seq_no")
        condition.primaryTerm = try request.number("if_primary_term")
        if let text = request.query["version_type"] {
            guard let type = WriteCondition.VersionType(rawValue: text) else {
                throw .illegalArgument("No version type match [\(text)]")
            }
            condition.versionType = type
        }
        if let type = request.query["op_type"] {
            guard type == "create" || type == "index" else {
                throw .illegalArgument("opType must be 'create' or 'index', found: [\(type)]")
            }
            condition.isCreation = type == "create"
        }
        return condition
    }

    private static func index(_ cluster: Cluster, _ call: Call, isCreation: Bool) throws(APIError) -> Response {
        let request = call.request
        let name = call["index"]
        if request.body.isEmpty { throw APIError(400, "parse_exception", "request body is required") }
        var condition = try condition(request)
        if isCreation { condition.isCreation = true }
        try condition.validate()
        let id = call["id"].isEmpty ? Identifier.documentID() : call["id"]
        if id.utf8.count > 512 {
            throw .invalidRequest("id [\(id)] is too long, must be no longer than 512 bytes but was: \(id.utf8.count)")
        }
        if let pipeline = request.query["pipeline"], pipeline != "_none" {
            throw .illegalArgument("pipeline with id [\(pipeline)] does not exist")
        }
        if try request.flag("require_alias") == true, !cluster.isAlias(name) { throw .notAnAlias(name) }
        if cluster.indices[name] == nil, !cluster.isAlias(name) { try cluster.create(name) }
        let index = try cluster.writeIndex(name)
        let routing = request.query["routing"] ?? index.aliases[name]?.indexRouting
        let result = try DocumentWrite.index(
            id, routing: routing, source: request.body, condition, in: index, now: cluster.clock.milliseconds())
        return answer(result, index, id, request)
    }

    private static func delete(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let request = call.request
        let name = call["index"]
        let condition = try condition(request)
        try condition.validate(isDelete: true)
        if cluster.indices[name] == nil, !cluster.isAlias(name), condition.versionType != .internal {
            try cluster.create(name)
        }
        let index = try cluster.writeIndex(name)
        let routing = request.query["routing"] ?? index.aliases[name]?.indexRouting
        let result = try DocumentWrite.delete(
            call["id"], routing: routing, condition, in: index, now: cluster.clock.milliseconds())
        return answer(result, index, call["id"], request)
    }

    private static func answer(_ result: WriteResult, _ index: Index, _ id: String, _ request: Request) -> Response {
        let refresh = request.query["refresh"]
        let isRefreshed = refresh != nil && refresh != "false"
        if isRefreshed { index.refresh() }
        let json = DocumentWrite.json(result, index: index, id: id, isRefreshed: isRefreshed && refresh != "wait_for")
        return Response(result.status, .object(json))
    }

    private static func get(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let index = try cluster.readIndex(call["index"])
        let filter = SourceFilter(call.query) ?? .everything
        guard let found = document(call["id"], routing: call.query["routing"], through: call["index"], in: index) else {
            return Response(404, .object(missing(call["id"], index.name)))
        }
        return Response(200, .object(json(found, index, filter)))
    }

    private static func source(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let index = try cluster.readIndex(call["index"])
        let filter = SourceFilter(call.query) ?? .everything
        guard let found = document(call["id"], routing: call.query["routing"], through: call["index"], in: index),
            let source = filter.apply(to: found.source)
        else {
            throw APIError(
                404, "resource_not_found_exception", "Document not found [\(index.name)]/[\(call["id"])]")
        }
        return Response(200, source)
    }

    private static func document(_ id: String, routing: String?, through name: String, in index: Index)
        -> StoredDocument?
    {
        index.shard(forID: id, routing: routing ?? index.aliases[name]?.searchRouting).document(id)
    }

    private static func missing(_ id: String, _ index: String) -> JSONObject {
        JSONObject([
            .init(key: "_index", value: .string(index)), .init(key: "_id", value: .string(id)),
            .init(key: "found", value: false),
        ])
    }

    private static func json(_ document: StoredDocument, _ index: Index, _ filter: SourceFilter) -> JSONObject {
        var object = JSONObject()
        object["_index"] = .string(index.name)
        object["_id"] = .string(document.id)
        object["_version"] = JSON(document.version)
        object["_seq_no"] = JSON(document.sequenceNumber)
        object["_primary_term"] = 1
        let source = filter.apply(to: document.source)
        // OpenSearch loads routing and source together: without the one it does not tell the other.
        if source != nil { object["_routing"] = document.routing.map { .string($0) } }
        object["found"] = true
        object["_source"] = source
        return object
    }

    private static func multiGet(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let body = try call.request.object()
        var wanted = (body["docs"]?.elements ?? []).map { $0.object ?? JSONObject() }
        for id in body["ids"]?.elements ?? [] { wanted.append(JSONObject([.init(key: "_id", value: id)])) }
        if wanted.isEmpty { throw .invalidRequest("no documents to get") }
        let filter = SourceFilter(call.query) ?? .everything
        var documents: [JSON] = []
        for (place, item) in wanted.enumerated() {
            for key in item.keys where !["_index", "_id", "routing", "_routing", "_source"].contains(key) {
                throw .notImplemented("[\(key)] in _mget")
            }
            guard let id = item["_id"]?.text else { throw .invalidRequest("id is missing for doc \(place)") }
            let name = item["_index"]?.text ?? call["index"]
            if name.isEmpty { throw .invalidRequest("index is missing for doc \(place)") }
            do {
                let index = try cluster.readIndex(name)
                let routing = (item["routing"] ?? item["_routing"])?.text ?? call.query["routing"]
                guard let found = document(id, routing: routing, through: name, in: index) else {
                    documents.append(.object(missing(id, index.name)))
                    continue
                }
                documents.append(.object(json(found, index, item["_source"].map(SourceFilter.init(_:)) ?? filter)))
            } catch {
                documents.append(["_index": .string(name), "_id": .string(id), "error": error.json["error"] ?? .null])
            }
        }
        return Response(200, ["docs": .array(documents)])
    }
}
