import Testing

@testable import ReindexCore

@Suite struct ReadingOrderTests {
    private func order(
        _ asked: SourceRules.Order, gigabytes: Int = 10, cache: Int = 4, correlation: Double? = 0.01,
        isOrderedByIndex: Bool = true
    ) -> ReadingOrder {
        var rules = SourceRules(rows: .table("t"), key: ["k"])
        rules.order = asked
        var source = SourceDescription.scripted
        source.isOrderedByIndex = isOrderedByIndex
        source.physicalReading = .possible(
            .init(byteCount: gigabytes << 30, cacheByteCount: cache << 30, fileNode: "1", correlation: correlation))
        return ReadingOrder(rules: rules, source: source)
    }

    @Test func `scattered keys of a table larger than the cache are read as they lie`() {
        #expect(order(.auto).order == .physical)
        #expect(order(.auto).reason.contains("correlation 0.01"))
        #expect(order(.auto, correlation: -0.02).order == .physical)
    }

    @Test func `what a cache holds, or lies in the key's order, is read by key`() {
        #expect(order(.auto, gigabytes: 3).order == .key)
        #expect(order(.auto, correlation: 0.99).order == .key)
        #expect(order(.auto, correlation: -0.97).order == .key)
        #expect(order(.auto, correlation: nil).order == .key)
    }

    @Test func `what would be sorted is read as it lies`() {
        #expect(order(.auto, gigabytes: 1, correlation: 1, isOrderedByIndex: false).order == .physical)
        #expect(order(.auto, gigabytes: 0, correlation: 1, isOrderedByIndex: false).order == .key)
    }

    @Test func `what was asked for is done`() {
        #expect(order(.key).order == .key)
        #expect(order(.physical, gigabytes: 0).order == .physical)
    }
}
