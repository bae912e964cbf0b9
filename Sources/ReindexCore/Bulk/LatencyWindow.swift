/// The answers to requests that were sent under the same permits.
struct LatencyWindow: Sendable {
    /// The number of the first request that belongs here; those before it were sent under other permits.
    let firstRequest: Int
    private(set) var count = 0
    private var perByte = 0.0
    private var squaresPerByte = 0.0
    private var inFlight = 0
    private var seconds = 0.0

    init(firstRequest: Int) { self.firstRequest = firstRequest }

    /// - Parameter inFlight: requests that were out when this one was sent, itself among them.
    mutating func add(seconds: Double, byteCount: Double, inFlight: Int) {
        let sample = seconds / byteCount
        count += 1
        perByte += sample
        squaresPerByte += sample * sample
        self.inFlight += inFlight
        self.seconds += seconds
    }

    /// What a window says of one concurrency: means over its requests.
    struct Measure: Sendable {
        let inFlight: Double
        /// Latency for each byte of a body, so that bodies of different sizes can be compared.
        let secondsPerByte: Double
        /// Latency of one request.
        let seconds: Double
        /// The squared standard error of `secondsPerByte`, as a share of it.
        let squaredError: Double

        /// The standard error, as a share, of the quotient of two latencies.
        func noise(with other: Measure) -> Double { (squaredError + other.squaredError).squareRoot() }
    }

    var measure: Measure {
        let answers = Double(max(1, count))
        let mean = perByte / answers
        let variance = max(0, squaresPerByte / answers - mean * mean) * answers / max(1, answers - 1)
        return Measure(
            inFlight: Double(inFlight) / answers, secondsPerByte: mean, seconds: seconds / answers,
            squaredError: variance / (mean * mean) / answers)
    }
}

/// When to ask again: after some windows, and twice as long after each time that nothing was found.
struct ProbeSchedule: Sendable {
    private let windowCount: Double
    private let longestPatience: Double
    private var patience = 1.0
    private var due: Duration?
    private var latency = 0.0

    /// - Parameters:
    ///   - windows: how many to wait at least.
    ///   - longest: how many to wait at most.
    init(windows: Double, longest: Double) {
        windowCount = windows
        longestPatience = longest / windows
    }

    func isDue(_ now: Duration) -> Bool { due.map { now >= $0 } ?? false }

    mutating func saw(_ measure: LatencyWindow.Measure, _ now: Duration) {
        latency = measure.seconds
        if due == nil { schedule(now) }
    }

    mutating func askSoon() { due = .zero }

    mutating func foundNothing(_ now: Duration) {
        patience = min(patience * 2, longestPatience)
        schedule(now)
    }

    mutating func foundMore(_ now: Duration) {
        patience = 1
        schedule(now)
    }

    private mutating func schedule(_ now: Duration) { due = now + .seconds(latency * windowCount * patience) }
}
