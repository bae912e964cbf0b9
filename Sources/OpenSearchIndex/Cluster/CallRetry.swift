internal import ReindexCore

/// How a call that may be repeated is: a few times, with exponential back-off and full jitter, for some seconds in all.
/// Longer patience is the caller's decision.
package struct CallRetry: Sendable {
    package var attempts: Int
    package var firstPause: Duration
    package var longestPause: Duration
    /// Waits; tests count instead. Ends early, by throwing, when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// A number in 0..<1: what the pause is multiplied with.
    package var jitter: @Sendable () -> Double

    package init(
        attempts: Int = 5, firstPause: Duration = .milliseconds(200), longestPause: Duration = .seconds(3),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        jitter: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.attempts = attempts
        self.firstPause = firstPause
        self.longestPause = longestPause
        self.sleep = sleep
        self.jitter = jitter
    }

    /// Calls until it works, fails for good, or was tried often enough; the last error is thrown.
    /// - Parameter attempt: gets the number of tries before this one.
    func run<Result: Sendable>(
        _ attempt: (_ triesBefore: Int) async throws(TargetError) -> Result
    ) async throws(TargetError) -> Result {
        var tries = 0
        while true {
            let failure: TargetError
            do {
                return try await attempt(tries)
            } catch {
                failure = error
            }
            tries += 1
            guard failure.isTransient, tries < attempts, !Task.isCancelled, await pause(after: tries) else {
                throw failure
            }
        }
    }

    /// - Returns: false when the task was cancelled meanwhile.
    private func pause(after tries: Int) async -> Bool {
        let ceiling = min(firstPause * (1 << min(tries - 1, 20)), longestPause)
        do {
            try await sleep(ceiling * jitter())
            return true
        } catch {
            return false
        }
    }
}
