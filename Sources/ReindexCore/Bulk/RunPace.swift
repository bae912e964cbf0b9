internal import Synchronization

/// What was asked of a run that is under way (``RunControl``), for all that read and send: whether it is paused, and how
/// many documents a second may go.
///
/// Whoever waits here looks again ten times a second, and ends with a stop: a time limit ends a paused run too.
package final class RunPace: Sendable {
    private struct State {
        var control: RunControl?
        /// Grows with each change.
        var revision = 0
        var pacer = Pacer()
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())
    private let clocks: Clocks
    private let stop: StopRequest

    private static let step = Duration.milliseconds(100)

    package init(clocks: Clocks, stop: StopRequest) { (self.clocks, self.stop) = (clocks, stop) }

    package var isPaused: Bool { state.withLock { $0.control?.pause != nil } }
    /// nil is as many as can be.
    package var documentsPerSecond: Int? { state.withLock { $0.control?.throttle?.documentsPerSecond } }
    /// What is measured now says nothing of what the servers can do.
    var isHeldBack: Bool { state.withLock { $0.control?.pause != nil || $0.control?.throttle != nil } }

    /// - Parameter control: of this run; nil where nothing is asked of it.
    package func changed(to control: RunControl?) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard state.control != control else { return [] }
            if state.control?.throttle != control?.throttle { state.pacer = Pacer() }
            state.control = control
            state.revision += 1
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    var revision: Int { state.withLock(\.revision) }

    /// Returns when something else is asked for than at that revision, or the task is cancelled.
    func change(since revision: Int) async {
        let ticket = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled || state.revision != revision { return true }
                    state.waiters[ticket] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: ticket) }?.resume()
        }
    }

    /// Returns when the run is not paused.
    /// - Throws: ``RunError/interrupted(_:)``
    func awaitLeave() async throws {
        while isPaused {
            if let reason = stop.reason { throw RunError.interrupted(reason) }
            try await clocks.sleep(Self.step)
        }
    }

    /// Returns when so many documents may go, which count from then on.
    /// - Throws: ``RunError/interrupted(_:)``
    func awaitTurn(documents: Int) async throws {
        while true {
            let wait = state.withLock { state in
                guard let rate = state.control?.throttle?.documentsPerSecond else { return Duration.zero }
                return state.pacer.wait(toSend: documents, rate: rate, now: clocks.now())
            }
            if wait == .zero { return }
            if let reason = stop.reason { throw RunError.interrupted(reason) }
            try await clocks.sleep(min(wait, Self.step))
        }
    }
}

/// Spaces documents out evenly: each batch goes when those before it have had their time.
struct Pacer {
    /// When the next ones may go; nil: at once.
    private var next: Duration?
    /// What was not used of so much time may be made up for.
    private static let slack = Duration.seconds(1)

    /// - Returns: how long to wait and ask again; zero: they go now, and are counted.
    mutating func wait(toSend documents: Int, rate: Int, now: Duration) -> Duration {
        if let next, next > now { return next - now }
        next = max(next ?? now, now - Self.slack) + .seconds(Double(documents) / Double(max(1, rate)))
        return .zero
    }
}
