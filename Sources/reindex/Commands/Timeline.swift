internal import ReindexCore
internal import Synchronization

/// How a run went, second by second, for the page (`--report FILE.html`): at most 600 samples, ever further apart.
final class Timeline: Sendable {
    struct Sample: Sendable, Hashable {
        var seconds: Double
        var phase: Phase?
        var documents: Int
        var bytes: Int
        var requests: Int
        /// Summed over all requests, seconds.
        var sending: Double
        var permits: Int
        /// Whole and by item.
        var refusals: Int
    }

    private struct State {
        var samples: [Sample] = []
        var distance = 1
        var skipped = 0
    }

    private let state = Mutex(State())
    private let progress: Progress
    private static let greatestCount = 600

    init(progress: Progress) { self.progress = progress }

    var samples: [Sample] { state.withLock(\.samples) }

    /// Takes samples until the task is cancelled.
    func record() async {
        take()
        while true {
            do { try await ContinuousClock().sleep(for: .seconds(1)) } catch { break }
            let isDue = state.withLock { state in
                state.skipped += 1
                guard state.skipped >= state.distance else { return false }
                state.skipped = 0
                return true
            }
            if isDue { take() }
        }
        take()
    }

    private func take() {
        let now = progress.snapshot
        let sample = Sample(
            seconds: now.elapsed, phase: now.phase, documents: now.counts.acknowledged, bytes: now.counts.bytes,
            requests: now.requests, sending: now.waits.sending, permits: now.permits,
            refusals: now.retries.throttledRequests + now.retries.throttledItems)
        state.withLock { state in
            state.samples.append(sample)
            guard state.samples.count > Self.greatestCount else { return }
            state.distance *= 2
            state.samples = stride(from: 0, to: state.samples.count, by: 2).map { state.samples[$0] }
        }
    }
}
