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
        let type = error?.type ?? ""
        let reason = error?.reason ?? ""
        switch status {
        case 200..<300 where error == nil: self = .indexed
        // A delete of what is not there any more; a fenced one has an error.
        case 404 where error == nil: self = .indexed
        case 409 where type == "version_conflict_engine_exception":
            let version = Self.currentVersion(in: reason)
            self = version.map { $0 > newestEpoch.version ? .foreignWriter(version: $0) : .superseded } ?? .superseded
        case 429 where type == "cluster_block_exception", 403 where type == "cluster_block_exception":
            self = .condition(RunCondition(.blocked, status: status, type: type, reason: reason))
        case 408, 429: self = .retry(type: type)
        case 404: self = .condition(RunCondition(.fenced, status: status, type: type, reason: reason))
        case 401, 403: self = .condition(RunCondition(.notAllowed, status: status, type: type, reason: reason))
        case 400 where Self.isCondition(type: type, reason: reason):
            let kind: RunCondition.Kind = type == "index_closed_exception" ? .blocked : .refused
            self = .condition(RunCondition(kind, status: status, type: type, reason: reason))
        case 400: self = .rejected(type: type, reason: reason)
        case 500...: self = .condition(RunCondition(.blocked, status: status, type: type, reason: reason))
        default: self = .condition(RunCondition(.refused, status: status, type: type, reason: reason))
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
    private static func currentVersion(in reason: String) -> Int64? {
        let marker = "current version ["
        guard let end = reason.rangeEnd(of: marker) else { return nil }
        return Int64(reason[end...].prefix { $0 != "]" })
    }
}

extension String {
    /// Where the last occurrence of `marker` ends: ids come first in OpenSearch's reasons and may hold anything.
    fileprivate func rangeEnd(of marker: String) -> Index? {
        var start = endIndex
        while start > startIndex {
            start = index(before: start)
            if self[start...].hasPrefix(marker) { return index(start, offsetBy: marker.count) }
        }
        return nil
    }
}
