/// What a search asks for, from its body and its parameters.
struct SearchRequest {
    static let parameters: Set<String> = [
        "scroll", "size", "from", "sort", "_source", "_source_includes", "_source_excludes", "version",
        "seq_no_primary_term",
        "track_total_hits", "track_scores", "timeout", "preference", "request_cache", "allow_partial_search_results",
        "expand_wildcards", "ignore_unavailable", "allow_no_indices", "search_type", "ccs_minimize_roundtrips",
        "routing",
    ]

    var query = Query.all
    var size = 10
    var from = 0
    var keys: [SortKey] = []
    var after: [JSON]?
    var source = SourceFilter.everything
    var showsVersion = false
    var showsSequenceNumber = false
    var tracksScores = false
    /// How many hits are counted; nil counts them all.
    var totalLimit: Int? = 10_000
    var showsTotal = true
    /// Milliseconds for which a scroll is kept; nil for a plain search.
    var scroll: Int?
    /// A point in time, and milliseconds for which it is kept from now on.
    var pointInTime: (id: String, keptFor: Int?)?
    /// The part of a sliced scroll or point in time, and of how many.
    var slice: (number: Int, of: Int)?

    init(_ request: Request) throws(APIError) {
        for member in try request.object().members { try take(member) }
        if let size = try request.number("size") { self.size = size }
        if let from = try request.number("from") { self.from = from }
        if let sort = request.query["sort"] { keys = SortKey.keys(parameter: sort) }
        if let source = SourceFilter(request.query) { self.source = source }
        if let flag = try request.flag("version") { showsVersion = flag }
        if let flag = try request.flag("seq_no_primary_term") { showsSequenceNumber = flag }
        if let flag = try request.flag("track_scores") { tracksScores = flag }
        if let text = request.query["track_total_hits"] { trackTotal(.string(text.isEmpty ? "true" : text)) }
        if let text = request.query["scroll"] {
            guard let kept = TimeValue.milliseconds(text) else {
                throw .illegalArgument("failed to parse setting [scroll] with value [\(text)] as a time value")
            }
            scroll = kept
            totalLimit = nil
        }
        if request.query["routing"] != nil { throw .notImplemented("the parameter [routing] of a search") }
        if size < 0 { throw .illegalArgument("[size] parameter cannot be negative, found [\(size)]") }
        if from < 0 { throw .illegalArgument("[from] parameter cannot be negative but was [\(from)]") }
        if after != nil, from > 0 {
            throw .invalidRequest("`from` parameter must be set to 0 when `search_after` is used")
        }
        if scroll != nil, size == 0 { throw .invalidRequest("[size] cannot be [0] in a scroll context") }
    }

    private mutating func take(_ member: JSONObject.Member) throws(APIError) {
        let value = member.value
        switch member.key {
        case "query": query = try Query(value)
        case "size": size = value.int ?? 10
        case "from": from = value.int ?? 0
        case "sort": keys = try SortKey.keys(value)
        case "search_after": after = value.elements
        case "_source": source = SourceFilter(value)
        case "version": showsVersion = value.bool ?? false
        case "seq_no_primary_term": showsSequenceNumber = value.bool ?? false
        case "track_scores": tracksScores = value.bool ?? false
        case "track_total_hits": trackTotal(value)
        case "timeout": break
        case "pit":
            guard let id = value["id"]?.text else {
                throw APIError(400, "parsing_exception", "point int time id is not provided")
            }
            pointInTime = (id, value["keep_alive"]?.text.flatMap { TimeValue.milliseconds($0) })
        case "slice":
            guard let number = value["id"]?.int, let count = value["max"]?.int, count > 1, number < count else {
                throw .illegalArgument("max must be greater than 1 and than id")
            }
            slice = (number, count)
        case let key where SearchRequest.elsewhere.contains(key): throw .notImplemented("[\(key)] in a search")
        default:
            throw APIError(400, "parsing_exception", "Unknown key for a \(value.plainToken) in [\(member.key)].")
        }
    }

    private static let elsewhere: Set<String> = [
        "aggs", "aggregations", "highlight", "suggest", "rescore", "collapse", "post_filter", "fields",
        "docvalue_fields",
        "stored_fields", "script_fields", "explain", "profile", "min_score", "stats", "indices_boost", "ext",
        "derived",
        "search_pipeline", "terminate_after",
    ]

    private mutating func trackTotal(_ value: JSON) {
        switch value.text {
        case "true": totalLimit = nil
        case "false": showsTotal = false
        default: totalLimit = value.int
        }
    }
}
