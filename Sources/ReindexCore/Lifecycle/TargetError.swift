/// What went wrong with OpenSearch, as values; the wording for people is the command's.
package struct TargetError: Error, Sendable {
    package enum Kind: Sendable, Hashable {
        /// No address answers.
        case unreachable
        /// The certificate does not verify, or no TLS at all.
        case tls
        /// 401.
        case authentication
        /// 403.
        case notAllowed
        /// Something answers, and it is not an OpenSearch that we support.
        case unsupported
        /// An answer came and says no: `status` with OpenSearch's error type, `reason` in `message`.
        case refused(status: Int, type: String)
        /// The answer was cut, too long, or not JSON; or it did not come in time after the request was sent.
        case incompleteAnswer
        /// A compare-and-swap lost: somebody else moved the document or alias.
        case conflict
    }

    package let kind: Kind
    /// "creating index products-…": follows "while".
    package let doing: String
    /// The server's or libcurl's own words; never a password, control characters already taken out.
    package let message: String
    /// The address without user and password.
    package let address: String

    package init(_ kind: Kind, doing: String, message: String, address: String) {
        self.kind = kind
        self.doing = doing
        self.message = message
        self.address = address
    }

    /// The answer's status and type before the message, where there was an answer.
    package var text: String {
        if case .refused(let status, let type) = kind { "\(status) \(type): \(message)" } else { message }
    }

    /// Whether the same request may succeed later: transport errors, 408, 429, 5xx, and a block of the cluster or an index.
    package var isTransient: Bool {
        switch kind {
        case .unreachable, .incompleteAnswer: true
        case .refused(_, "cluster_block_exception"): true
        case .refused(let status, _): status == 408 || status == 429 || status >= 500
        default: false
        }
    }
}
