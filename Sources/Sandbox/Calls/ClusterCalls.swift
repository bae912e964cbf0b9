/// What is asked of the cluster as a whole: who it is, health, settings, nodes.
enum ClusterCalls {
    static func add(to router: inout Router) {
        router.add("GET", "/", [], root)
        let health: Set<String> = [
            "wait_for_status", "timeout", "level", "local", "master_timeout", "cluster_manager_timeout",
            "expand_wildcards",
            "wait_for_no_relocating_shards", "wait_for_no_initializing_shards", "wait_for_active_shards",
        ]
        router.add("GET", "/_cluster/health", health, ClusterCalls.health)
        router.add("GET", "/_cluster/health/{index}", health, ClusterCalls.health)
        router.add("GET", "/_cluster/settings", ["include_defaults", "flat_settings"], settings)
        router.add("GET", "/_nodes/stats", [], nodeStatistics)
        router.add("GET", "/_nodes/stats/{id}", [], nodeStatistics)
        router.add("GET", "/_nodes/http", [], nodesHTTP)
        router.add("GET", "/_tasks", ["actions", "detailed", "timeout"], tasks)
        router.add("GET", "/_tasks/{id}", [], task)
    }

    private static func root(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        var version: JSONObject = JSONObject()
        // Elasticsearch names no distribution.
        if cluster.distribution != "elasticsearch" { version["distribution"] = .string(cluster.distribution) }
        version["number"] = .string(cluster.versionNumber)
        version["build_type"] = "sandbox"
        version["build_snapshot"] = false
        version["lucene_version"] = "9.12.3"
        version["minimum_wire_compatibility_version"] = "7.10.0"
        version["minimum_index_compatibility_version"] = "7.0.0"
        version["sandbox"] = true
        return Response(
            200,
            [
                "name": "sandbox", "cluster_name": "opensearch-sandbox", "cluster_uuid": .string(cluster.uuid),
                "version": .object(version),
                "tagline": cluster.distribution == "elasticsearch"
                    ? "You Know, for Search" : "The OpenSearch Project: https://opensearch.org/ (sandbox)",
            ])
    }

    /// A request is answered when it is done: no other is ever under way while this one is.
    private static func tasks(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        Response(200, ["nodes": .object(JSONObject())])
    }

    /// Whatever was begun in the background was done at once.
    private static func task(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        Response(200, ["completed": true, "task": ["action": "indices:admin/forcemerge", "description": ""]])
    }

    private static let statuses = ["green": 0, "yellow": 1, "red": 2]

    private static func health(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        var expression = IndexExpression(call["index"])
        expression.includesHidden = true
        expression.ignoresUnavailable = true
        let indices = try expression.resolve(in: cluster)
        // One node: replicas are never assigned, as on a real cluster of one node.
        let missing = !call["index"].isEmpty && indices.isEmpty
        let lacking = indices.reduce(0) { $0 + $1.shards.count * $1.settings.numberOfReplicas }
        let status = missing ? "red" : lacking > 0 ? "yellow" : "green"
        let wanted = call.query["wait_for_status"] ?? "red"
        guard let limit = statuses[wanted], let reached = statuses[status] else {
            throw .illegalArgument("unknown cluster health status [\(wanted)]")
        }
        let primaries = indices.reduce(0) { $0 + $1.shards.count }
        let total = primaries + lacking
        // Nothing would change while waiting, so a status that is not reached times out at once.
        let timedOut = reached > limit || missing
        var answer: JSONObject = JSONObject([.init(key: "cluster_name", value: "opensearch-sandbox")])
        answer["status"] = .string(status)
        answer["timed_out"] = .bool(timedOut)
        answer["number_of_nodes"] = 1
        answer["number_of_data_nodes"] = 1
        answer["discovered_master"] = true
        answer["discovered_cluster_manager"] = true
        answer["active_primary_shards"] = JSON(primaries)
        answer["active_shards"] = JSON(primaries)
        for key in ["relocating_shards", "initializing_shards"] { answer[key] = 0 }
        answer["unassigned_shards"] = JSON(lacking)
        for key in ["delayed_unassigned_shards", "number_of_pending_tasks", "number_of_in_flight_fetch"] {
            answer[key] = 0
        }
        answer["task_max_waiting_in_queue_millis"] = 0
        answer["active_shards_percent_as_number"] = JSON(total == 0 ? 100 : 100 * Double(primaries) / Double(total))
        if let level = call.query["level"], level != "cluster" {
            answer["indices"] = .object(JSONObject(indices.map { .init(key: $0.name, value: health(of: $0)) }))
        }
        return Response(timedOut ? 408 : 200, .object(answer))
    }

    private static func health(of index: Index) -> JSON {
        let replicas = index.settings.numberOfReplicas
        let count = index.shards.count
        return [
            "status": replicas > 0 ? "yellow" : "green", "number_of_shards": JSON(count),
            "number_of_replicas": JSON(replicas), "active_primary_shards": JSON(count), "active_shards": JSON(count),
            "relocating_shards": 0, "initializing_shards": 0, "unassigned_shards": JSON(count * replicas),
        ]
    }

    private static func settings(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let isFlat = try call.request.flag("flat_settings") ?? false
        var answer: JSONObject = JSONObject([
            .init(key: "persistent", value: [:]), .init(key: "transient", value: [:]),
        ])
        if try call.request.flag("include_defaults") == true {
            let defaults: [(String, JSON)] = [
                ("action.auto_create_index", "true"), ("cluster.name", "opensearch-sandbox"),
                ("cluster.routing.allocation.awareness.attributes", []),
                ("cluster.routing.allocation.disk.threshold_enabled", "true"),
                ("cluster.routing.allocation.disk.watermark.flood_stage", "95%"),
                ("cluster.routing.allocation.disk.watermark.high", "90%"),
                ("cluster.routing.allocation.disk.watermark.low", "85%"),
                ("cluster.routing.allocation.enable", "all"),
                ("http.max_content_length", .string("\(cluster.maxContentLength)b")),
            ]
            answer["defaults"] = isFlat ? flat(defaults) : nested(defaults)
        }
        return Response(200, .object(answer))
    }

    private static func flat(_ values: [(String, JSON)]) -> JSON {
        .object(JSONObject(values.map { .init(key: $0.0, value: $0.1) }))
    }

    private static func nested(_ values: [(String, JSON)]) -> JSON {
        var root = JSONObject()
        for (name, value) in values { set(value, at: name.split(separator: ".")[...], in: &root) }
        return .object(root)
    }

    private static func set(_ value: JSON, at path: ArraySlice<Substring>, in object: inout JSONObject) {
        guard let name = path.first.map(String.init) else { return }
        if path.count == 1 {
            object[name] = value
        } else {
            var below = object[name]?.object ?? JSONObject()
            set(value, at: path.dropFirst(), in: &below)
            object[name] = .object(below)
        }
    }

    private static func node(_ cluster: Cluster, _ parts: [(String, JSON)]) -> Response {
        var node: JSONObject = JSONObject([.init(key: "name", value: "sandbox")])
        node["host"] = "127.0.0.1"
        node["ip"] = "127.0.0.1"
        node["version"] = .string(cluster.versionNumber)
        node["roles"] = ["cluster_manager", "data", "ingest"]
        for (name, value) in parts { node[name] = value }
        return Response(
            200,
            [
                "_nodes": ["total": 1, "successful": 1, "failed": 0], "cluster_name": "opensearch-sandbox",
                "nodes": .object(JSONObject([.init(key: cluster.nodeID, value: .object(node))])),
            ])
    }

    private static func nodesHTTP(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        node(cluster, [("http", ["max_content_length_in_bytes": JSON(cluster.maxContentLength)])])
    }

    private static func nodeStatistics(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let now = JSON(cluster.clock.milliseconds())
        // A disk of 100 GB, half full, and a heap of 2 GB: numbers of a healthy small node.
        let disk: JSON = [
            "total_in_bytes": 100_000_000_000, "free_in_bytes": 50_000_000_000, "available_in_bytes": 50_000_000_000,
        ]
        let taken = JSON(cluster.indexedBytes)
        let known: [(String, JSON)] = [
            ("fs", ["timestamp": now, "total": disk, "data": [["path": "/sandbox", "mount": "/", "type": "memory"]]]),
            ("http", ["current_open": 1, "total_opened": 1]),
            ("jvm", ["timestamp": now, "mem": ["heap_used_percent": 20, "heap_max_in_bytes": 2_147_483_648]]),
            (
                "thread_pool",
                [
                    "write": ["threads": 2, "queue": 0, "active": 0, "rejected": 0, "largest": 2, "completed": 0],
                    "search": ["threads": 4, "queue": 0, "active": 0, "rejected": 0, "largest": 4, "completed": 0],
                ]
            ),
            (
                "indexing_pressure",
                [
                    "memory": [
                        "current": ["combined_coordinating_and_primary_in_bytes": 0, "all_in_bytes": 0],
                        "total": [
                            "combined_coordinating_and_primary_in_bytes": taken, "all_in_bytes": taken,
                            "coordinating_rejections": 0, "primary_rejections": 0, "replica_rejections": 0,
                        ],
                        "limit_in_bytes": 214_748_364,
                    ]
                ]
            ),
        ]
        let wanted =
            call["id"].isEmpty || call["id"] == "_all"
            ? known.map(\.0) : call["id"].split(separator: ",").map(String.init)
        var parts: [(String, JSON)] = [("timestamp", now)]
        for name in wanted {
            guard let part = known.first(where: { $0.0 == name }) else {
                throw .notImplemented("the node statistics [\(name)]")
            }
            parts.append(part)
        }
        return node(cluster, parts)
    }
}
