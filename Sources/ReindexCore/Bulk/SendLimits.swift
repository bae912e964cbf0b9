internal import Synchronization

/// How many batches may be out, and how large a body may be: learned from answers, shared by all that send.
///
/// Additive increase, multiplicative decrease: a 429 (whole, or of items: each counts) takes the permits down by half,
/// once for all batches that were out when it came; as many untroubled answers as there are permits add one.
/// A 413 teaches a ceiling for bodies. Bodies begin small, because they are memory, and grow while the cluster is what
/// the copy waits for: each request costs it an fsync and a round of its queues, whatever its size.
package final class SendLimits: Sendable {
    private let state: Mutex<State>

    private struct State {
        var permits: Double
        var maxPermits: Int
        var bodyByteCount: Int
        var largestBody: Int
        var ceiling: Int
        var successes = 0
        var generation = 0
    }

    /// - Parameters:
    ///   - maxPermits: `--max-in-flight`, or what `limits.md` found to be enough.
    ///   - bodyByteCount: `--body-size`, the size aimed at; where it is nil, one is found between 1 and 2 MiB.
    ///   - ceiling: never passed by more than one document.
    package init(permits: Int = 4, maxPermits: Int = 4, bodyByteCount: Int? = nil, ceiling: Int = 9 << 20) {
        state = Mutex(
            State(
                permits: Double(min(permits, maxPermits)), maxPermits: maxPermits,
                bodyByteCount: min(bodyByteCount ?? 1 << 20, ceiling),
                largestBody: min(bodyByteCount ?? 2 << 20, ceiling), ceiling: ceiling))
    }

    package var permits: Int { state.withLock { max(1, Int($0.permits)) } }
    package var bodyByteCount: Int { state.withLock { $0.bodyByteCount } }
    package var ceiling: Int { state.withLock { $0.ceiling } }

    /// A mark to hand back with the answer: troubles of one generation count once.
    package var generation: Int { state.withLock { $0.generation } }

    package func succeeded() {
        state.withLock { state in
            state.successes += 1
            guard state.successes >= Int(state.permits) * 4, state.permits < Double(state.maxPermits) else { return }
            state.successes = 0
            state.permits = min(state.permits + 1, Double(state.maxPermits))
        }
    }

    /// The cluster is what the copy waits for: bodies of twice the size, as far as they may grow.
    package func clusterIsTheLimit() {
        state.withLock { state in
            state.bodyByteCount = max(state.bodyByteCount, min(state.bodyByteCount * 2, state.largestBody))
        }
    }

    package func wasThrottled(sentIn generation: Int) {
        state.withLock { state in
            state.successes = 0
            guard generation == state.generation else { return }
            state.generation += 1
            state.permits = max(1, state.permits / 2)
        }
    }

    /// A body of this many bytes was refused with 413.
    package func wasTooLarge(byteCount: Int) {
        state.withLock { state in
            state.ceiling = max(1024, min(state.ceiling, byteCount / 2))
            state.bodyByteCount = min(state.bodyByteCount, state.ceiling)
            state.largestBody = state.bodyByteCount
        }
    }
}
