/// What a run is expected to come to, and in the report what it came to.
package struct Forecast: Sendable, Hashable, Codable {
    package var documents: Int
    /// NDJSON, before compression.
    package var bytesSent: Int
    /// Of the index's primaries on disk; nil where that is not known.
    package var indexBytes: Int?
    /// Of the copy.
    package var seconds: Double
    /// To PostgreSQL, at once.
    package var connections: Int
    package var oldestSnapshotSeconds: Double
    /// What time and size are judged by: for people.
    package var basis: String

    package init(
        documents: Int, bytesSent: Int, indexBytes: Int?, seconds: Double, connections: Int,
        oldestSnapshotSeconds: Double, basis: String
    ) {
        self.documents = documents
        self.bytesSent = bytesSent
        self.indexBytes = indexBytes
        self.seconds = seconds
        self.connections = connections
        self.oldestSnapshotSeconds = oldestSnapshotSeconds
        self.basis = basis
    }
}

extension ReindexPlan {
    /// Bytes a second, and of the index for each that is sent, where no run of the alias was measured yet.
    private static let usualRate = 25_000_000.0
    private static let usualShare = 0.6

    /// - Parameters:
    ///   - history: the alias's (`status --history`); its last run that was copied in one go tells rate and sizes.
    ///   - readers: `--readers`.
    /// - Returns: nil where PostgreSQL has no estimate of the rows.
    package func forecast(history: JSONValue?, readers: Int? = nil) -> Forecast? {
        guard let estimate else { return nil }
        let last = history?["runs"]?.array?.last { ($0["copySeconds"]?.double ?? 0) > 0 && ($0["bytes"]?.int ?? 0) > 0 }
        var (bytes, rate, share) = (Double(estimate.bytes), Self.usualRate, Self.usualShare)
        var basis = "no run of this alias was measured yet: 25 MB/s, and 0.6 bytes of the index for each sent"
        if let last, let seconds = last["copySeconds"]?.double, let sent = last["bytes"]?.double,
            let documents = last["documents"]?.double, documents > 0
        {
            bytes = Double(estimate.documents) * sent / documents
            rate = sent / seconds
            if let index = last["indexBytes"]?.double { share = index / sent }
            basis = "the run \(last["run"]?.string ?? "before")"
        }
        let seconds = bytes / max(rate, 1)
        let most = readers ?? mapping.source.readers ?? (source.server.isReplica ? 4 : 2)
        let hasProbe = mapping.guards.postgresMaxActiveSessions != nil || mapping.guards.postgresMaxReplicaLag != nil
        return Forecast(
            documents: estimate.documents, bytesSent: Int(bytes), indexBytes: Int(bytes * share), seconds: seconds,
            connections: most + (hasProbe ? 1 : 0),
            oldestSnapshotSeconds: min(seconds, mapping.source.snapshotMaxAge.seconds), basis: basis)
    }
}
