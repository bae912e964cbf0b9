/// Decides when a transfer has waited long enough. libcurl counts the time until the connection stands; from then on
/// the clock that matters is the one since the last byte moved, and what was waited for says how long is too long.
struct ProgressWatch: Sendable {
    /// What a transfer waits for when its time is over.
    enum Expiry: Sendable, Hashable {
        /// The request was sent, and no byte of the answer came.
        case noAnswer(Duration)
        /// Bytes stopped in the middle of the request or the answer.
        case stalled(Duration)
    }

    /// What libcurl says about a transfer.
    struct Progress: Sendable {
        var isConnected: Bool
        var isSent: Bool
        var hasAnswerBegun: Bool
        /// Sent and received together.
        var byteCount: Int64
    }

    let firstByte: Duration
    let stall: Duration
    private var lastByteCount: Int64 = -1
    private var lastMove: ContinuousClock.Instant

    init(firstByte: Duration, stall: Duration, now: ContinuousClock.Instant) {
        self.firstByte = firstByte
        self.stall = stall
        lastMove = now
    }

    mutating func observe(_ progress: Progress, at now: ContinuousClock.Instant) -> Expiry? {
        guard progress.isConnected, progress.byteCount == lastByteCount else {
            lastByteCount = progress.isConnected ? progress.byteCount : -1
            lastMove = now
            return nil
        }
        let waited = now - lastMove
        if progress.isSent, !progress.hasAnswerBegun { return waited >= firstByte ? .noAnswer(firstByte) : nil }
        return waited >= stall ? .stalled(stall) : nil
    }
}
