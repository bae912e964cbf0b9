/// Which documents of a shard a query finds, and how well.
struct QueryEvaluation {
    let documents: SearchableDocuments
    let index: Index
    /// The nested path that the query is inside of.
    var nestedPath: String?

    /// A score for each document in order; nil in the place of those not found.
    typealias Scores = [Float?]

    private var count: Int { documents.documents.count }

    func scores(_ query: Query) throws(APIError) -> Scores {
        switch query {
        case .all: return Scores(repeating: 1, count: count)
        case .none: return Scores(repeating: nil, count: count)
        case .ids(let ids): return documents.documents.map { ids.contains($0.id) ? 1 : nil }
        case .constant(let query): return try scores(query).map { $0 == nil ? nil : 1 }
        case .term(let name, let value):
            if name == "_id" { return try scores(.ids([value.text ?? ""])) }
            return try term(name, [value], isConstant: false)
        case .terms(let name, let values):
            if name == "_id" { return try scores(.ids(Set(values.compactMap(\.text)))) }
            return try term(name, values, isConstant: true)
        case .match(let name, let text, let isAnd): return try match(name, text, isAnd: isAnd)
        case .multiMatch(let names, let text, let isAnd):
            var best = Scores(repeating: nil, count: count)
            let expanded = names.isEmpty ? index.mapping.searchablePaths : names
            for name in expanded {
                let scores = try match(name, text, isAnd: isAnd)
                for place in scores.indices {
                    if let score = scores[place] { best[place] = max(best[place] ?? 0, score) }
                }
            }
            return best
        case .phrase(let name, let text):
            guard let (column, field) = column(name) else { return try scores(.none) }
            guard field.kind.isText else { return try match(name, text, isAnd: true) }
            let words = Words.split(text).map { FieldValue.text($0) }
            let found = try match(name, text, isAnd: true)
            return found.indices.map { place in
                found[place] != nil && QueryEvaluation.holds(column.values[place], words) ? found[place] : nil
            }
        case .prefix(let name, let text):
            return matching(name) { if case .text(let value) = $0 { value.hasPrefix(text) } else { false } }
        case .wildcard(let name, let text):
            let pattern = Wildcard(text)
            return matching(name) { if case .text(let value) = $0 { pattern.matches(value) } else { false } }
        case .range(let name, let bounds): return try range(name, bounds)
        case .exists(let name): return matching(name) { _ in true }
        case .bool(let clauses): return try bool(clauses)
        case .nested(let path, let query): return try nested(path, query)
        }
    }

    /// The column of a field; nil when there is none, or when it is inside nested objects that the query is not.
    private func column(_ name: String) -> (Column, Field)? {
        guard let target = FieldTarget(name, in: index.mapping), target.nestedPath == nestedPath else { return nil }
        return (documents.column(name, target.field, sources: target.sources), target.field)
    }

    private func matching(_ name: String, _ holds: (FieldValue) -> Bool) -> Scores {
        guard let (column, _) = column(name) else { return Scores(repeating: nil, count: count) }
        return column.values.map { $0.contains(where: holds) ? 1 : nil }
    }

    private func term(_ name: String, _ values: [JSON], isConstant: Bool) throws(APIError) -> Scores {
        var scores = Scores(repeating: nil, count: count)
        guard let (column, field) = column(name) else { return scores }
        for value in values {
            let wanted: FieldValue
            if field.kind.isText {
                wanted = .text(value.text ?? "")
            } else if let read = FieldValue(value, field: field) {
                wanted = read
            } else if field.kind == .keyword {
                continue
            } else {
                throw unreadable(value)
            }
            let isScored = !isConstant && (field.kind.isText || field.kind == .keyword)
            add(wanted, column, hasLengths: field.kind.isText, constant: isScored ? nil : 1, to: &scores)
        }
        return scores
    }

    private func match(_ name: String, _ text: String, isAnd: Bool) throws(APIError) -> Scores {
        guard let (column, field) = column(name) else { return Scores(repeating: nil, count: count) }
        guard field.kind.isText else { return try term(name, [.string(text)], isConstant: false) }
        var sums = Scores(repeating: nil, count: count)
        var found = [Int](repeating: 0, count: isAnd ? count : 0)
        let words = Words.split(text)
        for word in words {
            add(.text(word), column, hasLengths: true, constant: nil, to: &sums)
            if isAnd { for place in column.postings[.text(word)] ?? [] { found[Int(place)] += 1 } }
        }
        if isAnd { for place in sums.indices where found[place] < words.count { sums[place] = nil } }
        return sums
    }

    /// BM25 as OpenSearch 2 counts it (k1 1.2, b 0.75, with the factor k1 + 1), lengths not rounded.
    private func add(_ value: FieldValue, _ column: Column, hasLengths: Bool, constant: Float?, to scores: inout Scores)
    {
        guard let places = column.postings[value] else { return }
        let (having, lacking) = (Float(places.count), Float(column.filledCount - places.count))
        let rarity: Float = 1 + (lacking + 0.5) / (having + 0.5)
        let weight = QueryEvaluation.logarithm(rarity) * 2.2
        for place in places.lazy.map({ Int($0) }) {
            let values = column.values[place]
            let frequency = Float(hasLengths ? values.count { $0 == value } : 1)
            let length = hasLengths ? Float(values.count) / column.meanLength : 1
            if let constant {
                scores[place] = constant
                continue
            }
            let dampened: Float = frequency + 1.2 * (0.25 + 0.75 * length)
            scores[place] = (scores[place] ?? 0) + weight * frequency / dampened
        }
    }

    private func range(_ name: String, _ bounds: Query.Bounds) throws(APIError) -> Scores {
        guard let target = FieldTarget(name, in: index.mapping) else { return Scores(repeating: nil, count: count) }
        func end(_ bound: (JSON, isIncluded: Bool)?) throws(APIError) -> FieldValue? {
            guard let bound else { return nil }
            if target.field.kind.isText { return .text(bound.0.text ?? "") }
            if target.field.kind.isWhole, let number = bound.0.text.flatMap(Double.init), number != number.rounded() {
                return .fraction(number)
            }
            guard let value = FieldValue(bound.0, field: target.field) else { throw unreadable(bound.0) }
            return value
        }
        let (low, high) = (try end(bounds.above), try end(bounds.below))
        return matching(name) { value in
            if let low, bounds.above?.isIncluded == true ? value < low : !(low < value) { return false }
            if let high, bounds.below?.isIncluded == true ? high < value : !(value < high) { return false }
            return true
        }
    }

    private func bool(_ clauses: Query.Clauses) throws(APIError) -> Scores {
        let hasRequired = !clauses.must.isEmpty || !clauses.filter.isEmpty
        var sums = Scores(repeating: 0, count: count)
        for query in clauses.must {
            let scores = try scores(query)
            for place in sums.indices { sums[place] = sums[place].flatMap { sum in scores[place].map { sum + $0 } } }
        }
        for query in clauses.filter {
            let scores = try scores(query)
            for place in sums.indices where scores[place] == nil { sums[place] = nil }
        }
        for query in clauses.mustNot {
            let scores = try scores(query)
            for place in sums.indices where scores[place] != nil { sums[place] = nil }
        }
        let least = clauses.minimumShouldMatch ?? (hasRequired || clauses.should.isEmpty ? 0 : 1)
        var matched = [Int](repeating: 0, count: count)
        for query in clauses.should {
            let scores = try scores(query)
            for place in sums.indices {
                if let score = scores[place] {
                    matched[place] += 1
                    sums[place] = sums[place].map { $0 + score }
                }
            }
        }
        if least > 0 { for place in sums.indices where matched[place] < least { sums[place] = nil } }
        // Nothing that scores: a query of exclusions alone finds with 0, an empty one with 1.
        if !hasRequired, clauses.should.isEmpty, clauses.mustNot.isEmpty { return try scores(.all) }
        return sums
    }

    private func nested(_ path: String, _ query: Query) throws(APIError) -> Scores {
        guard index.mapping.field(at: path)?.kind == .nested else {
            throw shardError("failed to find nested object under path [\(path)]")
        }
        let nested = documents.nested(path.split(separator: ".").map(String.init))
        let inside = QueryEvaluation(documents: nested.objects, index: index, nestedPath: path)
        var sums = [Float](repeating: 0, count: count)
        var counts = [Int](repeating: 0, count: count)
        for (place, score) in try inside.scores(query).enumerated() {
            if let score {
                sums[nested.parents[place]] += score
                counts[nested.parents[place]] += 1
            }
        }
        return sums.indices.map { counts[$0] == 0 ? nil : sums[$0] / Float(counts[$0]) }
    }

    private func unreadable(_ value: JSON) -> APIError {
        let problem = "For input string: \"\(value.text ?? "")\""
        return SearchFailure.error(
            "query_shard_exception", "failed to create query: \(problem)", index: index,
            causedBy: APIError.cause("number_format_exception", problem))
    }

    private func shardError(_ reason: String) -> APIError {
        SearchFailure.error("query_shard_exception", reason, index: index)
    }

    private static func holds(_ values: [FieldValue], _ words: [FieldValue]) -> Bool {
        guard values.count >= words.count else { return false }
        return (0...values.count - words.count).contains { values[$0..<$0 + words.count].elementsEqual(words) }
    }
}
