internal import Synchronization

/// The wish to end early: set by a signal or a time limit, seen by whoever starts something new.
package final class StopRequest: Sendable {
    private struct State {
        var reason: Reason?
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
        var followers: [StopRequest] = []
    }

    package enum Reason: Sendable, Hashable {
        /// Ctrl-C or SIGTERM.
        case signal
        /// `--time-limit`.
        case timeLimit
        /// Another holder has the run.
        case takenOver
    }

    private let state = Mutex(State())

    package init() {}

    /// One of a single run: it is stopped with `leader`, and not the other way around.
    init(following leader: StopRequest) {
        let reason = leader.state.withLock { state in
            state.followers.append(self)
            return state.reason
        }
        if let reason { request(reason) }
    }

    package var reason: Reason? { state.withLock(\.reason) }
    package var isRequested: Bool { reason != nil }

    /// The first reason stays.
    package func request(_ reason: Reason) {
        let (waiters, followers) = state.withLock { state in
            state.reason = state.reason ?? reason
            defer { state.waiters = [:] }
            return (Array(state.waiters.values), state.followers)
        }
        for waiter in waiters { waiter.resume() }
        for follower in followers { follower.request(reason) }
    }

    /// Returns when the stop is requested, or the task is cancelled.
    package func wait() async {
        let ticket = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.reason != nil || Task.isCancelled { return true }
                    state.waiters[ticket] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: ticket) }?.resume()
        }
    }
}
