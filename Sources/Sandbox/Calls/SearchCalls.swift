/// `_search`, `_search/scroll` and `_count`.
enum SearchCalls {
    static func add(to router: inout Router) {
        router.add("GET,POST", "/_search", SearchRequest.parameters, search)
        router.add("GET,POST", "/{index}/_search", SearchRequest.parameters, search)
        router.add("GET,POST", "/_search/scroll", ["scroll", "scroll_id"], nextPage)
        router.add("DELETE", "/_search/scroll", ["scroll_id"], clear)
        router.add("DELETE", "/_search/scroll/{id}", [], clear)
        let counting: Set<String> = ["expand_wildcards", "ignore_unavailable", "allow_no_indices", "preference"]
        router.add("GET,POST", "/_count", counting, count)
        router.add("GET,POST", "/{index}/_count", counting, count)
    }

    private static func prepared(_ cluster: Cluster, _ call: Call, _ request: SearchRequest) throws(APIError) -> Search
    {
        if let (id, kept) = request.pointInTime {
            if !call["index"].isEmpty { throw .invalidRequest("[indices] cannot be used with point in time") }
            if request.scroll != nil {
                throw .invalidRequest("using [point in time] is not allowed in a scroll context")
            }
            let point = try cluster.pointsInTime.use(id, keptFor: kept, in: cluster)
            return Search(request: request, indices: point.indices, moment: point.documents)
        }
        let indices = try IndexExpression(call["index"], call.request).resolve(in: cluster)
        var search = Search(request: request, indices: indices)
        let names = Set(call["index"].split(separator: ",").map(String.init))
        for index in indices {
            index.refreshIfDue(now: cluster.clock.milliseconds())
            // An alias filters, unless the index is also meant by its own name or by an alias without a filter.
            let aliases = index.aliases.filter { names.contains($0.key) }
            if !names.contains(index.name), let filter = aliases.values.first?.filter,
                aliases.values.allSatisfy({ $0.filter != nil })
            {
                search.filters[index.name] = try Query(filter)
            }
        }
        return search
    }

    private static func search(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let began = cluster.clock.milliseconds()
        let request = try SearchRequest(call.request)
        let search = try prepared(cluster, call, request)
        for index in search.indices where request.from + request.size > index.settings.maxResultWindow {
            let reach = request.from + request.size
            throw SearchFailure.error(
                "illegal_argument_exception",
                request.scroll != nil
                    ? "Batch size is too large, size must be less than or equal to: [\(index.settings.maxResultWindow)] but was "
                        + "[\(reach)]. Scroll batch sizes cost as much memory as result windows so they are controlled by the "
                        + "[index.max_result_window] index level setting."
                    : "Result window is too large, from + size must be less than or equal to: "
                        + "[\(index.settings.maxResultWindow)] but was [\(reach)]. See the scroll api for a more efficient way "
                        + "to request large data sets. This limit can be set by changing the [index.max_result_window] index "
                        + "level setting.", index: index)
        }
        let hits = try search.hits()
        let page = hits.dropFirst(request.from).prefix(request.size)
        var answer = JSONObject()
        if let kept = request.scroll {
            let scroll = Scrolls.Scroll(search: search, hits: hits, place: page.count, expires: began + kept)
            answer["_scroll_id"] = .string(Scrolls.text(cluster.scrolls.add(scroll)))
        }
        let total =
            request.showsTotal ? (request.after == nil && !search.isPageOfAll ? hits.count : try search.count()) : nil
        if let (id, _) = request.pointInTime { answer["pit_id"] = .string(id) }
        let best = request.keys.isEmpty && !page.isEmpty ? hits.first?.score : nil
        finish(&answer, cluster, began: began, search, search.json(page, total: total, maxScore: best))
        return Response(200, .object(answer))
    }

    private static func finish(
        _ answer: inout JSONObject, _ cluster: Cluster, began: Int, _ search: Search, _ hits: JSON
    ) {
        answer["took"] = JSON(cluster.clock.milliseconds() - began)
        answer["timed_out"] = false
        answer["_shards"] = shards(search.indices)
        answer["hits"] = hits
    }

    static func shards(_ indices: [Index]) -> JSON {
        let count = indices.reduce(0) { $0 + $1.shards.count }
        return ["total": JSON(count), "successful": JSON(count), "skipped": 0, "failed": 0]
    }

    private static func nextPage(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let body = try call.request.object()
        guard let text = body["scroll_id"]?.text ?? call.query["scroll_id"] else {
            throw .invalidRequest("scrollId is missing")
        }
        let id = try Scrolls.id(text)
        let began = cluster.clock.milliseconds()
        let kept = (body["scroll"]?.text ?? call.query["scroll"]).flatMap { TimeValue.milliseconds($0) }
        guard let (scroll, page) = cluster.scrolls.next(id, keptFor: kept, now: began) else {
            throw SearchFailure.missingContext(id)
        }
        var answer = JSONObject([.init(key: "_scroll_id", value: .string(text))])
        let best = scroll.search.request.keys.isEmpty ? scroll.hits.first?.score : nil
        let hits = scroll.search.json(
            page, total: scroll.search.request.showsTotal ? scroll.hits.count : nil, maxScore: best)
        finish(&answer, cluster, began: began, scroll.search, hits)
        return Response(200, .object(answer))
    }

    private static func clear(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        let body = try call.request.object()
        let parameters = (call.query["scroll_id"] ?? "").split(separator: ",").map(String.init)
        let texts =
            (body["scroll_id"]?.elements ?? []).compactMap(\.text) + parameters
            + (call["id"].isEmpty ? [] : [call["id"]])
        var freed = 0
        if texts == ["_all"] {
            freed = cluster.scrolls.removeAll()
        } else {
            if texts.isEmpty { throw .invalidRequest("no scroll ids specified") }
            for text in texts where cluster.scrolls.remove(try Scrolls.id(text)) { freed += 1 }
        }
        return Response(freed > 0 ? 200 : 404, ["succeeded": true, "num_freed": JSON(freed)])
    }

    private static func count(_ cluster: Cluster, _ call: Call) throws(APIError) -> Response {
        var request = try SearchRequest(Request("GET", "/"))
        for member in try call.request.object().members {
            guard member.key == "query" else {
                throw APIError(400, "parsing_exception", "request does not support [\(member.key)]")
            }
            request.query = try Query(member.value)
        }
        let search = try prepared(cluster, call, request)
        let discarded = search.indices.reduce(0) { $0 + $1.discardedCount }
        return Response(200, ["count": JSON(try search.count() + discarded), "_shards": shards(search.indices)])
    }
}
