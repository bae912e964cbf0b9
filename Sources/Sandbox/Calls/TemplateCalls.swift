/// `_index_template`, `_template` and the simulation of what a name would get.
enum TemplateCalls {
    private static let parameters: Set<String> = [
        "create", "order", "cause", "local", "master_timeout", "cluster_manager_timeout", "timeout", "flat_settings",
    ]

    static func add(to router: inout Router) {
        router.add("POST", "/_index_template/_simulate_index/{id}", parameters, simulate)
        router.add("POST", "/_index_template/_simulate/{id}", parameters, simulateTemplate)
        router.add("GET", "/_index_template", parameters, get)
        router.add("GET", "/_index_template/{id}", parameters, get)
        router.add("PUT,POST", "/_index_template/{id}", parameters, put)
        router.add("DELETE", "/_index_template/{id}", parameters, remove)
        router.add("GET", "/_template", parameters, getLegacy)
        router.add("GET", "/_template/{id}", parameters, getLegacy)
        router.add("PUT,POST", "/_template/{id}", parameters, putLegacy)
        router.add("DELETE", "/_template/{id}", parameters, removeLegacy)
    }

    private static func matching(_ templates: [String: JSONObject], _ call: Call) -> [(String, JSONObject)] {
        let patterns = call["id"].split(separator: ",").map { Wildcard(String($0)) }
        return templates.sorted { $0.key < $1.key }
            .filter { name in patterns.isEmpty || patterns.contains { $0.matches(name.key) } }.map {
                ($0.key, $0.value)
            }
    }

    private static func get(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let found = matching(cluster.templates.composable, call)
        if found.isEmpty, !call["id"].isEmpty, !call["id"].contains("*") {
            throw APIError(404, "resource_not_found_exception", "index template matching [\(call["id"])] not found")
        }
        return Response(
            200,
            [
                "index_templates": .array(
                    found.map { ["name": .string($0.0), "index_template": .object($0.1)] })
            ])
    }

    private static func put(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        try cluster.templates.put(call["id"], try call.request.object())
        return .acknowledged
    }

    private static func remove(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        guard cluster.templates.remove(call["id"]) else { throw missing(call["id"]) }
        return .acknowledged
    }

    private static func getLegacy(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let found = matching(cluster.templates.legacy, call)
        let isMissing = found.isEmpty && !call["id"].isEmpty && !call["id"].contains("*")
        return Response(
            isMissing ? 404 : 200, .object(JSONObject(found.map { .init(key: $0.0, value: .object($0.1)) })))
    }

    private static func putLegacy(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        try cluster.templates.putLegacy(call["id"], try call.request.object())
        return .acknowledged
    }

    private static func removeLegacy(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        guard cluster.templates.removeLegacy(call["id"]) else { throw missing(call["id"]) }
        return .acknowledged
    }

    private static func missing(_ name: String) -> APIError {
        APIError(404, "index_template_missing_exception", "index_template [\(name)] missing")
    }

    /// Shows the composable template alone, as OpenSearch does: legacy ones act all the same.
    private static func simulate(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let name = call["id"]
        guard let winner = cluster.templates.winner(for: name, isHidden: false),
            let template = cluster.templates.composable[winner]?["template"]
        else { return Response(200, [:]) }
        return Response(
            200,
            [
                "template": [
                    "settings": template["settings"] ?? [:], "mappings": template["mappings"] ?? [:],
                    "aliases": template["aliases"] ?? [:],
                ],
                "overlapping": [],
            ])
    }

    /// What a template gives by itself. It is composed of nothing else, so that is the template.
    private static func simulateTemplate(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        guard let template = cluster.templates.composable[call["id"]] else {
            throw .illegalArgument("unable to simulate template [\(call["id"])] that does not exist")
        }
        return Response(200, ["template": template["template"] ?? [:], "overlapping": []])
    }
}
