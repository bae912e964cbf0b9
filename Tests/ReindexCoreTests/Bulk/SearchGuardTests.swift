import Synchronization
import Testing

@testable import ReindexCore

/// Searches that take the longer the more bodies are out, in virtual time.
@Suite struct SearchGuardTests {
    private struct LoadedCluster: CanarySearcher {
        let clock: VirtualClock
        let limits: SendLimits
        /// Of a search for each body out, and for none.
        let perBody: @Sendable (Duration) -> Duration

        func search(_ index: String, _ body: JSONValue) async throws(TargetError) -> SearchReply {
            let load = Double(limits.permits) / (1 + limits.pause.seconds * 10)
            clock.advance(.milliseconds(20) + perBody(clock.now) * load)
            return SearchReply(ids: [], total: 1)
        }
    }

    private func guarded(
        for time: Duration, perBody: @escaping @Sendable (Duration) -> Duration
    ) async -> (permits: [Int], limits: SendLimits, progress: Progress) {
        let clock = VirtualClock()
        let limits = SendLimits(maxPermits: 16)
        let progress = Progress(clocks: clock.clocks)
        let searcher = LoadedCluster(clock: clock, limits: limits, perBody: perBody)
        let seen = Mutex<[Int]>([])
        let clocks = clock.clocks
        let watching = SearchGuard(
            maxP95: .milliseconds(300), alias: "products",
            round: CanaryRound(
                canaries: [Canary(name: "all", search: [:])], searcher: searcher, clocks: clocks), limits: limits,
            progress: progress,
            clocks: Clocks(
                now: clocks.now, wallMicroseconds: clocks.wallMicroseconds,
                sleep: { duration in
                    seen.withLock { $0.append(limits.permits) }
                    guard clock.now < time else { throw CancellationError() }
                    try await clocks.sleep(duration)
                }, random: clocks.random))
        await watching.run()
        return (seen.withLock { $0 }, limits, progress)
    }

    @Test func `quick searches hold nothing back`() async {
        let (permits, limits, progress) = await guarded(for: .seconds(60)) { _ in .milliseconds(10) }
        #expect(Set(permits) == [4] && !limits.isHeldBack(by: .searches) && progress.snapshot.throttle == nil)
    }

    @Test func `slow searches take permits back, and are quick enough from then on`() async {
        let (permits, limits, progress) = await guarded(for: .seconds(120)) { _ in .milliseconds(120) }
        #expect(permits.suffix(permits.count / 2).allSatisfy { $0 <= 2 }, "\(permits)")
        #expect(limits.isHeldBack(by: .searches) && progress.snapshot.throttledSeconds ?? 0 > 60)
    }

    @Test func `where one body alone is too much, each waits; when the searches are quick again all is as before`()
        async
    {
        let (permits, limits, progress) = await guarded(for: .seconds(300)) { now in
            now < .seconds(60) ? .milliseconds(600) : .milliseconds(10)
        }
        #expect(permits.contains(1) && permits.last == 4, "\(permits)")
        #expect(!limits.isHeldBack(by: .searches) && limits.pause == .zero && progress.snapshot.throttle == nil)
    }
}
