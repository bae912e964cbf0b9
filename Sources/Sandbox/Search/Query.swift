/// The queries that the sandbox answers.
indirect enum Query {
    struct Bounds {
        var above: (JSON, isIncluded: Bool)?
        var below: (JSON, isIncluded: Bool)?
    }

    struct Clauses {
        var must: [Query] = []
        var filter: [Query] = []
        var should: [Query] = []
        var mustNot: [Query] = []
        /// Nil: one, unless there is a `must` or a `filter`.
        var minimumShouldMatch: Int?
    }

    case all
    case none
    case ids(Set<String>)
    case term(String, JSON)
    case terms(String, [JSON])
    case match(String, String, isAnd: Bool)
    case phrase(String, String)
    case multiMatch([String], String, isAnd: Bool)
    case prefix(String, String)
    case wildcard(String, String)
    case range(String, Bounds)
    case exists(String)
    case bool(Clauses)
    case constant(Query)
    case nested(String, Query)
}

extension Query {
    /// Names of queries that OpenSearch has and the sandbox has not: refused with 501, any other name as unknown.
    private static let elsewhere: Set<String> = [
        "boosting", "combined_fields", "dis_max", "distance_feature", "function_score", "fuzzy", "geo_bounding_box",
        "geo_distance", "geo_polygon", "geo_shape", "has_child", "has_parent", "hybrid", "intervals", "knn",
        "match_bool_prefix",
        "match_phrase_prefix", "more_like_this", "neural", "parent_id", "percolate", "query_string", "rank_feature",
        "regexp",
        "script", "script_score", "simple_query_string", "span_first", "span_near", "span_or", "span_term", "span_not",
        "terms_set", "wrapper", "template",
    ]

    /// - Parameter json: the object under `query`.
    init(_ json: JSON) throws(APIError) {
        guard let object = json.object else {
            throw Query.parsing("[\(json.token)] query malformed, no start_object after query name")
        }
        guard let member = object.members.first else { throw .illegalArgument("query malformed, empty clause found") }
        if object.members.count > 1 {
            throw Query.parsing("[\(member.key)] malformed query, expected [END_OBJECT] but found [FIELD_NAME]")
        }
        let body = member.value
        switch member.key {
        case "match_all":
            try Query.check(body, ["boost"], "match_all")
            self = .all
        case "match_none": self = .none
        case "ids":
            try Query.check(body, ["values"], "ids")
            self = .ids(Set((body["values"]?.elements ?? []).compactMap(\.text)))
        case "term":
            let (field, value) = try Query.oneField(body, "term", value: "value", others: ["boost"])
            self = .term(field, value)
        case "terms":
            guard let field = body.object?.members.first(where: { $0.key != "boost" }), let values = field.value.array
            else {
                throw Query.parsing("[terms] query requires an array of terms")
            }
            self = .terms(field.key, values)
        case "match": self = try Query.match(body)
        case "match_phrase":
            let (field, value) = try Query.oneField(body, "match_phrase", value: "query", others: ["boost"])
            self = .phrase(field, value.text ?? "")
        case "multi_match":
            try Query.check(body, ["query", "fields", "operator", "type"], "multi_match")
            if let type = body["type"]?.text, type != "best_fields" {
                throw .notImplemented("multi_match of type \(type)")
            }
            let fields = (body["fields"]?.elements ?? []).compactMap(\.text).map { String($0.prefix { $0 != "^" }) }
            self = .multiMatch(fields, body["query"]?.text ?? "", isAnd: body["operator"]?.text?.lowercased() == "and")
        case "prefix":
            let (field, value) = try Query.oneField(body, "prefix", value: "value", others: ["boost"])
            self = .prefix(field, value.text ?? "")
        case "wildcard":
            let (field, value) = try Query.oneField(body, "wildcard", value: "value", others: ["boost"])
            if value.text?.contains("?") == true { throw .notImplemented("[?] in a wildcard query") }
            self = .wildcard(field, value.text ?? "")
        case "range": self = try Query.range(body)
        case "exists":
            try Query.check(body, ["field", "boost"], "exists")
            guard let field = body["field"]?.text else {
                throw .illegalArgument("[exists] must be provided with a [field]")
            }
            self = .exists(field)
        case "bool": self = try Query.bool(body)
        case "constant_score":
            try Query.check(body, ["filter", "boost"], "constant_score")
            self = .constant(try Query(body["filter"] ?? [:]))
        case "nested":
            try Query.check(body, ["path", "query", "ignore_unmapped", "score_mode"], "nested")
            self = .nested(body["path"]?.text ?? "", try Query(body["query"] ?? [:]))
        case let name where Query.elsewhere.contains(name): throw .notImplemented("the query [\(name)]")
        default:
            throw APIError(
                400, "parsing_exception", "unknown query [\(member.key)]",
                causedBy: APIError.cause("named_object_not_found_exception", "unknown field [\(member.key)]"))
        }
    }

    private static func parsing(_ reason: String) -> APIError { APIError(400, "parsing_exception", reason) }

    private static func check(_ body: JSON, _ known: Set<String>, _ query: String) throws(APIError) {
        for key in body.object?.keys ?? [] where !known.contains(key) && key != "_name" {
            throw .notImplemented("[\(key)] in the query [\(query)]")
        }
    }

    /// `{"field": value}` or `{"field": {"value": value, …}}`
    private static func oneField(
        _ body: JSON, _ query: String, value: String, others: Set<String>
    ) throws(APIError) -> (String, JSON) {
        guard let field = body.object?.members.first, body.object?.members.count == 1 else {
            throw parsing("[\(query)] query doesn't support multiple fields")
        }
        guard field.value.object != nil else { return (field.key, field.value) }
        try check(field.value, others.union([value]), query)
        return (field.key, field.value[value] ?? .null)
    }

    private static func match(_ body: JSON) throws(APIError) -> Query {
        let (field, value) = try oneField(body, "match", value: "query", others: ["operator", "boost"])
        guard let text = value.text else { throw parsing("[match] unknown token [\(value.token)] after [query]") }
        return .match(field, text, isAnd: body[field]?["operator"]?.text?.lowercased() == "and")
    }

    private static func range(_ body: JSON) throws(APIError) -> Query {
        guard let field = body.object?.members.first else { throw .illegalArgument("[range] query needs a field") }
        var bounds = Bounds()
        for member in field.value.object?.members ?? [] where member.value != .null {
            if member.value.text?.hasPrefix("now") == true || member.value.text?.contains("||") == true {
                throw .notImplemented("date math in the query [range]")
            }
            switch member.key {
            case "gt": bounds.above = (member.value, false)
            case "gte": bounds.above = (member.value, true)
            case "lt": bounds.below = (member.value, false)
            case "lte": bounds.below = (member.value, true)
            case "boost": break
            default: throw .notImplemented("[\(member.key)] in the query [range]")
            }
        }
        return .range(field.key, bounds)
    }

    private static func bool(_ body: JSON) throws(APIError) -> Query {
        var clauses = Clauses()
        for member in body.object?.members ?? [] {
            switch member.key {
            case "must": clauses.must = try list(member.value)
            case "filter": clauses.filter = try list(member.value)
            case "should": clauses.should = try list(member.value)
            case "must_not": clauses.mustNot = try list(member.value)
            case "minimum_should_match":
                guard let number = member.value.int, number >= 0 else {
                    throw .notImplemented("[minimum_should_match] other than a number")
                }
                clauses.minimumShouldMatch = number
            case "boost", "_name": break
            default: throw parsing("[bool] query does not support [\(member.key)]")
            }
        }
        return .bool(clauses)
    }

    private static func list(_ json: JSON) throws(APIError) -> [Query] {
        var queries: [Query] = []
        for element in json.elements { queries.append(try Query(element)) }
        return queries
    }
}
