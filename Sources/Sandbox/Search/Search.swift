/// Finds, sorts and counts over some indices.
struct Search {
    let request: SearchRequest
    let indices: [Index]
    /// The filters of the alias that the search goes through, by index.
    var filters: [String: Query] = [:]

    /// Every hit, in order.
    func hits() throws(APIError) -> [Hit] {
        let order = SortOrder(keys: request.keys)
        var hits: [Hit] = []
        for index in indices {
            var query = request.query
            if let filter = filters[index.name] { query = .bool(Query.Clauses(must: [query], filter: [filter])) }
            for shard in index.shards {
                let documents = shard.searchable
                let columns = try order.columns(of: documents, in: index)
                let scores = try QueryEvaluation(documents: documents, index: index).scores(query)
                let after = try afterValues(in: index)
                for (place, score) in scores.enumerated() {
                    guard let score else { continue }
                    let document = documents.documents[place]
                    if let slice = request.slice,
                        Int(UInt32(bitPattern: Murmur3.hash(document.id))) % slice.of != slice.number
                    {
                        continue
                    }
                    let sort = order.values(place: place, documents, score: score, columns: columns)
                    if let after, !order.isBefore(after, sort) { continue }
                    hits.append(Hit(index: index, document: document, score: score, sort: sort))
                }
            }
        }
        if order.keys.isEmpty {
            // A stable order for equal scores: that in which they were found.
            let ranked = hits.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
            return ranked.map(\.element)
        }
        if order.keys.map(\.subject) == [.document], indices.count == 1, indices[0].shards.count == 1 { return hits }
        return hits.sorted { order.isBefore($0.sort, $1.sort) }
    }

    /// How many documents match, without sorting or `search_after`.
    func count() throws(APIError) -> Int {
        var total = 0
        for index in indices {
            var query = request.query
            if let filter = filters[index.name] { query = .bool(Query.Clauses(must: [query], filter: [filter])) }
            for shard in index.shards {
                if case .all = query {
                    total += shard.searchable.documents.count
                } else {
                    let scores = try QueryEvaluation(documents: shard.searchable, index: index).scores(query)
                    total += scores.count { $0 != nil }
                }
            }
        }
        return total
    }

    private func afterValues(in index: Index) throws(APIError) -> [FieldValue?]? {
        guard let after = request.after else { return nil }
        guard after.count == request.keys.count else {
            throw SearchFailure.error(
                "illegal_argument_exception",
                "search_after has \(after.count) value(s) but sort has \(request.keys.count).", index: index)
        }
        return zip(request.keys, after).map { key, value in
            switch key.subject {
            case .score: value.text.flatMap(Double.init).map { .fraction($0) }
            case .document: value.int.map { .whole($0) }
            case .id: value.text.map { .text($0) }
            case .field(let name): index.mapping.field(at: name).flatMap { FieldValue(value, field: $0) }
            }
        }
    }

    /// `hits` of an answer.
    /// - Parameter total: of all matches; nil leaves it out.
    func json(_ page: some Collection<Hit>, total: Int?, maxScore: Float?) -> JSON {
        var object = JSONObject()
        if let total {
            let limit = request.totalLimit ?? .max
            object["total"] = [
                "value": JSON(min(total, limit)), "relation": total > limit ? "gte" : "eq",
            ]
        }
        object["max_score"] = maxScore.map { JSON(Double($0)) } ?? .null
        object["hits"] = .array(page.map(json))
        return .object(object)
    }

    private func json(_ hit: Hit) -> JSON {
        var object = JSONObject()
        object["_index"] = .string(hit.index.name)
        object["_id"] = .string(hit.document.id)
        if request.showsVersion { object["_version"] = JSON(hit.document.version) }
        if request.showsSequenceNumber {
            object["_seq_no"] = JSON(hit.document.sequenceNumber)
            object["_primary_term"] = 1
        }
        let hasScore = request.keys.isEmpty || request.tracksScores || request.keys.contains { $0.subject == .score }
        object["_score"] = hasScore ? .number("\(hit.score)") : .null
        object["_routing"] = hit.document.routing.map { .string($0) }
        object["_source"] = request.source.apply(to: hit.document.source)
        if !request.keys.isEmpty { object["sort"] = .array(hit.sort.map { $0?.json ?? .null }) }
        return .object(object)
    }
}
