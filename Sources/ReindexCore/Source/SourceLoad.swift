/// What PostgreSQL does beside this run, as far as this role may see it.
package struct SourceLoad: Sendable, Hashable {
    /// Sessions that run a statement now, this tool's own left out.
    package var activeSessions: Int
    /// Sessions of which this role may not see whether they are active.
    package var hiddenSessions: Int
    /// The furthest that a replica is behind: the server itself where it is one, otherwise those attached to it; nil where
    /// there is none, or none may be seen.
    package var replicaLag: Duration?
    /// Why ``replicaLag`` is nil.
    package var whyNoLag: String?

    package init(activeSessions: Int, hiddenSessions: Int, replicaLag: Duration?, whyNoLag: String?) {
        self.activeSessions = activeSessions
        self.hiddenSessions = hiddenSessions
        self.replicaLag = replicaLag
        self.whyNoLag = whyNoLag
    }
}

/// Asks for it again and again, with a connection of its own. Implemented by `PostgresRows`.
package protocol SourceLoadProbe: Sendable {
    func load() async throws(SourceError) -> SourceLoad
    func close() async
}
