import Testing

@testable import ReindexCore

/// Bodies of 1 MiB over a link of some bytes a second to a server that needs its own time; compressed they are a quarter.
@Suite struct CompressionTrialTests {
    private struct Link {
        var bytesPerSecond: Double
        /// What the server takes a body in, and what compressing one costs.
        var secondsPerBody: Double
        var secondsToCompress = 0.01
        var now = 0.0
        var trial: CompressionTrial
        var changes = 0

        mutating func send(_ count: Int) {
            for _ in 0..<count {
                let bytes = Double(1 << 20) / (trial.compresses ? 4 : 1)
                let link = bytes / bytesPerSecond + (trial.compresses ? secondsToCompress : 0)
                now += link + secondsPerBody
                let hasChanged = trial.requestSucceeded(
                    byteCount: 1 << 20, isCompressed: trial.compresses, latency: .seconds(link + secondsPerBody),
                    took: .seconds(secondsPerBody), now: .seconds(now))
                changes += hasChanged ? 1 : 0
            }
        }
    }

    private func link(_ bytesPerSecond: Double, secondsPerBody: Double, mayTry: Bool = true) -> Link {
        Link(
            bytesPerSecond: bytesPerSecond, secondsPerBody: secondsPerBody,
            trial: CompressionTrial(compresses: false, mayTry: mayTry))
    }

    @Test(arguments: [125_000, 1_250_000, 12_500_000]) func `a slow link is given compressed bodies for good`(
        bytesPerSecond: Double
    ) {
        var link = link(bytesPerSecond, secondsPerBody: 0.03)
        link.send(200)
        #expect(link.trial.compresses && link.changes == 1)
        link.send(1000)
        #expect(link.trial.compresses && link.changes == 1)
    }

    @Test func `a server that is slower than the link is left alone`() {
        var link = link(125_000_000, secondsPerBody: 0.05)
        link.send(1000)
        #expect(!link.trial.compresses && link.changes == 0)
    }

    @Test func `what gains nothing is taken back, and tried ever more rarely`() {
        // The link has most of the time, but it is its latency: fewer bytes do not shorten it.
        var link = link(.infinity, secondsPerBody: 0.01)
        link.secondsToCompress = 0.2
        for _ in 0..<4000 {
            let wait = 0.2
            link.now += wait
            let hasChanged = link.trial.requestSucceeded(
                byteCount: 1 << 20, isCompressed: link.trial.compresses, latency: .seconds(wait),
                took: .seconds(0.01), now: .seconds(link.now))
            link.changes += hasChanged ? 1 : 0
        }
        #expect(!link.trial.compresses)
        #expect((2...10).contains(link.changes), "\(link.changes) changes in \(link.now) s")
    }

    @Test func `on loopback nothing is tried, and who tells no time of its own is not judged`() {
        var near = link(125_000, secondsPerBody: 0.03, mayTry: false)
        near.send(500)
        #expect(near.changes == 0)
        var silent = CompressionTrial(compresses: false, mayTry: true)
        for second in 0..<500 {
            let hasChanged = silent.requestSucceeded(
                byteCount: 1 << 20, isCompressed: false, latency: .seconds(8), took: nil, now: .seconds(second))
            #expect(!hasChanged)
        }
    }
}
