import ReindexCore
import Testing

@Suite struct WatermarkTests {
    private func counts(_ acknowledged: Int) -> DocumentCounts {
        var counts = DocumentCounts()
        counts.acknowledged = acknowledged
        return counts
    }

    @Test func `a later batch waits for an earlier one`() {
        var watermark = Watermark<Int>()
        let first = watermark.batchSent(endingAt: 10)
        let second = watermark.batchSent(endingAt: 20)
        #expect(watermark.batchAcknowledged(second, counts: counts(10)) == nil)
        #expect(watermark.counts.acknowledged == 0, "what is ahead of the watermark is not counted")
        #expect(watermark.batchAcknowledged(first, counts: counts(10)) == 20)
        #expect(watermark.counts.acknowledged == 20)
    }

    @Test func `it goes on from the counts of a checkpoint`() {
        var watermark = Watermark<Int>(counts: counts(5))
        let ticket = watermark.batchSent(endingAt: 1)
        _ = watermark.batchAcknowledged(ticket, counts: counts(2))
        #expect(watermark.counts.acknowledged == 7)
        #expect(watermark.outstandingCount == 0)
    }

    @Test(arguments: 0..<200) func `in any order it ends at the last batch and never runs ahead`(seed: Int) {
        var generator = SplitMix(seed: seed)
        var watermark = Watermark<Int>()
        var out: [(ticket: Watermark<Int>.Ticket, number: Int)] = []
        var acknowledged: Set<Int> = []
        var sent = 0
        var last = 0
        while acknowledged.count < 30 {
            if sent < 30, out.isEmpty || Bool.random(using: &generator) {
                sent += 1
                out.append((watermark.batchSent(endingAt: sent), sent))
                continue
            }
            let (ticket, number) = out.remove(at: Int.random(in: out.indices, using: &generator))
            acknowledged.insert(number)
            if let place = watermark.batchAcknowledged(ticket, counts: counts(number)) {
                #expect(place > last)
                last = place
            }
            #expect((1...max(1, last)).allSatisfy { last == 0 || acknowledged.contains($0) })
            #expect(!acknowledged.contains(last + 1), "it lags behind")
            #expect(watermark.counts.acknowledged == last * (last + 1) / 2, "the counts are those of the place")
        }
        #expect(last == 30 && watermark.outstandingCount == 0)
    }
}
