internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Ends a blocked call of libpq from another thread, by shutting its socket down: the call then sees a lost connection.
///
/// Not by a cancel request, which needs a connection of its own and which proxies swallow.
final class Interruption: Sendable {
    private struct State {
        var socket: Int32?
        /// Calls that may block: the one that is waited for, and the one that reads ahead.
        var blockingCalls = 0
        var isFired = false
    }
    private let state = Mutex(State())

    /// The connection's socket, and nil before the connection is closed: afterwards the number may be somebody else's.
    func watch(_ socket: Int32?) {
        state.withLock { state in
            state.socket = socket
            if state.isFired, let socket { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    func beginBlocking() { state.withLock { $0.blockingCalls += 1 } }

    func endBlocking() { state.withLock { $0.blockingCalls -= 1 } }

    /// - Returns: whether a call was under way.
    @discardableResult
    func fire() -> Bool {
        state.withLock { state in
            guard state.blockingCalls > 0 else { return false }
            state.isFired = true
            if let socket = state.socket { shutdown(socket, Int32(SHUT_RDWR)) }
            return true
        }
    }

    var isFired: Bool { state.withLock { $0.isFired } }

    /// What was fired counts for the connection that was meant alone.
    func reset() { state.withLock { $0.isFired = false } }
}
