import ReindexCore
import Testing

@Suite struct RetryPolicyTests {
    let policy = RetryPolicy()

    @Test func `the interval doubles up to the cap`() {
        let delays = (1...12).map { policy.delay(attempt: $0, retryAfter: nil, random: 0.999_999) }
        #expect(delays[0] < .milliseconds(101) && delays[0] > .milliseconds(90))
        for (shorter, longer) in zip(delays, delays.dropFirst()) { #expect(shorter <= longer) }
        #expect(delays[11] <= policy.cap && delays[11] > .seconds(14))
    }

    @Test func `many attempts do not overflow`() {
        for attempt in [0, 63, 64, 1_000_000, .max] {
            let delay = policy.delay(attempt: attempt, retryAfter: nil, random: 0.5)
            #expect(delay <= policy.cap && delay >= .zero)
        }
    }

    @Test(arguments: 0..<100) func `jitter stays between a tenth and the whole`(seed: Int) {
        var generator = SplitMix(seed: seed)
        let attempt = Int.random(in: 1...30, using: &generator)
        let whole = policy.delay(attempt: attempt, retryAfter: nil, random: 1)
        let delay = policy.delay(
            attempt: attempt, retryAfter: nil, random: Double.random(in: 0..<1, using: &generator))
        #expect(delay <= whole && delay >= whole / 11)
    }

    @Test func `the server's wish is a lower bound, up to our patience`() {
        #expect(policy.delay(attempt: 1, retryAfter: .seconds(7), random: 0.5) == .seconds(7))
        #expect(policy.delay(attempt: 30, retryAfter: .milliseconds(1), random: 1) == policy.cap)
        #expect(policy.delay(attempt: 1, retryAfter: .seconds(86_400), random: 0) == policy.patience)
    }
}
