internal import CPostgres

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

extension PostgresConnection {
    /// Waits until the oldest statement's result is complete, and lets its bytes gather in the socket meanwhile.
    ///
    /// The server sends 8 KiB at a time. Who polls is woken for each of them, a hundred thousand times a million rows, and
    /// so is the server, by turns. Who sleeps a moment instead finds a dozen at once; the socket holds more than the server
    /// can send in that time, so nobody waits for us. Measured in `docs/design.md`. An error is left to PQgetResult.
    func gatherResult() {
        // What an encrypted connection has decrypted already is not seen by poll: there libpq does the waiting.
        guard unsafe PQsslInUse(handle) == 0, unsafe PQgssEncInUse(handle) == 0 else { return }
        let socket = socket
        while unsafe PQisBusy(handle) == 1 {
            if bytesWaiting(socket) == 0 { Self.wait(for: socket) }
            if bytesWaiting(socket) < Self.worthReading { Self.pause() }
            var waiting = bytesWaiting(socket)
            repeat {
                guard unsafe PQconsumeInput(handle) == 1 else { return }
                waiting -= Self.readSize
            } while unsafe waiting > 0 && PQisBusy(handle) == 1
        }
    }

    private static let worthReading: Int32 = 64 * 1024
    private static let readSize: Int32 = 16 * 1024

    private static func wait(for socket: Int32) {
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&descriptor, 1, -1)
    }

    /// 0.1 ms, and what the kernel's timer adds.
    private static func pause() {
        var time = timespec(tv_sec: 0, tv_nsec: 100_000)
        unsafe nanosleep(&time, nil)
    }
}
