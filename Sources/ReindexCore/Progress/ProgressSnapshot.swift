/// The state of a run at one moment: `status --json`, the checkpoint's `progress`, and the report are made from it.
package struct ProgressSnapshot: Sendable, Hashable, Codable {
    package var phase: Phase?
    /// Seconds since this process began.
    package var elapsed: Double
    package var phaseSeconds: [String: Double]
    /// The planner's estimate.
    package var totalDocuments: Int?
    /// Acknowledged since the run began, those of earlier processes included.
    package var documents: Int
    /// Of this process alone; `bytes` are NDJSON bytes, retries not counted.
    package var counts: DocumentCounts
    package var requests: Int
    /// Documents a second, over the last 10 s and over the copy.
    package var rateNow: Double
    package var rateMean: Double
    package var requestsInFlight: Int
    package var bytesInFlight: Int
    package var permits: Int
    package var bodyByteCount: Int
    package var isCompressed: Bool
    package var fetchRowCount: Int
    /// Connections that read; nil in checkpoints of versions that had only one.
    package var readers: Int?
    package var mostReaders: Int?
    /// Seconds that the oldest snapshot of this process lasted.
    package var longestSnapshot: Double?
    package var retries: Progress.Retries
    package var waits: Progress.Waits
    /// Seconds since the current snapshot was taken.
    package var snapshotAge: Double?
    package var snapshots: Int
    package var pause: String?
    /// What holds the load back, and for how many seconds altogether; nil in checkpoints of versions without a guard.
    package var throttle: String?
    package var throttledSeconds: Double?
    /// What people ask of the run, and for how many seconds altogether it was paused and throttled so; nil: never.
    package var control: RunControl?
    package var pausedSeconds: Double?
    package var pacedSeconds: Double?
    /// Of the copy, in which OpenSearch had no request of ours.
    package var idleSeconds: Double?
    package var notes: [String]

    /// Seconds until the copy is done, at the rate now; nil where nothing is known.
    package var secondsLeft: Double? {
        guard let totalDocuments, rateNow > 0, totalDocuments > documents else { return nil }
        return Double(totalDocuments - documents) / rateNow
    }

    /// What limits the copy.
    package var limit: Limit? {
        guard waits.forRows + waits.forPermits > 0 else { return nil }
        if waits.forRows >= waits.forPermits { return .postgres }
        return waits.encoding > waits.sending ? .process : .opensearch
    }

    package enum Limit: String, Sendable, Codable {
        case postgres = "PostgreSQL"
        case process = "this process"
        case opensearch = "OpenSearch"
    }
}
