/// What went wrong with PostgreSQL, as values; the wording for people is the command's.
package struct SourceError: Error, Sendable {
    package enum Kind: Sendable, Hashable {
        /// No server answers, or it is starting, or shutting down.
        case unreachable
        /// It answered once and the connection is gone; reconnecting may help.
        case connectionLost
        /// Password, role or pg_hba.conf.
        case authentication
        /// No right to read, or a policy hides rows from this role.
        case notAllowed
        /// The query is refused; `position` counts characters in the user's own text, from 1.
        case query(position: Int?)
        /// The server ended the statement or the transaction (time-outs, replica conflict): a new snapshot may help.
        case cancelled
        /// The snapshot of another transaction is not there any more: a new one helps.
        case snapshotGone
        /// The key is null, doubled, missing or of a type without an order.
        case key(String)
        /// Two columns of one name, a wrong encoding, a server too old, a type that cannot be read.
        case unsupported
        case outOfMemory
    }

    package let kind: Kind
    /// "connecting", "describing the query", "reading products": follows "while".
    package let doing: String
    /// The server's or libpq's own words; never a password.
    package let message: String
    package let sqlState: String?
    package let hint: String?

    package init(_ kind: Kind, doing: String, message: String, sqlState: String? = nil, hint: String? = nil) {
        self.kind = kind
        self.doing = doing
        self.message = message
        self.sqlState = sqlState
        self.hint = hint
    }

    /// The `sqlState` of a server that has no connection left.
    package static let tooManyConnections = "53300"
    /// The `sqlState` of a lock that others kept for too long.
    package static let lockTimeout = "55P03"

    /// Whether the others read on where one reader cannot: the server has no room for it, or it waits for a lock that may be
    /// waiting for one of them.
    package var isOneReadersOwn: Bool { sqlState == Self.tooManyConnections || sqlState == Self.lockTimeout }

    /// Whether a new connection and a new snapshot may go on after the last place read.
    package var isWorthReconnecting: Bool {
        switch kind {
        case .unreachable, .connectionLost, .cancelled, .snapshotGone: true
        default: false
        }
    }
}
