/// The canaries go on through the alias after the promotion; two bad windows in a row move it back.
package struct Watch: Sendable {
    let rules: WatchRules
    let round: CanaryRound
    let alias: String
    let index: String
    let target: any IndexTarget
    let progress: Progress
    let clocks: Clocks
    let stop: StopRequest

    /// What was seen, for the report.
    package struct Result: Sendable, Hashable, Codable {
        package var windows = 0
        package var samples = 0
        package var errors = 0
        /// The worst window's, in milliseconds.
        package var worstP95: Double?
        /// Why the alias was to move back; nil where all was well.
        package var breach: String?
        /// The alias was moved by somebody else: nobody watches any more.
        package var isElsewhere = false
    }

    /// Samples of a window; asked ten a second.
    private static let windowSamples = 100
    private static let pace = Duration.milliseconds(100)

    func run() async throws -> Result {
        var result = Result()
        let began = clocks.now()
        var last: String?
        var number = 0
        // A window that was begun is completed: a verdict has at least 100 samples.
        while clocks.now() - began < rules.duration || last != nil {
            var window = SearchSamples()
            while window.count < Self.windowSamples {
                if let reason = stop.reason { throw RunError.interrupted(reason) }
                let due = clocks.now()
                let (canary, sample) = await round.sample(number, in: alias)
                window.add(canary, sample)
                number += 1
                let left = Self.pace - (clocks.now() - due)
                if left > .zero { try await clocks.sleep(left) }
            }
            take(window, &result)
            guard try await target.alias(alias).map(\.index) == [index] else {
                result.isElsewhere = true
                return result
            }
            let breach = breach(of: window)
            if let last, let breach {
                result.breach = "two windows in a row: \(last); \(breach)"
                return result
            }
            if let breach { progress.note("watch: a bad window: \(breach)") }
            last = breach
        }
        return result
    }

    private func take(_ window: SearchSamples, _ result: inout Result) {
        result.windows += 1
        result.samples += window.count
        result.errors += window.errors
        result.worstP95 = [result.worstP95, window.p95].compactMap { $0 }.max()
    }

    private func breach(of window: SearchSamples) -> String? {
        if window.errorRate > rules.maxErrorRate {
            let first = window.complaints.sorted { $0.key < $1.key }.first.map { "\"\($0.key)\": \($0.value)" }
            let why = first ?? window.failures.first ?? ""
            return "\(window.errors) of \(window.count) searches failed (\(why))"
        }
        let limit = rules.maxP95.seconds * 1000
        guard let p95 = window.p95, p95 > limit else { return nil }
        return "p95 was \(Int(p95)) ms, \(Int(limit)) ms are allowed"
    }
}
