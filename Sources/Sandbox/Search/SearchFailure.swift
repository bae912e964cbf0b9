/// An error that a shard found: wrapped as OpenSearch does, with the cause as its root.
enum SearchFailure {
    static func error(_ type: String, _ reason: String, index: Index, causedBy: JSON? = nil) -> APIError {
        var cause = JSONObject([.init(key: "type", value: .string(type)), .init(key: "reason", value: .string(reason))])
        if type == "query_shard_exception" {
            cause["index"] = .string(index.name)
            cause["index_uuid"] = .string(index.uuid)
        }
        let root = JSON.object(cause)
        // OpenSearch unwraps its own argument errors once more.
        cause["caused_by"] = causedBy ?? (type == "illegal_argument_exception" ? root : nil)
        return APIError(
            400, "search_phase_execution_exception", "all shards failed",
            details: [
                "phase": "query", "grouped": true,
                "failed_shards": [["shard": 0, "index": .string(index.name), "reason": .object(cause)]],
            ],
            causedBy: .object(cause), rootCause: root)
    }

    /// A scroll that is over or never was.
    static func missingContext(_ id: Int) -> APIError {
        let cause = APIError.cause("search_context_missing_exception", "No search context found for id [\(id)]")
        return APIError(
            404, "search_phase_execution_exception", "all shards failed",
            details: [
                "phase": "query", "grouped": true, "failed_shards": [["shard": -1, "index": .null, "reason": cause]],
            ],
            causedBy: cause, rootCause: cause)
    }
}
