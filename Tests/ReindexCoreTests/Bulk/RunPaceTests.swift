import Testing

@testable import ReindexCore

@Suite(.timeLimit(.minutes(5))) struct RunPaceTests {
    private let clock = VirtualClock()
    private let stop = StopRequest()

    private func control(_ wishes: RunControl.Wish...) -> RunControl {
        wishes.reduce(RunControl(run: "r")) { $0.granting($1, by: "a", at: "1") }
    }

    @Test(arguments: [1, 50, 700, 20_000], [1, 30, 500]) func `the mean is the rate, whatever the batches`(
        rate: Int, batch: Int
    ) async throws {
        let pace = RunPace(clocks: clock.clocks, stop: stop)
        pace.changed(to: control(.throttle(rate)))
        let began = clock.now
        var sent = 0
        while clock.now - began < .seconds(600) {
            try await pace.awaitTurn(documents: batch)
            sent += batch
            if Double(batch) / Double(rate) < 0.01, sent > 10_000_000 { break }
        }
        let seconds = (clock.now - began).seconds
        // The first goes at once, and one second may be made up for.
        #expect(Double(sent) <= (seconds + 1.1) * Double(rate) + Double(batch), "\(sent) in \(seconds) s")
        #expect(Double(sent) >= (seconds - 1) * Double(rate) * 0.9, "\(sent) in \(seconds) s")
    }

    @Test func `a pause is not made up for`() {
        var pacer = Pacer()
        #expect(pacer.wait(toSend: 10, rate: 10, now: .zero) == .zero)
        #expect(pacer.wait(toSend: 10, rate: 10, now: .milliseconds(250)) == .milliseconds(750))
        var went = 0
        while pacer.wait(toSend: 10, rate: 10, now: .seconds(100)) == .zero { went += 1 }
        #expect(went == 2, "one second's, and the next")
    }

    @Test func `without a wish nobody waits`() async throws {
        let pace = RunPace(clocks: clock.clocks, stop: stop)
        for _ in 0..<100 { try await pace.awaitTurn(documents: 1_000_000) }
        try await pace.awaitLeave()
        #expect(clock.sleeps.isEmpty && !pace.isHeldBack)
    }

    @Test func `a new rate does not wait for the time of the old one`() async throws {
        let pace = RunPace(clocks: clock.clocks, stop: stop)
        pace.changed(to: control(.throttle(1)))
        try await pace.awaitTurn(documents: 10_000)
        pace.changed(to: control(.throttle(1000)))
        try await pace.awaitTurn(documents: 1)
        #expect(clock.now < .seconds(1))
    }

    @Test func `a stop ends who waits, for the end of a pause and for a turn`() async throws {
        let pace = RunPace(clocks: clock.clocks, stop: stop)
        pace.changed(to: control(.pause, .throttle(1)))
        try await pace.awaitTurn(documents: 10_000)
        stop.request(.timeLimit)
        await #expect {
            try await pace.awaitLeave()
        } throws: {
            if case RunError.interrupted(.timeLimit) = $0 { true } else { false }
        }
        await #expect {
            try await pace.awaitTurn(documents: 1)
        } throws: {
            if case RunError.interrupted(.timeLimit) = $0 { true } else { false }
        }
    }

    @Test func `a change is not missed that comes before somebody waits for it`() async {
        let pace = RunPace(clocks: clock.clocks, stop: stop)
        let revision = pace.revision
        pace.changed(to: control(.pause))
        await pace.change(since: revision)
        #expect(pace.isPaused)
    }
}
