import ReindexCore
import Testing

@Suite struct ProgressTests {
    @Test func `the time of the copy without a request is idle, and no other time is`() {
        let clock = VirtualClock()
        let progress = Progress(clocks: clock.clocks)
        progress.began(.create)
        clock.advance(.seconds(5))
        #expect(progress.snapshot.idleSeconds == nil)
        progress.began(.copy)
        clock.advance(.seconds(1))
        progress.requestBegan(bytes: 1)
        clock.advance(.seconds(10))
        progress.requestBegan(bytes: 1)
        progress.requestEnded(bytes: 1)
        clock.advance(.seconds(10))
        #expect(progress.snapshot.idleSeconds == 1)
        progress.requestEnded(bytes: 1)
        clock.advance(.seconds(2))
        #expect(progress.snapshot.idleSeconds == 3)
        progress.began(.settle)
        clock.advance(.seconds(5))
        #expect(progress.snapshot.idleSeconds == 3)
    }
}
