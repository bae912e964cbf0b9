import ReindexCore
import Synchronization

/// Time that passes only where a test or a sleeper says so: who sleeps moves it on and goes on at once.
final class VirtualClock: Sendable {
    private struct State {
        var now: Duration = .zero
        var wallOffset: Int64
        var generator: SplitMix
        var sleeps: [Duration] = []
    }

    private let state: Mutex<State>

    init(seed: Int = 0, wall: Int64 = 1_764_000_000_000_000) {
        state = Mutex(State(wallOffset: wall, generator: SplitMix(seed: seed)))
    }

    var now: Duration { state.withLock(\.now) }
    var sleeps: [Duration] { state.withLock(\.sleeps) }

    func advance(_ duration: Duration) { state.withLock { $0.now += duration } }
    func jumpWall(_ duration: Duration) { state.withLock { $0.wallOffset += duration.wholeMicroseconds } }

    var clocks: Clocks {
        Clocks(
            now: { self.now },
            wallMicroseconds: { self.state.withLock { $0.wallOffset + $0.now.wholeMicroseconds } },
            sleep: { duration in
                try Task.checkCancellation()
                self.state.withLock {
                    $0.now += duration
                    $0.sleeps.append(duration)
                }
                await Task.yield()
            },
            random: { self.state.withLock { Double($0.generator.next() >> 11) * 0x1p-53 } })
    }
}

extension Duration {
    var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}

extension SplitMix {
    init(seed: Int) { self.init(state: UInt64(bitPattern: Int64(seed))) }
}
