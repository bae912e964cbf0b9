import Synchronization
import Testing

@testable import ReindexCore

/// What PostgreSQL says second after second, in virtual time.
@Suite struct PostgresGuardTests {
    private struct Script: SourceLoadProbe {
        let looks: [SourceLoad?]
        let next = Counter()

        func load() async throws(SourceError) -> SourceLoad {
            let number = next.increment()
            guard let load = looks[min(number, looks.count) - 1] else {
                throw SourceError(.unreachable, doing: "asking", message: "no server")
            }
            return load
        }

        func close() async {}
    }

    final class Counter: Sendable {
        private let value = Mutex(0)
        func increment() -> Int {
            value.withLock {
                $0 += 1
                return $0
            }
        }
    }

    private func load(sessions: Int = 0, lag: Double? = nil, hidden: Int = 0) -> SourceLoad {
        SourceLoad(
            activeSessions: sessions, hiddenSessions: hidden, replicaLag: lag.map { .seconds($0) },
            whyNoLag: lag == nil ? "no replica is attached" : nil)
    }

    private func guarded(
        _ looks: [SourceLoad?], sessions: Int? = nil, lag: Duration? = nil
    ) async -> (permits: [Int], limits: SendLimits, progress: Progress) {
        var rules = GuardRules()
        (rules.postgresMaxActiveSessions, rules.postgresMaxReplicaLag) = (sessions, lag)
        let clock = VirtualClock()
        let limits = SendLimits(maxPermits: 16)
        let progress = Progress(clocks: clock.clocks)
        let seen = Mutex<[Int]>([])
        let clocks = clock.clocks
        await PostgresGuard(
            rules: rules, probe: Script(looks: looks), limits: limits, progress: progress,
            clocks: Clocks(
                now: clocks.now, wallMicroseconds: clocks.wallMicroseconds,
                sleep: { duration in
                    seen.withLock { $0.append(limits.permits) }
                    guard seen.withLock(\.count) < looks.count else { throw CancellationError() }
                    try await clocks.sleep(duration)
                }, random: clocks.random)
        ).run()
        return (seen.withLock { $0 }, limits, progress)
    }

    @Test func `few sessions hold nothing back`() async {
        let (permits, limits, progress) = await guarded(Array(repeating: load(sessions: 3), count: 20), sessions: 5)
        #expect(Set(permits) == [4] && !limits.isHeldBack(by: .postgres) && progress.snapshot.throttle == nil)
    }

    @Test func `one look at many sessions is not enough, three are; when they are gone all is as before`() async {
        let single = await guarded([load(sessions: 1), load(sessions: 90), load(sessions: 1)], sessions: 5)
        #expect(single.permits == [4, 4, 4])
        let busy = Array(repeating: load(sessions: 90), count: 8)
        let held = await guarded(busy, sessions: 5)
        #expect(held.permits.last == 1 && held.limits.pause > .zero, "\(held.permits)")
        #expect(held.progress.snapshot.throttle?.contains("90 sessions") == true)
        let over = await guarded(busy + Array(repeating: load(sessions: 1), count: 30), sessions: 5)
        #expect(over.permits.last == 4 && !over.limits.isHeldBack(by: .postgres), "\(over.permits)")
        #expect(over.progress.snapshot.throttle == nil && over.progress.snapshot.throttledSeconds ?? 0 > 5)
    }

    @Test func `a replica that falls behind holds back until it has caught up`() async {
        let (permits, limits, progress) = await guarded(
            Array(repeating: load(lag: 60), count: 5) + Array(repeating: load(lag: 8), count: 5), lag: .seconds(10))
        #expect(permits.last == 1 && limits.isHeldBack(by: .postgres), "between the two limits nothing moves")
        #expect(progress.snapshot.notes.isEmpty)
    }

    @Test func `what may not be read is said, and nothing is assumed`() async {
        let (_, _, hidden) = await guarded([load(sessions: 1, hidden: 4)], sessions: 5)
        #expect(hidden.snapshot.notes.contains { $0.contains("pg_read_all_stats") })
        let (_, _, unknown) = await guarded([load()], lag: .seconds(1))
        #expect(unknown.snapshot.notes.contains { $0.contains("no replica is attached") })
        let busy = Array(repeating: load(sessions: 90) as SourceLoad?, count: 5)
        let (permits, limits, gone) = await guarded(busy + [nil], sessions: 5)
        #expect(permits.last == 4 && !limits.isHeldBack(by: .postgres))
        #expect(gone.snapshot.notes.contains { $0.contains("no server") })
    }

    @Test func `of two guards the stricter one counts, and each lets go by itself`() {
        let limits = SendLimits(maxPermits: 16)
        limits.holdBack(by: .searches)
        limits.holdBack(by: .postgres)
        #expect(limits.permits == 1)
        while limits.isHeldBack(by: .postgres) { limits.letGo(by: .postgres) }
        #expect(limits.permits == 2 && limits.isHeldBack(by: .searches))
    }
}
