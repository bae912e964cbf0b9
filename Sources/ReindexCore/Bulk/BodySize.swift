/// How large a bulk body should be.
///
/// Bodies begin small, because they are memory, and grow while the cluster is what the copy waits for: each request costs
/// it an fsync and a round of its queues, whatever its size. A 413 teaches a ceiling, for good.
package struct BodySize: Sendable {
    /// Aimed at; passed by one document at most.
    package private(set) var byteCount: Int
    /// Never passed, except by one document that is larger by itself.
    package private(set) var ceiling: Int
    private var largest: Int

    /// - Parameter byteCount: the size aimed at; where it is nil, one is found between 1 and 4 MiB.
    package init(byteCount: Int?, ceiling: Int, largest: Int) {
        self.ceiling = ceiling
        self.byteCount = min(byteCount ?? 1 << 20, ceiling, largest)
        self.largest = min(byteCount ?? 4 << 20, ceiling, largest)
    }

    /// The cluster is what the copy waits for: twice the size, as far as bodies may grow.
    package mutating func clusterIsTheLimit() { byteCount = max(byteCount, min(byteCount * 2, largest)) }

    /// A body of this many bytes was refused with 413.
    package mutating func wasTooLarge(byteCount refused: Int) {
        ceiling = max(1024, min(ceiling, refused / 2))
        byteCount = min(byteCount, ceiling)
        largest = byteCount
    }
}
