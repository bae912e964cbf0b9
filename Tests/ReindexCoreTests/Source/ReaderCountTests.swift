import Testing

@testable import ReindexCore

/// A server that works on as many reads at once as `knee`, each 1 MiB in `seconds`; more of them share.
@Suite struct ReaderCountTests {
    private struct Server {
        var knee = 2.0
        var seconds = 0.02
        /// Bytes a second that the other end takes: below what is read, nobody waits for rows.
        var taken = Double.infinity
        var now = 0.0

        /// - Returns: the time-weighted mean count of readers.
        mutating func run(_ readers: inout ReaderCount, for span: Double, hasMore: Bool = true) -> Double {
            let end = now + span
            var sum = 0.0
            while now < end {
                let count = Double(readers.count)
                let latency = seconds * max(1, count / knee)
                let rate = min(count / latency, taken / 0x1p20)
                let step = 1 / rate
                now += step
                sum += step * count
                let isLimit = rate * 0x1p20 < taken
                readers.waited(step, forRows: isLimit)
                readers.rowsRead(
                    byteCount: 1 << 20, seconds: isLimit ? latency : 0, hasMore: hasMore, now: .seconds(now))
            }
            return sum / span
        }
    }

    @Test(arguments: [1, 2, 4]) func `as many are found as bring more`(knee: Int) {
        var server = Server(knee: Double(knee)), readers = ReaderCount(upTo: 4)
        _ = server.run(&readers, for: 20)
        let mean = server.run(&readers, for: 200)
        #expect(abs(mean - Double(knee)) < 0.3, "\(mean)")
    }

    @Test func `no more than the maximum`() {
        var server = Server(knee: 64), readers = ReaderCount(upTo: 2)
        #expect(server.run(&readers, for: 60) < 2.001 && readers.count == 2)
    }

    @Test func `one reader is enough where the cluster is the limit`() {
        var server = Server(knee: 4, taken: 10 * 0x1p20), readers = ReaderCount(upTo: 4)
        #expect(abs(server.run(&readers, for: 60) - 1) < 0.001)
    }

    @Test func `none is added where nothing waits to be read`() {
        var server = Server(knee: 4), readers = ReaderCount(upTo: 4)
        #expect(abs(server.run(&readers, for: 60, hasMore: false) - 1) < 0.001)
    }

    @Test func `a server that becomes slow gets fewer`() {
        var server = Server(knee: 4), readers = ReaderCount(upTo: 4)
        _ = server.run(&readers, for: 30)
        #expect(readers.count == 4)
        server.seconds = 0.05
        _ = server.run(&readers, for: 10)
        #expect(readers.count < 4)
    }

    @Test func `a number that was asked for is kept`() {
        var server = Server(knee: 1), readers = ReaderCount(fixed: 5)
        #expect(abs(server.run(&readers, for: 60) - 5) < 0.001)
    }
}
