/// Finds, sorts and counts over some indices.
struct Search {
    let request: SearchRequest
    let indices: [Index]
    /// The filters of the alias that the search goes through, by index.
    var filters: [String: Query] = [:]
    /// What a point in time saw, by the index's name, one a shard; nil is what there is now.
    var moment: [String: [SearchableDocuments]]?

    private func documents(of index: Index) -> [SearchableDocuments] {
        moment?[index.name] ?? index.shards.map(\.searchable)
    }

    /// Whether a document is in the slice that was asked for: a slice is of whole shards as far as there are enough of them, and
    /// shares a shard with others where there are more slices (SliceBuilder).
    private func isInSlice(_ document: StoredDocument, shard: Int, of count: Int) -> Bool {
        guard let slice = request.slice else { return true }
        guard slice.of >= count else { return shard % slice.of == slice.number }
        guard slice.number % count == shard else { return false }
        let sharing = slice.of / count + (slice.of % count > shard ? 1 : 0)
        return sharing == 1 || Int(UInt32(bitPattern: Murmur3.hash(document.id))) % sharing == slice.number / count
    }

    /// Whether hits are sorted by `_doc` alone and every document is one: then a page looks at no more than it shows.
    var isPageOfAll: Bool {
        guard case .all = request.query else { return false }
        return filters.isEmpty && request.keys.map(\.subject) == [.document] && !request.keys[0].isDescending
            && request.scroll == nil && (request.slice == nil || !request.showsTotal)
    }

    private func pageOfAll() -> [Hit] {
        let start = request.after.map { ($0.first?.int ?? -1) + 1 } ?? 0
        var hits: [Hit] = []
        for index in indices {
            let shards = documents(of: index)
            for (number, shard) in shards.enumerated() {
                var found = 0
                for place in shard.documents.indices.dropFirst(start) where found < request.from + request.size {
                    let document = shard.documents[place]
                    guard isInSlice(document, shard: number, of: shards.count) else { continue }
                    hits.append(Hit(index: index, document: document, score: 1, sort: [.whole(place)]))
                    found += 1
                }
            }
        }
        let order = SortOrder(keys: request.keys)
        return indices.count == 1 && indices[0].shards.count == 1
            ? hits : hits.sorted { order.isBefore($0.sort, $1.sort) }
    }

    /// Every hit, in order.
    func hits() throws(APIError) -> [Hit] {
        if isPageOfAll { return pageOfAll() }
        let order = SortOrder(keys: request.keys)
        var hits: [Hit] = []
        for index in indices {
            var query = request.query
            if let filter = filters[index.name] { query = .bool(Query.Clauses(must: [query], filter: [filter])) }
            let shards = documents(of: index)
            for (number, documents) in shards.enumerated() {
                let columns = try order.columns(of: documents, in: index)
                let scores = try QueryEvaluation(documents: documents, index: index).scores(query)
                let after = try afterValues(in: index)
                for (place, score) in scores.enumerated() {
                    guard let score else { continue }
                    let document = documents.documents[place]
                    if !isInSlice(document, shard: number, of: shards.count) { continue }
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
        if order.keys.map(\.subject) == [.document], !order.keys[0].isDescending, indices.count == 1,
            indices[0].shards.count == 1
        {
            return hits
        }
        return hits.sorted { order.isBefore($0.sort, $1.sort) }
    }

    /// How many documents match, without sorting or `search_after`.
    func count() throws(APIError) -> Int {
        var total = 0
        for index in indices {
            var query = request.query
            if let filter = filters[index.name] { query = .bool(Query.Clauses(must: [query], filter: [filter])) }
            for documents in documents(of: index) {
                if case .all = query {
                    total += documents.documents.count
                } else {
                    let scores = try QueryEvaluation(documents: documents, index: index).scores(query)
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
