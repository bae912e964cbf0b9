/// What a number of canary searches came to.
package struct SearchSamples: Sendable, Hashable, Codable {
    package private(set) var count = 0
    package private(set) var errors = 0
    /// Searches that were answered, and not as expected: the complaint by the canary's name, the first of each.
    package private(set) var complaints: [String: String] = [:]
    /// Why searches failed, the first few.
    package private(set) var failures: [String] = []
    /// Milliseconds from when a search was due to its answer.
    private var latencies: [Double] = []

    package init() {}

    package mutating func add(_ canary: Canary, _ sample: Sample) {
        count += 1
        latencies.append(sample.latency.seconds * 1000)
        switch sample.outcome {
        case .asExpected: break
        case .otherwise(let complaint):
            errors += 1
            complaints[canary.name] = complaints[canary.name] ?? complaint
        case .failed(let reason):
            errors += 1
            if failures.count < 5, !failures.contains(reason) { failures.append(reason) }
        }
    }

    /// One search.
    package struct Sample: Sendable {
        package enum Outcome: Sendable, Hashable {
            case asExpected
            case otherwise(String)
            case failed(String)
        }

        package var latency: Duration
        package var outcome: Outcome
    }

    package var errorRate: Double { count == 0 ? 0 : Double(errors) / Double(count) }

    /// The nearest-rank percentile, in milliseconds; nil without samples.
    package func percentile(_ share: Double) -> Double? {
        guard !latencies.isEmpty else { return nil }
        let sorted = latencies.sorted()
        return sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
    }

    package var median: Double? { percentile(0.5) }
    package var p95: Double? { percentile(0.95) }
}

/// Asks canaries, one after the other, again and again.
struct CanaryRound: Sendable {
    let canaries: [Canary]
    let searcher: any CanarySearcher
    let clocks: Clocks

    /// - Parameter due: when it should have begun: a search that had to wait took longer for whoever asked.
    func sample(_ number: Int, in index: String, due: Duration? = nil) async -> (Canary, SearchSamples.Sample) {
        let canary = canaries[number % canaries.count]
        let began = due ?? clocks.now()
        let outcome: SearchSamples.Sample.Outcome
        do throws(TargetError) {
            let reply = try await searcher.search(index, canary.search)
            outcome = canary.complaint(about: reply).map { .otherwise($0) } ?? .asExpected
        } catch {
            outcome = .failed(error.message)
        }
        return (canary, SearchSamples.Sample(latency: clocks.now() - began, outcome: outcome))
    }
}
