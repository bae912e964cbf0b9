import ReindexCore
import Testing

@Suite struct ItemVerdictTests {
    enum Kind { case indexed, superseded, retry, rejected, fenced, blocked, notAllowed, refused, foreign }

    private func kind(_ verdict: ItemVerdict) -> Kind {
        switch verdict {
        case .indexed: .indexed
        case .superseded: .superseded
        case .retry: .retry
        case .rejected: .rejected
        case .foreignWriter: .foreign
        case .condition(let condition):
            switch condition.kind {
            case .fenced: .fenced
            case .blocked: .blocked
            case .notAllowed: .notAllowed
            case .refused: .refused
            }
        }
    }

    /// As OpenSearch 2.19 says it.
    static let answers: [(Int, String?, String, Kind)] = [
        (201, nil, "", .indexed), (200, nil, "", .indexed),
        (409, "version_conflict_engine_exception", conflict(current: 1000), .superseded),
        (409, "version_conflict_engine_exception", conflict(current: 999), .superseded),
        (409, "version_conflict_engine_exception", conflict(current: 1001), .foreign),
        (
            429, "rejected_execution_exception",
            "rejected execution of primary operation [coordinating_and_primary_bytes=…]", .retry
        ),
        (429, "es_rejected_execution_exception", "rejected execution of org.opensearch.action.bulk…", .retry),
        (429, "circuit_breaking_exception", "[parent] Data too large", .retry),
        (408, "timeout_exception", "timed out", .retry),
        (
            429, "cluster_block_exception",
            "index [p] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark];",
            .blocked
        ),
        (403, "cluster_block_exception", "index [p] blocked by: [FORBIDDEN/8/index write (api)];", .blocked),
        (503, "unavailable_shards_exception", "[p][0] primary shard is not active Timeout: [10s]", .blocked),
        (503, "cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE/2/no cluster-manager];", .blocked),
        (500, "illegal_state_exception", "whatever", .blocked),
        (400, "index_closed_exception", "closed", .blocked),
        (
            404, "index_not_found_exception",
            "no such index [w] and [require_alias] request flag is [true] and [w] is not an alias",
            .fenced
        ),
        (403, "security_exception", "no permissions for [indices:data/write/bulk[s]]", .notAllowed),
        (401, "security_exception", "", .notAllowed),
        (
            400, "mapper_parsing_exception",
            "failed to parse field [n] of type [long] in document with id '1'. Preview of field's value: 'x'", .rejected
        ),
        (400, "document_parsing_exception", "[1:2] failed to parse", .rejected),
        (
            400, "strict_dynamic_mapping_exception",
            "mapping set to strict, dynamic introduction of [x] within [_doc] is not allowed", .rejected
        ),
        (400, "illegal_argument_exception", "Limit of total fields [1000] has been exceeded", .rejected),
        (400, "illegal_argument_exception", "mapper [a] cannot be changed from type [long] to [float]", .rejected),
        (400, "illegal_argument_exception", "Document contains at least one immense term in field=\"k\"", .rejected),
        (400, "routing_missing_exception", "routing is required for [p]/[1]", .rejected),
        (
            400, "illegal_argument_exception",
            "no write index is defined for alias [w]. The write index may be explicitly disabled", .refused
        ),
        (400, "illegal_argument_exception", "pipeline with id [p] does not exist", .refused),
        (400, "security_exception", "", .refused), (400, nil, "", .refused),
        (409, "other_exception", "", .refused), (302, nil, "", .refused),
        (200, "strange", "an error beside a 200", .refused),
        (418, "new_exception", "what is not known stops the run", .refused),
    ]

    static func conflict(current: Int64) -> String {
        "[42]: version conflict, current version [\(current)] is higher than the one provided [17]"
    }

    @Test(arguments: answers) func `each answer has its verdict`(status: Int, type: String?, reason: String, kind: Kind)
    {
        let error = type.map { BulkResponse.ItemError(type: $0, reason: reason) }
        let verdict = ItemVerdict(status: status, error: error, newestEpoch: Epoch(version: 1000))
        #expect(self.kind(verdict) == kind, "\(status) \(type ?? "-") \(reason)")
    }

    @Test func `an id that looks like a version does not fool the reader of conflicts`() {
        let reason =
            "[x current version [9999999999999999] y]: version conflict, current version [5] is higher than [1]"
        let error = BulkResponse.ItemError(type: "version_conflict_engine_exception", reason: reason)
        #expect(ItemVerdict(status: 409, error: error, newestEpoch: Epoch(version: 10)) == .superseded)
    }

    /// A delete of what is not there is answered 404 without an error.
    @Test func `every status has one verdict, and only 2xx and 404 without error are done`() {
        for status in 0..<700 {
            for error in [nil, BulkResponse.ItemError(type: "x", reason: "")] {
                let verdict = ItemVerdict(status: status, error: error, newestEpoch: Epoch(version: 1))
                #expect(
                    (kind(verdict) == .indexed) == (((200..<300).contains(status) || status == 404) && error == nil))
            }
        }
    }
}
