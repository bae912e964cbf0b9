import Testing

@testable import ReindexCore

@Suite struct SendLimitsTests {
    @Test func `a 429 halves the permits, and never below one`() {
        let limits = SendLimits(permits: 8, maxPermits: 8)
        for expected in [4, 2, 1, 1, 1] {
            limits.wasThrottled(sentIn: limits.generation)
            #expect(limits.permits == expected)
        }
    }

    @Test func `all batches that were out when it came count once`() {
        let limits = SendLimits(permits: 8, maxPermits: 8)
        let generation = limits.generation
        for _ in 0..<8 { limits.wasThrottled(sentIn: generation) }
        #expect(limits.permits == 4)
    }

    @Test func `untroubled answers win the permits back, up to the maximum`() {
        let limits = SendLimits(permits: 4, maxPermits: 4)
        limits.wasThrottled(sentIn: limits.generation)
        limits.wasThrottled(sentIn: limits.generation)
        #expect(limits.permits == 1)
        var answers = 0
        while limits.permits < 4, answers < 1000 {
            limits.succeeded()
            answers += 1
        }
        #expect(limits.permits == 4 && answers < 100)
        for _ in 0..<1000 { limits.succeeded() }
        #expect(limits.permits == 4)
    }

    @Test func `a 413 teaches a ceiling below what was refused, and body sizes keep to it`() {
        let limits = SendLimits(bodyByteCount: 1 << 20, ceiling: 9 << 20)
        limits.wasTooLarge(byteCount: 1 << 20)
        #expect(limits.ceiling < 1 << 20 && limits.bodyByteCount <= limits.ceiling)
        let learned = limits.ceiling
        limits.wasTooLarge(byteCount: 8 << 20)
        #expect(limits.ceiling == learned, "it never grows")
        for _ in 0..<40 { limits.wasTooLarge(byteCount: limits.ceiling) }
        #expect(limits.ceiling > 0 && limits.bodyByteCount > 0)
    }

    @Test
    func
        `bodies grow while the cluster is the limit, up to 2 MiB, to the ceiling, or not at all where a size was given`()
    {
        let limits = SendLimits()
        #expect(limits.bodyByteCount == 1 << 20)
        for expected in [2 << 20, 2 << 20] {
            limits.clusterIsTheLimit()
            #expect(limits.bodyByteCount == expected)
        }
        let low = SendLimits(ceiling: 3 << 19)
        for _ in 0..<3 { low.clusterIsTheLimit() }
        #expect(low.bodyByteCount == 3 << 19)
        let given = SendLimits(bodyByteCount: 1 << 20)
        given.clusterIsTheLimit()
        #expect(given.bodyByteCount == 1 << 20)
    }

    @Test func `after a 413 bodies do not grow again`() {
        let limits = SendLimits()
        limits.wasTooLarge(byteCount: 1 << 20)
        let learned = limits.bodyByteCount
        limits.clusterIsTheLimit()
        #expect(limits.bodyByteCount == learned)
    }

    @Test func `more permits than the maximum are not given`() {
        #expect(SendLimits(permits: 9, maxPermits: 2).permits == 2)
        #expect(SendLimits(permits: 0, maxPermits: 0).permits == 1)
        #expect(SendLimits(bodyByteCount: 5000, ceiling: 3000).bodyByteCount == 3000)
    }
}

@Suite struct FetchSizeTests {
    @Test func `nothing known is 256 rows, a fixed number stays`() {
        #expect(FetchSize(fixed: nil).rowCount(forBytes: 1 << 20) == 256)
        var fixed = FetchSize(fixed: 9)
        fixed.saw(bytesPerRow: 1)
        #expect(fixed.rowCount(forBytes: 1 << 20) == 9)
    }

    @Test func `it follows the documents' size and stays within bounds`() {
        var size = FetchSize(fixed: nil)
        size.saw(bytesPerRow: 1000)
        #expect(size.rowCount(forBytes: 1_000_000) == 1000)
        for _ in 0..<50 { size.saw(bytesPerRow: 100_000_000) }
        #expect(size.rowCount(forBytes: 1_000_000) == 1)
        for _ in 0..<200 { size.saw(bytesPerRow: 0.001) }
        #expect(size.rowCount(forBytes: 1 << 40) == 20_000)
    }

    @Test func `a batch that was rejected whole says nothing of the size`() {
        var size = FetchSize(fixed: nil)
        size.saw(bytesPerRow: 0)
        #expect(size.rowCount(forBytes: 1 << 20) == 256)
    }
}
