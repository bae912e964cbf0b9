/// `_search/point_in_time`: opened, listed and closed.
enum PointInTimeCalls {
    static func add(to router: inout Router) {
        let opening: Set<String> = [
            "keep_alive", "allow_partial_pit_creation", "expand_wildcards", "ignore_unavailable",
        ]
        router.add("POST", "/{index}/_search/point_in_time", opening, open)
        router.add("GET", "/_search/point_in_time/_all", [], list)
        router.add("DELETE", "/_search/point_in_time/_all", [], closeAll)
        router.add("DELETE", "/_search/point_in_time", [], close)
    }

    private static func open(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        guard let text = call.query["keep_alive"], let kept = TimeValue.milliseconds(text) else {
            throw .invalidRequest("keep alive not specified")
        }
        let indices = try IndexExpression(call["index"], call.request).resolve(in: cluster)
        for index in indices { index.refreshIfDue(now: cluster.clock.milliseconds()) }
        let now = cluster.clock.milliseconds()
        let id = cluster.pointsInTime.add(indices, keptFor: kept, now: now)
        return Response(
            200, ["pit_id": .string(id), "_shards": SearchCalls.shards(indices), "creation_time": JSON(now)])
    }

    private static func list(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let points = cluster.pointsInTime.texts.compactMap { text -> JSON? in
            guard let point = cluster.pointsInTime.point(text) else { return nil }
            return ["pit_id": .string(text), "creation_time": JSON(point.created), "keep_alive": JSON(point.keptFor)]
        }
        return Response(200, ["pits": .array(points)])
    }

    private static func closeAll(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        closed(cluster.pointsInTime.removeAll())
    }

    private static func close(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let texts = (try call.request.object()["pit_id"]?.elements ?? []).compactMap(\.text)
        if texts.isEmpty { throw .invalidRequest("no pit ids specified") }
        for text in texts { try cluster.pointsInTime.remove(text) }
        return closed(texts)
    }

    private static func closed(_ texts: [String]) -> Response {
        Response(200, ["pits": .array(texts.map { ["successful": true, "pit_id": .string($0)] })])
    }
}
