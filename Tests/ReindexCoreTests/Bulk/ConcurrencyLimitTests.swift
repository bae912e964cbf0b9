import Testing

@testable import ReindexCore

/// What the limit finds, on services whose knee is known. A limit is right within 20%, or one permit; a knee below its
/// floor is found when the floor is.
///
/// Latencies differ by ±20% from request to request, and now and then the dice mislead: one seed in ten may fail.
@Suite(.timeLimit(.minutes(10))) struct ConcurrencyLimitTests {
    static let knees = [1, 2, 4, 8, 16, 32]
    static let latencies = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5]
    static let seeds = 0..<10
    static let knownMisses = 1

    /// 5 s; a service that answers less than 15 times one after the other in that time is given those answers.
    static func enough(_ latency: Double) -> Double { max(5, 15 * latency) }

    /// A search that begins at 4 compares windows of 8, 4, 2 and 1 in flight: it needs answers, not only time.
    static func enoughToSearch(_ latency: Double, knee: Int) -> Double {
        max(5, 20 * latency, 60 * latency / Double(knee))
    }

    static func isRight(_ permits: Double, _ knee: Int) -> Bool {
        let floor = Double(ConcurrencyLimit.floor)
        let (low, high) = (Double(knee), max(Double(knee), floor))
        return permits >= low - max(1, 0.2 * low) - 1e-9 && permits <= high + max(1, 0.2 * high) + 1e-9
    }

    /// The seeds for which it does not hold, with what was found instead.
    static func misses(_ found: (_ seed: Int) -> (isRight: Bool, limit: ConcurrencyLimit)) -> [String] {
        seeds.compactMap { seed in
            let (isRight, limit) = found(seed)
            return isRight ? nil : "seed \(seed): \(limit.settled)"
        }
    }

    // MARK: A service that stays as it is

    @Test(arguments: knees, latencies) func `the knee is found`(knee: Int, latency: Double) {
        for queueBound in [nil, max(1, knee / 4), knee] {
            let misses = Self.misses { seed in
                var service = SimulatedService(knee: knee, seconds: latency, seed: seed)
                service.queueBound = queueBound
                service.run(for: Self.enoughToSearch(latency, knee: knee))
                return (Self.isRight(Double(service.limit.settled), knee), service.limit)
            }
            #expect(misses.count <= Self.knownMisses, "queue of \(queueBound ?? -1): \(misses)")
        }
    }

    @Test(arguments: knees, [0.02, 0.1, 0.3]) func `it is held, probes included, and costs no goodput`(
        knee: Int, latency: Double
    ) {
        for discipline in [SimulatedService.Discipline.queue, .sharing] {
            var seconds = 0
            var rightSeconds = 0
            for seed in Self.seeds {
                var service = SimulatedService(knee: knee, seconds: latency, seed: seed)
                service.discipline = discipline
                service.run(for: 10)
                var answers = 0
                for _ in 0..<20 {
                    let second = service.run(for: 1)
                    seconds += 1
                    rightSeconds += Self.isRight(second.permits, knee) ? 1 : 0
                    answers += second.answers
                }
                let goodput = Double(answers) * latency / 20 / Double(knee)
                #expect(goodput > 0.9, "\(discipline), seed \(seed)")
            }
            #expect(rightSeconds * 10 >= seconds * 9, "\(discipline): \(rightSeconds) of \(seconds)")
        }
    }

    // MARK: A service that changes

    @Test(arguments: [2, 4, 8, 16, 32], latencies) func `half the knee is found in 5 seconds`(
        knee: Int, latency: Double
    ) {
        for queueBound in [nil, max(1, knee / 4)] {
            let misses = Self.misses { seed in
                var service = SimulatedService(knee: knee, seconds: latency, seed: seed)
                service.queueBound = queueBound
                service.run(for: 10 + 20 * latency + Double(seed) / 3)
                service.knee /= 2
                service.run(for: Self.enough(latency))
                return (Self.isRight(Double(service.limit.settled), knee / 2), service.limit)
            }
            #expect(misses.count <= Self.knownMisses, "queue of \(queueBound ?? -1): \(misses)")
        }
    }

    @Test(arguments: [2, 4, 8, 16, 32], latencies) func `half the speed is not taken for half the knee`(
        knee: Int, latency: Double
    ) {
        let misses = Self.misses { seed in
            var service = SimulatedService(knee: knee, seconds: latency, seed: seed)
            service.run(for: 10 + 20 * latency + Double(seed) / 3)
            service.secondsPerMebibyte *= 2
            service.run(for: Self.enough(2 * latency))
            // One step up, a quarter, may have been taken while the pace changed: a fall may not.
            let settled = Double(service.limit.settled)
            return (
                Self.isRight(settled, knee) || (settled > Double(knee) && settled <= 1.25 * Double(knee)), service.limit
            )
        }
        #expect(misses.count <= Self.knownMisses, "\(misses)")
    }

    @Test(arguments: [2, 4, 8, 16], [0.02, 0.1, 0.3]) func `a knee that comes back is found again`(
        knee: Int, latency: Double
    ) {
        let misses = Self.misses { seed in
            var service = SimulatedService(knee: knee, seconds: latency, seed: seed)
            service.run(for: 20)
            service.knee *= 2
            service.run(for: 10 + 100 * latency)
            return (Self.isRight(Double(service.limit.settled), knee * 2), service.limit)
        }
        #expect(misses.count <= Self.knownMisses, "\(misses)")
    }

    // MARK: Bodies

    @Test(arguments: [2, 8, 32]) func `bodies of all sizes are measured by their bytes`(knee: Int) {
        let misses = Self.misses { seed in
            var service = SimulatedService(knee: knee, seconds: 0.1, seed: seed)
            service.byteCounts = 1 << 19...3 << 19
            service.run(for: 20)
            return (Self.isRight(Double(service.limit.settled), knee), service.limit)
        }
        #expect(misses.count <= Self.knownMisses, "\(misses)")
    }

    @Test(arguments: [2, 8, 32], [true, false]) func `bodies that grow are not taken for a slower service`(
        knee: Int, isTold: Bool
    ) {
        let misses = Self.misses { seed in
            var service = SimulatedService(knee: knee, seconds: 0.05, seed: seed)
            service.run(for: 8)
            service.byteCounts = 2 << 20...2 << 20
            if isTold { service.limit.bodiesChanged(maximum: 64) }
            service.run(for: 5)
            return (Self.isRight(Double(service.limit.settled), knee), service.limit)
        }
        #expect(misses.count <= Self.knownMisses, "\(misses)")
    }

    // MARK: Where the service is not the limit

    @Test(arguments: [0.0001, 0.001, 0.004], seeds) func `nothing grows where the client is the limit`(
        latency: Double, seed: Int
    ) {
        var service = SimulatedService(knee: 100, seconds: latency, seed: seed)
        service.secondsToPrepare = 0.0025
        for _ in 0..<50 {
            service.run(for: 0.2)
            #expect(service.limit.permits <= 4)
        }
    }

    @Test(arguments: [1, 3, 5, 20], seeds) func `the maximum is never passed`(maximum: Int, seed: Int) {
        var service = SimulatedService(knee: 32, seconds: 0.02, seed: seed)
        service.limit = ConcurrencyLimit(maximum: maximum)
        for _ in 0..<100 {
            service.run(for: 0.1)
            #expect((1...maximum).contains(service.limit.permits))
        }
        #expect(Self.isRight(Double(service.limit.settled), min(32, maximum)))
        service.limit.bodiesChanged(maximum: 2)
        #expect(service.limit.permits <= 2)
        service.run(for: 5)
        #expect(service.limit.permits <= 2)
    }

    // MARK: 429

    @Test func `a 429 halves, down to one`() {
        var limit = ConcurrencyLimit(permits: 8)
        for expected in [4, 2, 1, 1] {
            let request = limit.requestBegan(byteCount: 1 << 20)
            limit.requestThrottled(request, now: .zero)
            #expect(limit.permits == expected && limit.settled == expected)
        }
    }

    @Test func `429s of one generation count once`() {
        var limit = ConcurrencyLimit(permits: 8)
        let requests = (0..<8).map { _ in limit.requestBegan(byteCount: 1 << 20) }
        for request in requests { limit.requestThrottled(request, now: .zero) }
        #expect(limit.permits == 4)
        let later = limit.requestBegan(byteCount: 1 << 20)
        limit.requestThrottled(later, now: .zero)
        #expect(limit.permits == 2)
    }

    @Test func `a 429 that a probe met takes back the probe alone`() {
        var limit = ConcurrencyLimit(permits: 4)
        let first = (0..<4).map { _ in limit.requestBegan(byteCount: 1 << 20) }
        let more = (0..<4).map { _ in limit.requestBegan(byteCount: 1 << 20) }
        for request in first + more { limit.requestSucceeded(request, latency: .milliseconds(100), now: .zero) }
        #expect(limit.permits == 8 && limit.settled == 4)
        limit.requestThrottled(limit.requestBegan(byteCount: 1 << 20), now: .zero)
        #expect(limit.permits == 4 && limit.settled == 4)
    }

    @Test func `answers that say nothing of the load change nothing`() {
        var limit = ConcurrencyLimit(permits: 4)
        for _ in 0..<100 {
            let requests = (0..<4).map { _ in limit.requestBegan(byteCount: 1 << 20) }
            for request in requests { limit.requestFailed(request) }
            #expect(limit.permits == 4 && limit.settled == 4)
        }
    }
}
