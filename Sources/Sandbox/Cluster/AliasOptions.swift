/// What an alias says about one of its indices.
struct AliasOptions: Sendable, Equatable {
    var filter: JSON?
    var indexRouting: String?
    var searchRouting: String?
    var isWriteIndex: Bool?
    var isHidden: Bool?

    init() {}

    /// - Parameter json: the body of an alias in a create call, a template or an `add` action.
    init(_ json: JSONObject, ignoring others: Set<String> = []) throws(APIError) {
        for member in json.members where !others.contains(member.key) {
            switch member.key {
            case "filter": filter = member.value == .null ? nil : member.value
            case "routing": (indexRouting, searchRouting) = (member.value.text, member.value.text)
            case "index_routing", "indexRouting", "index-routing": indexRouting = member.value.text
            case "search_routing", "searchRouting", "search-routing": searchRouting = member.value.text
            case "is_write_index": isWriteIndex = member.value.bool
            case "is_hidden": isHidden = member.value.bool
            default: throw APIError(400, "x_content_parse_exception", "unknown field [\(member.key)]")
            }
        }
    }

    var json: JSON {
        var object = JSONObject()
        object["filter"] = filter
        object["index_routing"] = indexRouting.map { .string($0) }
        object["search_routing"] = searchRouting.map { .string($0) }
        object["is_write_index"] = isWriteIndex.map { .bool($0) }
        object["is_hidden"] = isHidden.map { .bool($0) }
        return .object(object)
    }
}
