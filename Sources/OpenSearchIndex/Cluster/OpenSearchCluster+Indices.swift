package import ReindexCore

/// Indices: created, described, changed, removed.
extension OpenSearchCluster {
    /// `PUT index`. When an answer was lost, an index with our own `_meta` is the one that was asked for.
    package func createIndex(_ name: String, body: JSONValue) async throws(TargetError) {
        let doing = "creating index \(name)"
        let path = "/" + (try segment(name, doing: doing))
        let meta = body["mappings"]?["_meta"]
        try await retry.run { triesBefore throws(TargetError) in
            do throws(TargetError) {
                let request = HTTPRequest(
                    .put, path, body: .json(body), patience: .slow, needsNewConnection: true, doing: doing)
                try requireAcknowledged(try await callOnce(request), doing: doing)
            } catch {
                let isOurs =
                    switch error.kind {
                    case .incompleteAnswer: true
                    case .refused(_, "resource_already_exists_exception"): triesBefore > 0
                    default: false
                    }
                guard isOurs, let meta, let found = try await index(name), found.mappings["_meta"]?.bytes == meta.bytes
                else {
                    throw error
                }
            }
        }
    }

    /// `GET index`, and at the same time `_stats` for the shards' history.
    package func index(_ name: String) async throws(TargetError) -> IndexDescription? {
        let doing = "reading index \(name)"
        let path = "/" + (try segment(name, doing: doing))
        let request = HTTPRequest(.get, path + "?flat_settings=true", doing: doing)
        async let answer = outcome { () throws(TargetError) in
            try await call(request, unless: ["index_not_found_exception"])
        }
        async let answeredNumbers = outcome { () throws(TargetError) in
            try await statistics(of: path, doing: doing)
        }
        // Both are waited for: one that is given up takes its connection with it.
        let (index, numbers) = await (answer, answeredNumbers)
        guard let found = try index.get()?[name] else { return nil }
        return Self.description(of: name, found, try numbers.get()[name])
    }

    /// `GET pattern`, hidden and closed ones too, less what is not ours.
    package func indices(matching pattern: String) async throws(TargetError) -> [IndexDescription] {
        let doing = "listing indices \(pattern)"
        let path = "/" + (try patternSegment(pattern, doing: doing))
        let query = "?flat_settings=true&expand_wildcards=all&allow_no_indices=true"
        let request = HTTPRequest(.get, path + query, doing: doing)
        async let answer = outcome { () throws(TargetError) in
            try await call(request, unless: ["index_not_found_exception"])
        }
        async let answeredNumbers = outcome { () throws(TargetError) in
            try await statistics(of: path, doing: doing)
        }
        let (found, numbers) = await (answer, answeredNumbers)
        guard let json = try found.get() else { return [] }
        let ours = (json.object ?? [:]).filter { $0.value["mappings"]?["_meta"]?["reindex"] != nil }
        guard !ours.isEmpty else { return [] }
        let known = try numbers.get()
        return ours.keys.sorted().compactMap { name in
            json[name].map { Self.description(of: name, $0, known[name]) }
        }
    }

    /// What is left without the wildcards has to be a name, or nothing.
    private func patternSegment(_ pattern: String, doing: String) throws(TargetError) -> String {
        let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        let name = pieces.joined()
        if !name.isEmpty || pieces.count < 2 { _ = try segment(name, doing: doing) }
        return pieces.map(PercentEncoding.encode).joined(separator: "*")
    }

    private struct Statistics {
        /// One a primary shard, in the shards' order.
        var historyUUIDs: [String]?
        var storeBytes: Int?
    }

    /// Of each index that may be read.
    private func statistics(of path: String, doing: String) async throws(TargetError) -> [String: Statistics] {
        let query =
            "?level=shards&expand_wildcards=all&forbid_closed_indices=false"
            + "&filter_path=indices.*.shards.*.routing.primary,indices.*.shards.*.commit.user_data.history_uuid"
            + ",indices.*.primaries.store.size_in_bytes"
        let json: JSONValue
        do {
            json = try await call(HTTPRequest(.get, path + "/_stats" + query, doing: doing))
        } catch {
            switch error.kind {
            case .notAllowed, .authentication: return [:]
            case .refused where !error.isTransient: return [:]
            default: throw error
            }
        }
        return (json["indices"]?.object ?? [:]).mapValues { index in
            let bytes = index[path: ["primaries", "store", "size_in_bytes"]]?.int
            let shards = (index["shards"]?.object ?? [:]).sorted { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) }
            let histories = shards.compactMap { _, copies in
                let primary = copies.array?.first { $0[path: ["routing", "primary"]]?.bool == true }
                return primary?[path: ["commit", "user_data", "history_uuid"]]?.string
            }
            // A shard without a primary has no history to compare: nothing is said rather than half of it.
            let isWhole = histories.count == shards.count && !histories.isEmpty
            return Statistics(historyUUIDs: isWhole ? histories : nil, storeBytes: bytes)
        }
    }

    private static func description(
        of name: String, _ json: JSONValue, _ statistics: Statistics?
    ) -> IndexDescription {
        var settings: [String: String] = [:]
        for (key, value) in json["settings"]?.object ?? [:] where key.hasPrefix("index.") {
            settings[String(key.dropFirst("index.".count))] =
                value.string ?? String(decoding: value.bytes, as: UTF8.self)
        }
        var description = IndexDescription(
            name: name, uuid: settings["uuid"] ?? "", settings: settings, mappings: json["mappings"] ?? [:],
            aliases: placements(of: json["aliases"], in: name),
            // A shard that is away is not listed: half of the histories would look like a loss.
            historyUUIDs: statistics?.historyUUIDs.flatMap { "\($0.count)" == settings["number_of_shards"] ? $0 : nil })
        description.storeBytes = statistics?.storeBytes
        return description
    }

    package func putSettings(_ settings: JSONValue, of index: String) async throws(TargetError) {
        let doing = "changing settings of \(index)"
        let path = "/" + (try segment(index, doing: doing)) + "/_settings"
        let request = HTTPRequest(.put, path, body: .json(settings), doing: doing)
        try requireAcknowledged(try await call(request), doing: doing)
    }

    package func putMeta(_ meta: JSONValue, of index: String) async throws(TargetError) {
        let doing = "writing _meta of \(index)"
        let path = "/" + (try segment(index, doing: doing)) + "/_mapping"
        let request = HTTPRequest(.put, path, body: .json(["_meta": meta]), doing: doing)
        try requireAcknowledged(try await call(request), doing: doing)
    }

    /// `DELETE index`; one that is gone already is what was wanted.
    package func deleteIndex(_ name: String) async throws(TargetError) {
        let doing = "deleting index \(name)"
        let request = HTTPRequest(.delete, "/" + (try segment(name, doing: doing)), doing: doing)
        guard let answer = try await call(request, unless: ["index_not_found_exception"]) else { return }
        try requireAcknowledged(answer, doing: doing)
    }

    package func refresh(_ index: String) async throws(TargetError) {
        try await everyShard("_refresh", of: index, doing: "refreshing \(index)")
    }

    /// `GET _tasks`: a bulk request is listed, with the names it writes to, from its acceptance to its last shard's answer.
    package func isWriting(to index: String, for run: String) async throws(TargetError) -> Bool? {
        let path =
            "/_tasks?actions=indices:data/write/bulk*&detailed=true&timeout=5s"
            + "&filter_path=nodes.*.tasks.*.description,node_failures.type"
        let answer: JSONValue
        do {
            answer = try await call(HTTPRequest(.get, path, doing: "listing bulk requests"))
        } catch {
            switch error.kind {
            case .notAllowed, .authentication: return nil
            case .refused where !error.isTransient: return nil
            default: throw error
            }
        }
        // A node that does not answer may be the one that works on it.
        if answer["node_failures"]?.array?.isEmpty == false { return true }
        let tasks = (answer["nodes"]?.object ?? [:]).values.flatMap { ($0["tasks"]?.object ?? [:]).values }
        return tasks.contains { task in
            guard let text = task["description"]?.string else { return false }
            return text.contains(index) || text.contains(RunRecord.writerAliasPrefix(run: run))
        }
    }

    package func beginMerging(_ index: String, segments: Int) async throws(TargetError) -> String? {
        let doing = "merging the segments of \(index)"
        let path =
            "/" + (try segment(index, doing: doing))
            + "/_forcemerge?max_num_segments=\(segments)&wait_for_completion=false"
        return try await call(HTTPRequest(.post, path, doing: doing))["task"]?.string
    }

    package func isMerging(_ task: String) async throws(TargetError) -> Bool {
        let doing = "waiting for the merge"
        let path = "/_tasks/" + PercentEncoding.encode(task)
        guard
            let answer = try await call(HTTPRequest(.get, path, doing: doing), unless: ["resource_not_found_exception"])
        else { return false }
        if let reason = answer[path: ["error", "reason"]]?.string {
            throw TargetError(.incompleteAnswer, doing: doing, message: reason, address: transport.shownAddresses)
        }
        return answer["completed"]?.bool != true
    }

    private func everyShard(_ verb: String, of index: String, doing: String) async throws(TargetError) {
        let path = "/" + (try segment(index, doing: doing)) + "/" + verb
        let request = HTTPRequest(.post, path, patience: .slow, doing: doing)
        try await retry.run { _ throws(TargetError) in
            try requireNoFailedShard(in: try await callOnce(request), doing: doing)
        }
    }

    /// `GET index/_count`
    package func count(of index: String) async throws(TargetError) -> Int {
        let doing = "counting \(index)"
        let path = "/" + (try segment(index, doing: doing)) + "/_count"
        return try await retry.run { _ throws(TargetError) in
            let answer = try await callOnce(HTTPRequest(.get, path, patience: .slow, doing: doing))
            try requireNoFailedShard(in: answer, doing: doing)
            let shards = answer["_shards"]
            guard let count = answer["count"]?.int, shards?["successful"]?.int == shards?["total"]?.int else {
                throw incomplete("not all shards answered", doing: doing)
            }
            return count
        }
    }

    /// `GET _cluster/health/index`. For an index that is absent, OpenSearch waits and then says 408.
    package func health(of index: String) async throws(TargetError) -> IndexHealth {
        let doing = "reading the health of \(index)"
        let path = "/_cluster/health/" + (try segment(index, doing: doing)) + "?level=indices&timeout=1s"
        return try await retry.run { _ throws(TargetError) in
            let response = try await transport.send(HTTPRequest(.get, path, doing: doing))
            let answer =
                response.status == 408
                ? try? JSONValue(parsing: response.body) : try Self.json(in: response, doing: doing)
            guard let health = answer?["indices"]?[index], let text = health["status"]?.string,
                let color = IndexHealth.Color(rawValue: text)
            else {
                throw TargetError(
                    .refused(status: 404, type: "index_not_found_exception"), doing: doing,
                    message: "no such index [\(index)]", address: response.address)
            }
            return IndexHealth(
                color: color, unassignedShards: health["unassigned_shards"]?.int ?? 0,
                relocatingOrInitializingShards: (health["relocating_shards"]?.int ?? 0)
                    + (health["initializing_shards"]?.int ?? 0))
        }
    }

    /// `GET index/_doc/id`
    package func document(
        _ id: String, routing: String?, in index: String
    ) async throws(TargetError) -> JSONValue? {
        let doing = "reading a document of \(index)"
        let path = "/" + (try segment(index, doing: doing)) + "/_doc/" + PercentEncoding.encode(id)
        let query = routing.map { "?routing=" + PercentEncoding.encode($0) } ?? ""
        return try await retry.run { _ throws(TargetError) in
            let response = try await transport.send(HTTPRequest(.get, path + query, doing: doing))
            if response.status == 404, (try? JSONValue(parsing: response.body))?["found"]?.bool == false { return nil }
            return try Self.json(in: response, doing: doing)["_source"]
        }
    }

    package func documents(
        _ keys: [DocumentKey], in index: String
    ) async throws(TargetError) -> [DocumentKey: JSONValue] {
        let doing = "reading documents of \(index)"
        let path = "/" + (try segment(index, doing: doing)) + "/_mget"
        let wanted: [JSONValue] = keys.map { key in
            var entry: JSONValue = ["_id": .string(key.text)]
            if let routing = key.routingText { entry["routing"] = .string(routing) }
            return entry
        }
        let json = try await call(HTTPRequest(.post, path, body: .json(["docs": .array(wanted)]), doing: doing))
        // One answer for each, in their order.
        guard let answers = json["docs"]?.array, answers.count == keys.count else {
            throw incomplete(
                "\(json["docs"]?.array?.count ?? 0) of \(keys.count) documents were answered", doing: doing)
        }
        var found: [DocumentKey: JSONValue] = [:]
        for (key, answer) in zip(keys, answers) {
            guard answer["_id"]?.string == key.text, answer["error"] == nil else {
                throw incomplete(
                    "the answer for \(key.text): \(answer["error"]?["reason"]?.string ?? "another id")", doing: doing)
            }
            if answer["found"]?.bool == true { found[key] = answer["_source"] ?? .null }
        }
        return found
    }

    /// Primaries without a home and copies that failed count; copies that are not assigned do not.
    private func requireNoFailedShard(in answer: JSONValue, doing: String) throws(TargetError) {
        guard let shards = answer["_shards"], shards["failed"]?.int == 0 else {
            throw incomplete("\(answer["_shards"]?["failed"]?.int ?? 0) shards failed", doing: doing)
        }
        if shards["successful"]?.int == 0 { throw incomplete("no shard answered", doing: doing) }
    }

    private func incomplete(_ message: String, doing: String) -> TargetError {
        TargetError(.incompleteAnswer, doing: doing, message: message, address: transport.shownAddresses)
    }
}
