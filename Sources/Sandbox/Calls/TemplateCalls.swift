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
        router.add("GET", "/_component_template", parameters, getComponent)
        router.add("GET", "/_component_template/{id}", parameters, getComponent)
        router.add("PUT,POST", "/_component_template/{id}", parameters, putComponent)
        router.add("DELETE", "/_component_template/{id}", parameters, removeComponent)
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

    private static func getComponent(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let found = matching(cluster.templates.components, call)
        if found.isEmpty, !call["id"].isEmpty, !call["id"].contains("*") {
            throw APIError(404, "resource_not_found_exception", "component template matching [\(call["id"])] not found")
        }
        return Response(
            200,
            [
                "component_templates": .array(
                    found.map { ["name": .string($0.0), "component_template": .object($0.1)] })
            ])
    }

    private static func putComponent(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        try cluster.templates.putComponent(call["id"], try call.request.object())
        return .acknowledged
    }

    private static func removeComponent(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        guard try cluster.templates.removeComponent(call["id"]) else { throw missing(call["id"]) }
        return .acknowledged
    }

    /// Shows the composable template alone, as OpenSearch does: legacy ones act all the same.
    private static func simulate(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        guard let winner = cluster.templates.winner(for: call["id"], isHidden: false) else { return Response(200, [:]) }
        return simulated(try cluster.templates.composed(winner))
    }

    private static func simulateTemplate(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        guard cluster.templates.composable[call["id"]] != nil else {
            throw .illegalArgument("unable to simulate template [\(call["id"])] that does not exist")
        }
        return simulated(try cluster.templates.composed(call["id"]))
    }

    private static func simulated(_ parts: Templates.Parts) -> Response {
        let aliases = parts.aliases.sorted { $0.key < $1.key }.map {
            JSONObject.Member(key: $0.key, value: $0.value.json)
        }
        return Response(
            200,
            [
                "template": [
                    "settings": parts.settings.json(isFlat: false), "mappings": parts.mapping.json,
                    "aliases": .object(JSONObject(aliases)),
                ],
                "overlapping": [],
            ])
    }
}
