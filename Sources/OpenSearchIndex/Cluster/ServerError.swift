internal import ReindexCore

/// What OpenSearch says in an answer that is not a success:
/// `{"error": {"type", "reason", "caused_by", "index"}, "status"}`, or a plain text from what stands before it.
struct ServerError: Sendable, Hashable {
    let status: Int
    /// OpenSearch's error type; `http_503` where the answer holds none.
    let type: String
    let reason: String
    /// The index that the error is about, where it says so.
    let index: String?

    init(_ response: HTTPResponse) {
        let json = try? JSONValue(parsing: response.body)
        self.init(status: response.status, error: json?["error"], otherwise: response.body)
    }

    init(status: Int, error: JSONValue?, otherwise body: [UInt8] = []) {
        self.status = status
        type = error?["type"]?.string.map { ServerText.clean($0, limit: 100) } ?? "http_\(status)"
        index = error?["index"]?.string
        if let text = error?.string {
            reason = ServerText.clean(text)
        } else if let error, error.object != nil {
            reason = ServerText.clean(Self.reasons(of: error).joined(separator: ": "))
        } else {
            reason = ServerText.summary(of: body)
        }
    }

    /// The reason and what caused it, outermost first, each once.
    private static func reasons(of error: JSONValue) -> [String] {
        var reasons: [String] = []
        var next: JSONValue? = error
        while let cause = next, reasons.count < 4 {
            if let reason = cause["reason"]?.string, !reasons.contains(where: { $0.contains(reason) }) {
                reasons.append(reason)
            }
            next = cause["caused_by"]
        }
        return reasons
    }

    /// 401 and 403 are about who asks, with two exceptions that also come as 403: Amazon's throttling, which is the 429
    /// of others and becomes that, and a block of the cluster or the index, which is a state of theirs.
    func error(doing: String, address: String) -> TargetError {
        let kind: TargetError.Kind =
            switch status {
            case 401: .authentication
            case 403 where reason.lowercased().contains("request throttled"):
                .refused(status: 429, type: "request_throttled")
            case 403 where type == "cluster_block_exception": .refused(status: status, type: type)
            case 403: .notAllowed
            default: .refused(status: status, type: type)
            }
        return TargetError(kind, doing: doing, message: reason, address: address)
    }
}
