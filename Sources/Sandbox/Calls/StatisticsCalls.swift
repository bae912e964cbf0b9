/// `_stats` and `_cat/indices`.
enum StatisticsCalls {
    private static let choosing: Set<String> = ["expand_wildcards", "ignore_unavailable", "allow_no_indices"]

    static func add(to router: inout Router) {
        let parameters = choosing.union(["level", "forbid_closed_indices"])
        router.add("GET", "/_stats", parameters, statistics)
        router.add("GET", "/_stats/{id}", parameters, statistics)
        router.add("GET", "/{index}/_stats", parameters, statistics)
        router.add("GET", "/{index}/_stats/{id}", parameters, statistics)
        let columns = choosing.union(["format", "h"])
        router.add("GET", "/_cat/indices", columns, list)
        router.add("GET", "/_cat/indices/{index}", columns, list)
    }

    private static func statistics(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        for metric in call["id"].split(separator: ",") where !["_all", "docs", "store"].contains(metric) {
            throw .notImplemented("the index statistics [\(metric)]")
        }
        let indices = try IndexExpression(call["index"], call.request).resolve(in: cluster)
        let hasShards = call.query["level"] == "shards"
        var described = JSONObject()
        for index in indices {
            index.refreshIfDue(now: cluster.clock.milliseconds())
            let counts = counts(index.shards)
            var object: JSONObject = JSONObject([.init(key: "uuid", value: .string(index.uuid))])
            object["primaries"] = counts
            object["total"] = counts
            if hasShards {
                object["shards"] = .object(
                    JSONObject(index.shards.map { .init(key: String($0.number), value: [shard($0, cluster)]) }))
            }
            described[index.name] = .object(object)
        }
        let all = counts(indices.flatMap(\.shards))
        return Response(
            200,
            [
                "_shards": IndexCalls.shards(indices), "_all": ["primaries": all, "total": all],
                "indices": .object(described),
            ])
    }

    private static func counts(_ shards: [Shard]) -> JSON {
        let documents = shards.flatMap(\.searchable.documents)
        let bytes = documents.reduce(0) { $0 + $1.source.count }
        return [
            "docs": ["count": JSON(documents.count), "deleted": 0],
            "store": ["size_in_bytes": JSON(bytes), "reserved_in_bytes": 0],
        ]
    }

    private static func shard(_ shard: Shard, _ cluster: Cluster) -> JSON {
        let last = JSON(shard.maxSequenceNumber)
        var object = counts([shard]).object ?? JSONObject()
        object["routing"] = [
            "state": "STARTED", "primary": true, "node": .string(cluster.nodeID), "relocating_node": .null,
        ]
        object["commit"] = [
            "user_data": [
                "history_uuid": .string(shard.historyUUID), "max_seq_no": .string(String(shard.maxSequenceNumber)),
                "local_checkpoint": .string(String(shard.maxSequenceNumber)),
            ]
        ]
        object["seq_no"] = ["max_seq_no": last, "local_checkpoint": last, "global_checkpoint": last]
        return .object(object)
    }

    private static func list(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let indices = try IndexExpression(call["index"], call.request).resolve(in: cluster)
        let names =
            (call.query["h"] ?? "health,status,index,uuid,pri,rep,docs.count,docs.deleted,store.size,pri.store.size")
            .split(separator: ",").map(String.init)
        var rows: [JSONObject] = []
        for index in indices {
            index.refreshIfDue(now: cluster.clock.milliseconds())
            let documents = index.shards.flatMap(\.searchable.documents)
            let bytes = documents.reduce(0) { $0 + $1.source.count }
            let cells: [String: String] = [
                "health": index.settings.numberOfReplicas > 0 ? "yellow" : "green", "status": "open",
                "index": index.name,
                "uuid": index.uuid, "pri": String(index.shards.count), "rep": String(index.settings.numberOfReplicas),
                "docs.count": String(documents.count + index.discardedCount), "docs.deleted": "0",
                "store.size": "\(bytes)b",
                "pri.store.size": "\(bytes)b", "creation.date": String(index.creationDate),
            ]
            var row = JSONObject()
            for name in names {
                guard let cell = cells[name] else { throw .notImplemented("the column [\(name)] of _cat/indices") }
                row[name] = .string(cell)
            }
            rows.append(row)
        }
        if call.query["format"] == "json" { return Response(200, .array(rows.map { .object($0) })) }
        let text = rows.map { $0.members.compactMap(\.value.text).joined(separator: " ") + "\n" }.joined()
        return Response(status: 200, body: .text(text, contentType: "text/plain; charset=UTF-8"))
    }
}
