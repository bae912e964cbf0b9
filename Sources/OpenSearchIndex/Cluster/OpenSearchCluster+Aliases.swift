package import ReindexCore

/// Aliases, and the one call that moves them.
extension OpenSearchCluster {
    /// `GET _alias/name`; an index of that name is no alias.
    package func alias(_ name: String) async throws(TargetError) -> [AliasPlacement] {
        let doing = "reading alias \(name)"
        let path = "/_alias/" + (try segment(name, doing: doing))
        // A missing alias is told as {"error": "alias [name] missing", "status": 404}, without a type.
        let absent: Set = ["http_404", "aliases_not_found_exception", "index_not_found_exception"]
        let json = try await call(HTTPRequest(.get, path, doing: doing), unless: absent)
        return Self.placements(in: json).filter { $0.alias == name }
    }

    /// `GET index/_alias`
    package func aliases(of index: String) async throws(TargetError) -> [AliasPlacement] {
        let doing = "reading the aliases of \(index)"
        let path = "/" + (try segment(index, doing: doing)) + "/_alias"
        return Self.placements(in: try await call(HTTPRequest(.get, path, doing: doing)))
    }

    /// `POST _aliases`, once and on a connection of its own: libcurl repeats a request by itself when a kept one turns
    /// out to be closed, and a swap that is repeated fails on its own success.
    package func updateAliases(_ actions: [AliasAction]) async throws(TargetError) {
        let doing = "moving aliases"
        for action in actions {
            switch action {
            case .add(let placement):
                _ = try segment(placement.alias, doing: doing)
                _ = try segment(placement.index, doing: doing)
            case .remove(let alias, let index):
                _ = try segment(alias, doing: doing)
                _ = try segment(index, doing: doing)
            case .removeIndex(let index): _ = try segment(index, doing: doing)
            }
        }
        let body: JSONValue = ["actions": .array(actions.map(Self.json))]
        let response = try await transport.send(
            HTTPRequest(.post, "/_aliases", body: .json(body), needsNewConnection: true, doing: doing))
        let failure = ServerError(response)
        if response.status >= 400, Self.isLostRace(failure, actions) {
            throw TargetError(.conflict, doing: doing, message: failure.reason, address: response.address)
        }
        try requireAcknowledged(try Self.json(in: response, doing: doing), doing: doing)
    }

    /// A `must_exist` that does not hold is a 404 (also when the index went away with its alias); a second write index
    /// is a 500 `illegal_state_exception`, which repeating does not cure.
    static func isLostRace(_ failure: ServerError, _ actions: [AliasAction]) -> Bool {
        switch (failure.status, failure.type) {
        case (404, "aliases_not_found_exception"): true
        case (404, "index_not_found_exception"):
            actions.contains { if case .remove(_, failure.index) = $0 { true } else { false } }
                && !actions.contains {
                    if case .add(let placement) = $0 { placement.index == failure.index } else { false }
                }
        case (400..., "illegal_state_exception"): failure.reason.contains("more than one write index")
        default: false
        }
    }

    private static func json(_ action: AliasAction) -> JSONValue {
        switch action {
        case .add(let placement):
            var add: JSONValue = ["index": .string(placement.index), "alias": .string(placement.alias)]
            if let isWriteIndex = placement.isWriteIndex { add["is_write_index"] = .bool(isWriteIndex) }
            if placement.isHidden { add["is_hidden"] = true }
            if let filter = placement.filter { add["filter"] = filter }
            if let routing = placement.indexRouting { add["index_routing"] = .string(routing) }
            if let routing = placement.searchRouting { add["search_routing"] = .string(routing) }
            return ["add": add]
        case .remove(let alias, let index):
            return ["remove": ["index": .string(index), "alias": .string(alias), "must_exist": true]]
        case .removeIndex(let index):
            return ["remove_index": ["index": .string(index)]]
        }
    }

    private static func placements(in json: JSONValue?) -> [AliasPlacement] {
        (json?.object ?? [:]).sorted { $0.key < $1.key }.flatMap { placements(of: $1["aliases"], in: $0) }
    }

    /// The `aliases` object of one index.
    static func placements(of aliases: JSONValue?, in index: String) -> [AliasPlacement] {
        (aliases?.object ?? [:]).sorted { $0.key < $1.key }.map { name, properties in
            AliasPlacement(
                alias: name, index: index, isWriteIndex: properties["is_write_index"]?.bool,
                isHidden: properties["is_hidden"]?.bool ?? false, filter: properties["filter"],
                indexRouting: properties["index_routing"]?.string, searchRouting: properties["search_routing"]?.string)
        }
    }
}
