/// `_alias` and `_aliases`.
enum AliasCalls {
    private static let parameters: Set<String> = [
        "expand_wildcards", "ignore_unavailable", "allow_no_indices", "local", "timeout", "master_timeout",
        "cluster_manager_timeout",
    ]

    static func add(to router: inout Router) {
        router.add("POST", "/_aliases", parameters, change)
        router.add("GET", "/_alias", parameters, get)
        router.add("GET", "/_alias/{id}", parameters, get)
        router.add("GET", "/{index}/_alias", parameters, get)
        router.add("GET", "/{index}/_alias/{id}", parameters, get)
        router.add("PUT,POST", "/{index}/_alias/{id}", parameters, put)
        router.add("DELETE", "/{index}/_alias/{id}", parameters, remove)
    }

    private static func change(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        try AliasActions.apply(try call.request.object()["actions"]?.elements ?? [], to: cluster)
        return .acknowledged
    }

    private static func put(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        var body = try call.request.object()
        body["index"] = .string(call["index"])
        body["alias"] = .string(call["id"])
        try AliasActions.apply([["add": .object(body)]], to: cluster)
        return .acknowledged
    }

    private static func remove(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        try AliasActions.apply(
            [["remove": ["index": .string(call["index"]), "alias": .string(call["id"])]]], to: cluster)
        return .acknowledged
    }

    private static func get(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        var expression = try IndexExpression(call["index"], call.request)
        if call["index"].isEmpty, call.query["expand_wildcards"] == nil { expression.includesHidden = true }
        let indices = try expression.resolve(in: cluster)
        let wanted = call["id"].split(separator: ",").map { Wildcard(String($0)) }
        var answer = JSONObject()
        var found: Set<String> = []
        for index in indices {
            let aliases = index.aliases.filter { alias in
                wanted.isEmpty || wanted.contains { $0.matches(alias.key) || $0.text == "_all" }
            }
            if aliases.isEmpty, !wanted.isEmpty { continue }
            found.formUnion(aliases.keys)
            let sorted = aliases.sorted { $0.key < $1.key }.map { JSONObject.Member(key: $0.key, value: $0.value.json) }
            answer[index.name] = ["aliases": .object(JSONObject(sorted))]
        }
        let missing = wanted.filter { !$0.isPattern && $0.text != "_all" && !found.contains($0.text) }.map(\.text)
            .sorted()
        if missing.isEmpty { return Response(200, .object(answer)) }
        // The aliases that are there stand beside the error, as OpenSearch has it.
        let names = missing.joined(separator: ",")
        answer.members.insert(
            .init(key: "error", value: .string("alias\(missing.count > 1 ? "es" : "") [\(names)] missing")), at: 0)
        answer.members.insert(.init(key: "status", value: 404), at: 1)
        return Response(404, .object(answer))
    }
}
