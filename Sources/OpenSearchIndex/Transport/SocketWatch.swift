internal import CCurl

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What libcurl waits for: its sockets and its next time-out, told by its two callbacks. Belongs to the loop's thread.
///
/// libcurl is then told which sockets are ready and touches no other (curl_multi_socket_action(3)); curl_multi_perform
/// asks the socket of every request under way each time, which was nine system calls for one answer.
@safe final class SocketWatch {
    private let multi: UnsafeMutableRawPointer
    /// First the wake-up's, then libcurl's, each once.
    private var watched: [pollfd]
    private var ready: [(socket: CInt, what: CInt)] = []
    private var timeOut: ContinuousClock.Instant?

    init(multi: UnsafeMutableRawPointer, wakeUp: WakeUp) {
        unsafe self.multi = unsafe multi
        watched = [pollfd(fd: wakeUp.reading, events: Int16(POLLIN), revents: 0)]
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe reindex_set_socket_callback(multi, socketChanged, context)
        unsafe reindex_set_timer_callback(multi, timerChanged, context)
    }

    /// Waits until a socket is ready, the wake-up came or the time is over, and lets libcurl work on what is ready.
    func wait(atMost pause: Int, _ wakeUp: WakeUp) {
        let count = unsafe watched.withUnsafeMutableBufferPointer { sockets in
            unsafe poll(sockets.baseAddress, nfds_t(sockets.count), CInt(min(pause, millisecondsToTimeOut)))
        }
        if count > 0 {
            if watched[0].revents != 0 { wakeUp.consume() }
            // Their callbacks change what is watched.
            ready.removeAll(keepingCapacity: true)
            for socket in watched.dropFirst() where socket.revents != 0 {
                ready.append((socket.fd, Self.action(for: socket.revents)))
            }
            var running: CInt = 0
            for (socket, what) in ready { unsafe curl_multi_socket_action(multi, socket, what, &running) }
        }
        if let timeOut, ContinuousClock.now >= timeOut {
            self.timeOut = nil
            var running: CInt = 0
            unsafe curl_multi_socket_action(multi, noSocket, 0, &running)
        }
    }

    /// Rounded up: who comes a little early would come again at once.
    private var millisecondsToTimeOut: Int {
        guard let timeOut else { return .max }
        let left = timeOut - ContinuousClock.now
        return left > .zero ? left.milliseconds + 1 : 0
    }

    private static func action(for events: Int16) -> CInt {
        var what: CInt = 0
        if events & Int16(POLLIN | POLLHUP) != 0 { what |= CURL_CSELECT_IN }
        if events & Int16(POLLOUT) != 0 { what |= CURL_CSELECT_OUT }
        if events & Int16(POLLERR | POLLNVAL) != 0 { what |= CURL_CSELECT_ERR }
        return what
    }

    // MARK: What libcurl says

    fileprivate func changed(_ socket: CInt, _ what: CInt) {
        let index = watched.dropFirst().firstIndex { $0.fd == socket }
        if what == CURL_POLL_REMOVE {
            if let index { watched.remove(at: index) }
            return
        }
        var events: Int16 = 0
        if what & CURL_POLL_IN != 0 { events |= Int16(POLLIN) }
        if what & CURL_POLL_OUT != 0 { events |= Int16(POLLOUT) }
        let entry = pollfd(fd: socket, events: events, revents: 0)
        if let index { watched[index] = entry } else { watched.append(entry) }
    }

    /// - Parameter milliseconds: until libcurl wants to be called; -1 for not at all.
    fileprivate func timesOut(in milliseconds: Int) {
        timeOut = milliseconds < 0 ? nil : ContinuousClock.now + .milliseconds(milliseconds)
    }
}

/// CURL_SOCKET_TIMEOUT, a macro of a macro.
private let noSocket: CInt = -1

/// CURLMOPT_SOCKETFUNCTION.
private func socketChanged(
    _: UnsafeMutableRawPointer?, _ socket: CInt, _ what: CInt, _ context: UnsafeMutableRawPointer?,
    _: UnsafeMutableRawPointer?
) -> CInt {
    guard let context = unsafe context else { return 0 }
    unsafe Unmanaged<SocketWatch>.fromOpaque(context).takeUnretainedValue().changed(socket, what)
    return 0
}

/// CURLMOPT_TIMERFUNCTION.
private func timerChanged(_: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?)
    -> CInt
{
    guard let context = unsafe context else { return 0 }
    unsafe Unmanaged<SocketWatch>.fromOpaque(context).takeUnretainedValue().timesOut(in: milliseconds)
    return 0
}
