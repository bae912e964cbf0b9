/// `_aliases`: all actions of a call take place at once, or none does.
enum AliasActions {
    typealias Staged = [String: [String: AliasOptions]]

    /// - Parameter actions: the elements of `actions`.
    static func apply(_ actions: [JSON], to cluster: Cluster) throws(APIError) {
        if actions.isEmpty { throw .illegalArgument("No action specified") }
        var staged = cluster.indices.mapValues(\.aliases)
        var removed: [String] = []
        for action in actions {
            guard let member = action.object?.members.first, action.object?.members.count == 1,
                let body = member.value.object
            else { throw APIError(400, "x_content_parse_exception", "[aliases] failed to parse field [actions]") }
            let indices = try indices(of: body, kind: member.key, in: cluster)
            switch member.key {
            case "add": try add(body, to: indices, &staged)
            case "remove": try remove(body, from: indices, &staged)
            case "remove_index":
                for index in indices { staged[index.name] = nil }
                removed.append(contentsOf: indices.map(\.name))
            default:
                throw APIError(
                    400, "x_content_parse_exception", "[aliases] failed to parse field [actions]",
                    causedBy: APIError.cause(
                        "x_content_parse_exception", "[alias_action] unknown field [\(member.key)]"))
            }
        }
        try check(staged, in: cluster, without: removed)
        for name in removed { cluster.indices[name] = nil }
        for (name, aliases) in staged { cluster.indices[name]?.aliases = aliases }
    }

    /// Refuses a state that the cluster may not be in: an alias with an index's name, or with two write indices.
    static func check(_ staged: Staged, in cluster: Cluster, without removed: [String] = []) throws(APIError) {
        var writers: [String: [String]] = [:]
        for (index, aliases) in staged {
            for (alias, options) in aliases {
                if staged[alias] != nil {
                    throw APIError(
                        400, "invalid_alias_name_exception",
                        "Invalid alias name [\(alias)], an index exists with the same name as the alias",
                        details: [
                            "index": .string(alias), "index_uuid": .string(cluster.indices[alias]?.uuid ?? "_na_"),
                        ])
                }
                if options.isWriteIndex == true { writers[alias, default: []].append(index) }
            }
        }
        for (alias, indices) in writers where indices.count > 1 {
            throw APIError(
                500, "illegal_state_exception",
                "alias [\(alias)] has more than one write index [\(indices.sorted().joined(separator: ","))]")
        }
    }

    private static let names: Set<String> = ["index", "indices", "alias", "aliases", "must_exist"]

    private static func indices(of body: JSONObject, kind: String, in cluster: Cluster) throws(APIError) -> [Index] {
        let texts = (body["index"]?.elements ?? []) + (body["indices"]?.elements ?? [])
        if texts.isEmpty { throw .illegalArgument("One of [index] or [indices] is required") }
        var expression = IndexExpression(texts.compactMap(\.text).joined(separator: ","))
        expression.followsAliases = false
        expression.includesHidden = true
        return try expression.resolve(in: cluster)
    }

    private static func aliases(of body: JSONObject) throws(APIError) -> [String] {
        let texts = (body["alias"]?.elements ?? []) + (body["aliases"]?.elements ?? [])
        if texts.isEmpty { throw .illegalArgument("One of [alias] or [aliases] is required") }
        return texts.compactMap(\.text)
    }

    private static func add(_ body: JSONObject, to indices: [Index], _ staged: inout Staged) throws(APIError) {
        let options = try AliasOptions(body, ignoring: names)
        for alias in try aliases(of: body) {
            try IndexName.checkAlias(alias)
            for index in indices { staged[index.name]?[alias] = options }
        }
    }

    /// An alias that is missing fails the call with 404, unless `must_exist` is false: so a call works as compare-and-swap.
    private static func remove(_ body: JSONObject, from indices: [Index], _ staged: inout Staged) throws(APIError) {
        let aliases = try aliases(of: body)
        var isFound = false
        for alias in aliases {
            let pattern = Wildcard(alias)
            for index in indices {
                for name in (staged[index.name] ?? [:]).keys where pattern.matches(name) || alias == "_all" {
                    staged[index.name]?[name] = nil
                    isFound = true
                }
            }
        }
        if !isFound, body["must_exist"]?.bool != false {
            let list = aliases.joined(separator: ",")
            throw APIError(
                404, "aliases_not_found_exception", "aliases [\(list)] missing",
                details: ["resource.id": .string(list), "resource.type": "aliases"])
        }
    }
}
