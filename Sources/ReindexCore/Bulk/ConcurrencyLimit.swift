/// How many bulk requests may be out at once: found from their latency and from 429s, with no number set by people.
///
/// By Little's law the requests in flight are goodput × latency. Below its knee a service answers at its own pace however
/// many are out: latency is flat, and goodput rises with them. Above it they queue: goodput is flat, and latency rises.
/// So two concurrencies, measured one after the other, give the knee, if it lies between them, and its side, if not:
///
///     knee = inFlight(high) × latency(low) / latency(high), between inFlight(low) and inFlight(high)
///
/// This is Gradient2's gradient. But a baseline that is only remembered takes a service that became slower for one that
/// queues; so this one is measured on purpose, as BBR probes:
/// - resting: a window is as many answers as permits are out. A latency above the baseline makes us ask a lower
///   concurrency what it is. Either requests queue, and the limit falls by the gradient (multiplicative decrease);
///   or the service is slower, and the baseline moves while the limit stays.
/// - probing up: now and then a quarter more. What gains no more goodput than noise would is taken back; what gains stays,
///   and the next step is twice as large. The search begins with the largest step, which doubles the permits (slow start).
/// - probing down: whether less does as well; rarer the more often it did not, for it costs goodput.
/// - a 429 takes back the probe that asked for too much. One that comes while resting halves the permits, once for all
///   requests that were out (a generation). For a while the next steps up end half-way to what was refused.
///
/// Only windows in which the permits were out count: where PostgreSQL or this process is the limit more in flight gains
/// nothing, so nothing is learned and nothing grows.
///
/// Sources: Little, "A Proof for the Queuing Formula: L = λW", 1961; Brakmo, Peterson, "TCP Vegas", 1995; Cardwell et al.,
/// "BBR: Congestion-Based Congestion Control", 2016; Netflix concurrency-limits, `Gradient2Limit`; Xu, Harfoush, Rhee,
/// "Binary Increase Congestion Control", 2004 (the half-way steps).
package struct ConcurrencyLimit: Sendable {
    /// What may be out now, probes included: 1 to `maximum`.
    package private(set) var permits: Int
    /// What the search has settled on.
    package private(set) var settled: Int
    /// Never passed; falls where bodies grow and their bytes are bounded.
    package private(set) var maximum: Int
    /// Grows with each 429 that counted: those of one generation count once.
    package private(set) var generation = 0

    private var inFlight = 0
    private var sent = 0
    private var meanByteCount: Double?
    private var window = LatencyWindow(firstRequest: 0)
    private var activity = Activity.resting

    /// Seconds for each byte that `settled` requests in flight are known to take; nil until a window says so.
    private var baseline: Double?
    private var windowsAboveBaseline = 0
    /// A probe down that has just lowered the limit: the next window is compared with it, without another probe.
    private var lastFall: Measure?
    /// Which side of the permits the knee is on is not known yet.
    private var search: Search? = .up
    /// The share of the permits that the next probe adds.
    private var step = largestStep
    private var refused: (permits: Int, until: Duration)?
    private var upward = ProbeSchedule(windows: 8, longest: 32)
    private var downward = ProbeSchedule(windows: 16, longest: 256)

    private typealias Measure = LatencyWindow.Measure
    private enum Search { case up, down }
    private enum Activity {
        case resting
        case probingUp(from: Measure)
        case probingDown(from: Measure)
    }

    /// Latency alone takes the permits no lower; a 429 does. One body is worked on, one waits, one is on its way: with fewer a
    /// cluster idles between two of them, and a pause of it (a merge, an fsync) is easily taken for a queue.
    package static let floor = 3
    private var floor: Int

    private static let largestStep = 1.0
    private static let smallestStep = 0.25
    private static let leastAnswers = 4

    /// Where the search begins.
    package static let permitsAtFirst = 4

    package init(permits: Int = ConcurrencyLimit.permitsAtFirst, maximum: Int = 64) {
        self.maximum = max(1, maximum)
        self.permits = min(max(1, permits), self.maximum)
        settled = self.permits
        floor = min(Self.floor, settled)
    }

    // MARK: - Events

    /// One request on its way; handed back with what became of it.
    package struct Request: Sendable {
        /// Of all requests that were begun, from 1.
        package let number: Int
        fileprivate let generation: Int
        fileprivate let inFlight: Int
        package let byteCount: Int
    }

    package mutating func requestBegan(byteCount: Int) -> Request {
        inFlight += 1
        sent += 1
        return Request(number: sent, generation: generation, inFlight: inFlight, byteCount: byteCount)
    }

    /// Everything in it was taken, or refused for what it was.
    package mutating func requestSucceeded(_ request: Request, latency: Duration, now: Duration) {
        inFlight -= 1
        let byteCount = Double(request.byteCount)
        let mean = meanByteCount ?? byteCount
        meanByteCount = mean * 0.9 + byteCount * 0.1
        // A remainder says more about what any request costs than about the pace of the service.
        guard request.number >= window.firstRequest, byteCount >= mean / 2, byteCount > 0, latency > .zero else {
            return
        }
        window.add(seconds: latency.seconds, byteCount: byteCount, inFlight: request.inFlight)
        decide(now)
    }

    /// A 429, of the whole request or of some of its items.
    package mutating func requestThrottled(_ request: Request, now: Duration) {
        inFlight -= 1
        guard request.generation == generation else { return }
        generation += 1
        step = Self.smallestStep
        let until = now + .seconds(10)
        switch activity {
        case .probingUp:
            refused = (permits, until)
            upward.foundNothing(now)
            if search != nil { search = .down }
            rest(baseline: search == nil ? baseline : nil)
        case .resting, .probingDown:
            refused = (settled, until)
            settled /= 2
            floor = min(floor, max(1, settled))
            search = .up
            rest(baseline: nil)
        }
    }

    /// No answer came, or one that says nothing of the load.
    package mutating func requestFailed(_ request: Request) { inFlight -= 1 }

    /// Bodies have another size: what was learned of before is a beginning, and no more.
    package mutating func bodiesChanged(maximum: Int) {
        self.maximum = max(1, maximum)
        floor = min(floor, self.maximum)
        meanByteCount = nil
        search = .up
        rest(baseline: nil)
    }

    // MARK: - Windows

    private mutating func decide(_ now: Duration) {
        guard window.count >= max(permits, Self.leastAnswers) else { return }
        let measure = window.measure
        let isFull = measure.inFlight >= Double(permits) * 0.75
        switch activity {
        case .resting:
            window = LatencyWindow(firstRequest: 0)
            if isFull { watch(measure, now) }
        case .probingUp(let low):
            // Not what they were probed for: the permits are not what limits the copy.
            guard isFull, measure.inFlight > low.inFlight else { return rest(baseline: baseline) }
            guard !hasChanged(from: low, to: measure) else { return rest(baseline: baseline) }
            if isClear(measure, against: low) { probedUp(low, measure, now) }
        case .probingDown(let high):
            guard isFull, measure.inFlight < high.inFlight else { return rest(baseline: baseline) }
            guard !hasChanged(from: high, to: measure) else { return rest(baseline: baseline) }
            guard measure.noise(with: high) <= 0.045 || window.count >= 2 * permits else { return }
            if isClear(measure, against: high) { probedDown(measure, high, now) }
        }
    }

    /// The latency rose by more than the requests that were added explain: the service changed under the probe.
    private func hasChanged(from before: Measure, to after: Measure) -> Bool {
        after.secondsPerByte > before.secondsPerByte * max(1, after.inFlight / before.inFlight) * 1.25
    }

    /// The noise is small against the difference that is looked for, or would stay large.
    private func isClear(_ measure: Measure, against other: Measure) -> Bool {
        let difference = abs(measure.inFlight / other.inFlight - 1)
        return measure.noise(with: other) <= difference / 3 || window.count >= 4 * max(permits, Self.leastAnswers)
    }

    private mutating func watch(_ measure: Measure, _ now: Duration) {
        upward.saw(measure, now)
        downward.saw(measure, now)
        guard let baseline else {
            self.baseline = measure.secondsPerByte
            switch search {
            case .up: probeUp(from: measure, now)
            case .down: probeDown(from: measure, to: settled / 2)
            case nil: break
            }
            return
        }
        let ratio = measure.secondsPerByte / baseline
        if let low = lastFall {
            lastFall = nil
            let before = settled
            if ratio > 1 + max(0.1, 2 * measure.noise(with: low)) { settle(at: measure.inFlight / ratio) }
            if settled < before { return rest(baseline: baseline) }
        }
        windowsAboveBaseline = ratio > 1.2 ? windowsAboveBaseline + 1 : 0
        if ratio > 1.5 || windowsAboveBaseline >= 2 {
            // Deeper than the ratio says: part of the window is from before the change.
            return probeDown(from: measure, to: Int(Double(settled) * max(0.4, 0.8 / ratio)))
        }
        if ratio < 0.8 {
            self.baseline = measure.secondsPerByte
            upward.askSoon()
        } else {
            self.baseline = baseline + 0.1 * (measure.secondsPerByte - baseline)
        }
        // Perhaps the service is changing: nothing else is asked meanwhile.
        guard windowsAboveBaseline == 0 else { return }
        if upward.isDue(now) {
            probeUp(from: measure, now)
        } else if downward.isDue(now) {
            probeDown(from: measure, to: (settled * 4 + 4) / 5)
        }
    }

    private mutating func rest(baseline: Double?) {
        settled = min(max(1, settled), maximum)
        permits = settled
        activity = .resting
        lastFall = nil
        windowsAboveBaseline = 0
        self.baseline = baseline
        window = LatencyWindow(firstRequest: sent + 1)
    }

    // MARK: - Probes

    private mutating func probeUp(from low: Measure, _ now: Duration) {
        var next = settled + max(1, Int(Double(settled) * step))
        if let refused, now < refused.until { next = min(next, (settled + refused.permits) / 2) }
        next = min(next, maximum)
        guard next > settled else {
            search = search == nil ? nil : .down
            upward.foundNothing(now)
            return search == nil ? rest(baseline: baseline) : probeDown(from: low, to: settled / 2)
        }
        activity = .probingUp(from: low)
        permits = next
        window = LatencyWindow(firstRequest: sent + 1)
    }

    private mutating func probedUp(_ low: Measure, _ high: Measure, _ now: Duration) {
        let knee = Self.knee(low, high)
        let gain = knee / low.inFlight - 1
        let offered = high.inFlight / low.inFlight - 1
        guard gain > max(offered / 3, 2 * low.noise(with: high)) else {
            step = Self.smallestStep
            upward.foundNothing(now)
            return search == nil ? rest(baseline: baseline) : probeDown(from: low, to: settled / 2)
        }
        search = nil
        upward.foundMore(now)
        // What noise has gained is lost again by asking the other way.
        downward.foundMore(now)
        if gain > offered * 0.75 {
            settled = permits
            step = min(step * 2, Self.largestStep)
            probeUp(from: high, now)
        } else {
            settle(at: knee)
            step = Self.smallestStep
            rest(baseline: baseline)
        }
    }

    private mutating func probeDown(from high: Measure, to count: Int) {
        search = nil
        guard settled > floor else { return rest(baseline: high.secondsPerByte) }
        activity = .probingDown(from: high)
        permits = min(max(floor, count), settled - 1)
        window = LatencyWindow(firstRequest: sent + 1)
    }

    private mutating func probedDown(_ low: Measure, _ high: Measure, _ now: Duration) {
        let knee = Self.knee(low, high)
        let loss = high.inFlight / knee - 1
        let offered = high.inFlight / low.inFlight - 1
        if loss > offered * 0.85 {
            // Less does as well; still less may.
            settled = permits
            downward.foundMore(now)
            probeDown(from: low, to: settled / 2)
        } else if loss > max(min(offered / 4, 0.1), 1.5 * low.noise(with: high)) {
            settle(at: knee)
            downward.foundMore(now)
            rest(baseline: low.secondsPerByte)
            lastFall = low
        } else {
            downward.foundNothing(now)
            // Nothing queues, so a latency above the baseline is the service's own.
            let moved = max(low.secondsPerByte, high.secondsPerByte)
            rest(baseline: baseline.map { high.secondsPerByte > 1.2 * $0 ? moved : $0 } ?? moved)
        }
    }

    /// Rather up than down: a body that waits at the service costs memory, one that does not costs time.
    private mutating func settle(at knee: Double) { settled = min(max(floor, Int(knee + 0.8)), maximum) }

    private static func knee(_ low: Measure, _ high: Measure) -> Double {
        let knee = high.inFlight * low.secondsPerByte / high.secondsPerByte
        return min(max(knee, low.inFlight), high.inFlight)
    }
}
