/// What one bulk item's answer means. Each item of each request gets exactly one.
package enum ItemVerdict: Sendable, Hashable {
    case indexed
    /// A later reading is in the index already.
    case superseded
    /// Back pressure: this item alone is sent again.
    case retry(type: String)
    /// The document itself cannot be parsed or is not valid: it is recorded, and the run goes on.
    case rejected(type: String, reason: String)
    /// Nothing is wrong with the document: the cluster, the index or the rights are.
    case condition(RunCondition)
    /// The version that is there is above every epoch of ours.
    case foreignWriter(version: Int64)
}

/// A condition of the run that an item's or a whole request's answer shows.
package struct RunCondition: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// The writer alias or its index is gone: another holder, or a deleted index.
        case fenced
        /// Shards unavailable, a closed or read-only index, a full disk: waiting may cure it.
        case blocked
        /// 401 or 403.
        case notAllowed
        /// Anything else that is no document's fault: waiting does not cure it.
        case refused
    }

    package let kind: Kind
    package let status: Int
    package let type: String
    package let reason: String

    package init(_ kind: Kind, status: Int, type: String, reason: String) {
        self.kind = kind
        self.status = status
        self.type = type
        self.reason = reason
    }
}

extension ItemVerdict {
    /// Judges one item's answer.
    ///
    /// Only parse and validation errors of the document reject it. What is not known is a condition of the run: to stop
    /// and say so is safe, to drop a document is not. Source: `facts.md`, OpenSearch 2.19's exception types.
    /// - Parameter newestEpoch: a conflict with a version above it was not written by us.
    package init(status: Int, error: BulkResponse.ItemError?, newestEpoch: Epoch) {
        guard let error else {
            // 404: a delete of what is not there any more; a fenced one has an error.
            let isDone = (200..<300).contains(status) || status == 404
            self =
                isDone ? .indexed : Self.trouble(status, BulkResponse.ItemError(type: "", reason: ""), newestEpoch)
            return
        }
        self = Self.trouble(status, error, newestEpoch)
    }

    /// Out of line: nearly every item is indexed.
    @inline(never)
    private static func trouble(_ status: Int, _ error: BulkResponse.ItemError, _ newestEpoch: Epoch) -> ItemVerdict {
        let (type, reason) = (error.type, error.reason)
        switch status {
        case 409 where type == "version_conflict_engine_exception":
            let version = currentVersion(in: reason)
            return version.map { $0 > newestEpoch.version ? .foreignWriter(version: $0) : .superseded } ?? .superseded
        case 429 where type == "cluster_block_exception", 403 where type == "cluster_block_exception":
            return .condition(RunCondition(.blocked, status: status, type: type, reason: reason))
        case 408, 429: return .retry(type: type)
        case 404: return .condition(RunCondition(.fenced, status: status, type: type, reason: reason))
        case 401, 403: return .condition(RunCondition(.notAllowed, status: status, type: type, reason: reason))
        case 400 where isCondition(type: type, reason: reason):
            let kind: RunCondition.Kind = type == "index_closed_exception" ? .blocked : .refused
            return .condition(RunCondition(kind, status: status, type: type, reason: reason))
        case 400: return .rejected(type: type, reason: reason)
        case 500...: return .condition(RunCondition(.blocked, status: status, type: type, reason: reason))
        default: return .condition(RunCondition(.refused, status: status, type: type, reason: reason))
        }
    }

    /// 400s that speak of the index, the alias or the pipeline, not of the document.
    private static func isCondition(type: String, reason: String) -> Bool {
        switch type {
        case "index_closed_exception", "invalid_alias_name_exception", "invalid_index_name_exception",
            "security_exception", "action_request_validation_exception":
            true
        case "illegal_argument_exception":
            reason.hasPrefix("no write index is defined for alias") || reason.hasPrefix("pipeline with id [")
                || reason.hasPrefix("Alias [") || reason.contains("is not a write index")
        case "": true
        default: false
        }
    }

    /// `[42]: version conflict, current version [1764] is higher than the one provided [1763]`.
    ///
    /// The last occurrence: ids come first in OpenSearch's reasons and may hold anything. As bytes, for where another
    /// holder was faster every item is answered so.
    private static func currentVersion(in reason: String) -> Int64? {
        let (bytes, marker) = (Array(reason.utf8), Array("current version [".utf8))
        for start in stride(from: bytes.count - marker.count, through: 0, by: -1)
        where bytes[start...].starts(with: marker) {
            let digits = bytes[(start + marker.count)...].prefix { $0 != UInt8(ascii: "]") }
            return Int64(String(decoding: digits, as: UTF8.self))
        }
        return nil
    }
}
