import Testing

@testable import ReindexCore

@Suite struct SendLimitsTests {
    @Test func `a 413 lowers the ceiling for good and never below what a body needs`() {
        let limits = SendLimits(bodyByteCount: 1 << 20, ceiling: 9 << 20)
        limits.wasTooLarge(byteCount: 1 << 20)
        #expect(limits.ceiling < 1 << 20 && limits.bodyByteCount <= limits.ceiling)
        let learned = limits.ceiling
        limits.wasTooLarge(byteCount: 8 << 20)
        #expect(limits.ceiling == learned, "it never grows")
        for _ in 0..<40 { limits.wasTooLarge(byteCount: limits.ceiling) }
        #expect(limits.ceiling > 0 && limits.bodyByteCount > 0)
    }

    @Test func `bodies grow to four times their size while the cluster is the limit`() {
        let limits = SendLimits()
        #expect(limits.bodyByteCount == 1 << 20)
        for expected in [2 << 20, 4 << 20, 4 << 20] {
            limits.clusterIsTheLimit()
            #expect(limits.bodyByteCount == expected)
        }
        let low = SendLimits(ceiling: 3 << 19)
        low.clusterIsTheLimit()
        #expect(low.bodyByteCount == 3 << 19)
        let given = SendLimits(bodyByteCount: 1 << 20)
        given.clusterIsTheLimit()
        #expect(given.bodyByteCount == 1 << 20, "a size that was asked for stays")
    }

    @Test func `after a 413 bodies do not grow again`() {
        let limits = SendLimits()
        limits.wasTooLarge(byteCount: 1 << 20)
        let learned = limits.bodyByteCount
        limits.clusterIsTheLimit()
        #expect(limits.bodyByteCount == learned)
    }

    @Test func `the search begins at four, and lower where less is allowed`() {
        #expect(SendLimits().permits == 4)
        #expect(SendLimits(maxPermits: 2).permits == 2)
        #expect(SendLimits(maxPermits: 0).permits == 1)
        #expect(SendLimits(bodyByteCount: 5 << 20, byteCountOut: 11 << 20).permits == 2)
        #expect(SendLimits(bodyByteCount: 5000, ceiling: 3000).bodyByteCount == 3000)
    }

    @Test func `where few bytes may be out, bodies are small rather than few`() {
        let limits = SendLimits(byteCountOut: 1 << 20)
        #expect(limits.permits == 4 && limits.bodyByteCount == 1 << 18)
        limits.clusterIsTheLimit()
        #expect(limits.permits == 4 && limits.bodyByteCount == 1 << 18)
        #expect(limits.ceiling == 1 << 20)
    }

    /// Answers that come at once however many are out ask for all that is allowed.
    @Test(arguments: [3 << 20, 8 << 20, 33 << 20, 64 << 20]) func `permits times body stay within the bytes`(
        byteCountOut: Int
    ) {
        let limits = SendLimits(byteCountOut: byteCountOut)
        var most = 0
        var out: [ConcurrencyLimit.Request] = []
        for answer in 0..<2000 {
            if answer == 500 { limits.clusterIsTheLimit() }
            if answer == 1500 { limits.wasTooLarge(byteCount: limits.bodyByteCount) }
            while out.count < limits.permits { out.append(limits.requestBegan(byteCount: limits.bodyByteCount)) }
            limits.requestSucceeded(out.removeFirst(), latency: .milliseconds(100), now: .milliseconds(answer * 10))
            #expect(limits.permits * limits.bodyByteCount <= byteCountOut)
            most = max(most, limits.permits * limits.bodyByteCount)
        }
        #expect(most > byteCountOut / 2, "and use them")
    }
}
