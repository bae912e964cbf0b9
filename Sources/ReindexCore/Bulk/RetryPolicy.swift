/// How long to wait before something is sent again: exponential with full jitter, never less than the server asks for.
///
/// Full jitter (a random share of the whole interval) because retrying batches that wait the same time come back together.
/// Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
package struct RetryPolicy: Sendable, Hashable {
    package var base: Duration = .milliseconds(100)
    package var cap: Duration = .seconds(15)
    /// How long one batch may go without any progress.
    package var patience: Duration = .seconds(600)

    package init() {}

    /// - Parameters:
    ///   - attempt: 1 for the first retry.
    ///   - random: 0..<1.
    package func delay(attempt: Int, retryAfter: Duration?, random: Double) -> Duration {
        let exponential = min(cap, base * (1 << min(attempt - 1, 20)))
        let jittered = exponential * max(0.1, random)
        return max(jittered, min(retryAfter ?? .zero, patience))
    }
}
