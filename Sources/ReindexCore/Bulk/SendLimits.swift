internal import Synchronization

/// How many batches may be out, how large a body may be, and how many bytes that may come to: learned from answers,
/// shared by all that send.
///
/// The bytes out are the bound of this process's memory and of what the cluster has to keep (its indexing pressure). They
/// hold whatever permits and bodies become: larger bodies leave fewer permits.
package final class SendLimits: Sendable {
    /// Of all bodies that are out; passed only by one that is larger by itself, and then goes in pieces.
    package let byteCountOut: Int
    private let maxPermits: Int
    private let state: Mutex<State>

    private struct State {
        var concurrency: ConcurrencyLimit
        var body: BodySize
        var compression: CompressionTrial
        /// What each guard allows that holds something back.
        var heldBack: [LoadGuard: HeldBack] = [:]

        var heldPermits: Int { heldBack.values.map(\.permits).min() ?? .max }
    }

    /// What a guard holds the copy back for.
    enum LoadGuard: Sendable { case searches, postgres }

    private struct HeldBack {
        var permits: Int
        /// Before each request.
        var pause = Duration.zero
    }

    /// What 48 bodies of 1 MiB, or 12 of 4 MiB, come to: beside it the rest of the process fits into 128 MB.
    package static let defaultByteCountOut = 48 << 20

    /// - Parameters:
    ///   - maxPermits: `--max-in-flight`. The search begins at 4.
    ///   - bodyByteCount: `--body-size`, the size aimed at; where it is nil, one is found.
    ///   - ceiling: of one body; never passed by more than one document.
    ///   - byteCountOut: of all bodies together.
    ///   - compression: of bodies, as asked for or as found.
    package init(
        maxPermits: Int = 64, bodyByteCount: Int? = nil, ceiling: Int = 9 << 20,
        byteCountOut: Int = SendLimits.defaultByteCountOut,
        compression: CompressionTrial = CompressionTrial(compresses: false, mayTry: false)
    ) {
        self.maxPermits = maxPermits
        self.byteCountOut = max(1, byteCountOut)
        let concurrency = ConcurrencyLimit(maximum: maxPermits)
        // Several small bodies keep a cluster busier than one large one.
        let body = BodySize(
            byteCount: bodyByteCount, ceiling: min(ceiling, self.byteCountOut),
            largest: max(1, bodyByteCount ?? (self.byteCountOut / concurrency.permits)))
        state = Mutex(State(concurrency: concurrency, body: body, compression: compression))
        state.withLock { $0.concurrency = ConcurrencyLimit(maximum: permits(of: body.byteCount)) }
    }

    private func permits(of byteCount: Int) -> Int { max(1, min(maxPermits, byteCountOut / max(1, byteCount))) }

    package var permits: Int { state.withLock { min($0.concurrency.permits, $0.heldPermits) } }
    /// How long each request waits before it is sent.
    package var pause: Duration { state.withLock { $0.heldBack.values.map(\.pause).max() ?? .zero } }
    func isHeldBack(by load: LoadGuard) -> Bool { state.withLock { $0.heldBack[load] != nil } }
    package var bodyByteCount: Int { state.withLock(\.body.byteCount) }
    package var compresses: Bool { state.withLock(\.compression.compresses) }
    package var ceiling: Int { state.withLock(\.body.ceiling) }

    package func requestBegan(byteCount: Int) -> ConcurrencyLimit.Request {
        state.withLock { $0.concurrency.requestBegan(byteCount: byteCount) }
    }

    package func requestSucceeded(_ request: ConcurrencyLimit.Request, latency: Duration, now: Duration) {
        state.withLock { $0.concurrency.requestSucceeded(request, latency: latency, now: now) }
    }

    /// Where the time of an answered request went.
    package func requestTook(
        _ request: ConcurrencyLimit.Request, isCompressed: Bool, latency: Duration, took: Duration?, now: Duration
    ) {
        state.withLock { state in
            let hasChanged = state.compression.requestSucceeded(
                byteCount: request.byteCount, isCompressed: isCompressed, latency: latency, took: took, now: now)
            if hasChanged { state.concurrency.bodiesChanged(maximum: state.concurrency.maximum) }
        }
    }

    package func requestThrottled(_ request: ConcurrencyLimit.Request, now: Duration) {
        state.withLock { $0.concurrency.requestThrottled(request, now: now) }
    }

    package func requestFailed(_ request: ConcurrencyLimit.Request) {
        state.withLock { $0.concurrency.requestFailed(request) }
    }

    /// The cluster is what the copy waits for.
    package func clusterIsTheLimit() { change { $0.clusterIsTheLimit() } }

    /// A body of this many bytes was refused with 413.
    package func wasTooLarge(byteCount: Int) { change { $0.wasTooLarge(byteCount: byteCount) } }

    /// Half as many requests; where one is left, longer pauses between them.
    func holdBack(by load: LoadGuard) {
        state.withLock { state in
            let now = min(state.concurrency.permits, state.heldPermits)
            var held = state.heldBack[load] ?? HeldBack(permits: now)
            if held.permits > 1 {
                held.permits = max(1, min(now, held.permits) / 2)
            } else {
                held.pause = min(max(held.pause * 2, .milliseconds(50)), .seconds(5))
            }
            state.heldBack[load] = held
        }
    }

    /// Shorter pauses, then one more request, until what the copy finds for itself is the bound again.
    func letGo(by load: LoadGuard) {
        state.withLock { state in
            guard var held = state.heldBack[load] else { return }
            if held.pause > .zero {
                held.pause = held.pause > .milliseconds(50) ? held.pause / 2 : .zero
            } else {
                held.permits += 1
            }
            state.heldBack[load] = held.permits > state.concurrency.permits ? nil : held
        }
    }

    private func change(_ change: (inout BodySize) -> Void) {
        state.withLock { state in
            let before = state.body.byteCount
            change(&state.body)
            guard state.body.byteCount != before else { return }
            state.concurrency.bodiesChanged(maximum: permits(of: state.body.byteCount))
        }
    }
}
