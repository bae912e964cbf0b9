/// Keeps the application's searches quick while the cluster is loaded: `guard.search.max_p95`.
///
/// The canaries are asked of the live alias, ten a second. Where their p95 passes the limit fewer bodies are out (multiplicative
/// decrease), and where one alone is still too much each waits before it is sent; where it is well under it, there are more again
/// (additive increase). The concurrency that the copy found for itself stays a bound.
struct SearchGuard: Sendable {
    let maxP95: Duration
    let alias: String
    let round: CanaryRound
    let limits: SendLimits
    let progress: Progress
    let clocks: Clocks

    private static let pace = Duration.milliseconds(100)
    /// Samples that a p95 is made of: of the last four seconds, looked at each second.
    private static let windowSamples = 40
    private static let step = 10
    /// Where searches are so slow that fewer came, those are judged that there are.
    private static let patience = Duration.seconds(2)
    /// Under this share of the limit there is room for more.
    private static let comfortable = 0.7

    /// Until the task is cancelled.
    func run() async {
        var window: [Double] = []
        var number = 0
        var judged = clocks.now()
        while !Task.isCancelled {
            let due = clocks.now()
            let (_, sample) = await round.sample(number, in: alias)
            number += 1
            window.append(sample.latency.seconds)
            if window.count > Self.windowSamples { window.removeFirst(window.count - Self.windowSamples) }
            if number % Self.step == 0 || clocks.now() - judged >= Self.patience {
                judged = clocks.now()
                if judge(window) { window.removeAll() }
            }
            let left = Self.pace - (clocks.now() - due)
            do { try await clocks.sleep(max(left, .milliseconds(1))) } catch { return }
        }
    }

    /// - Returns: whether the limits moved: what was measured before says nothing of what is now.
    private func judge(_ window: [Double]) -> Bool {
        let sorted = window.sorted()
        let p95 = sorted[min(sorted.count - 1, Int(Double(sorted.count) * 0.95))]
        let limit = maxP95.seconds
        if p95 > limit {
            limits.holdBack(by: .searches)
        } else if p95 < limit * Self.comfortable, window.count >= Self.windowSamples / 2 {
            guard limits.isHeldBack(by: .searches) else {
                progress.throttled(by: .searches, nil)
                return false
            }
            limits.letGo(by: .searches)
        } else {
            return false
        }
        let text = "searches take p95 \(Int(p95 * 1000)) ms, the limit is \(Int(limit * 1000)) ms"
        progress.throttled(by: .searches, limits.isHeldBack(by: .searches) ? text : nil)
        return true
    }
}
