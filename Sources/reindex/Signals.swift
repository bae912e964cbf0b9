internal import ReindexCore

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// SIGINT and SIGTERM: the first asks for a stop and begins the grace period, the second ends the process at once.
///
/// A handler may only do what is async-signal-safe: it writes the signal's number into a pipe, and a thread of ours reads it.
/// Sources: signal-safety(7); "The self-pipe trick", D. J. Bernstein.
enum Signals {
    /// Watches for the rest of the process's life.
    static func watch(stop: StopRequest, grace: Duration) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { return }
        unsafe pipeEnd = ends[1]
        for number in [SIGINT, SIGTERM] { install(number) }
        signal(SIGPIPE, SIG_IGN)
        // A file at its limit is an error like a full disk.
        signal(SIGXFSZ, SIG_IGN)
        start(readEnd: ends[0], stop: stop, graceMilliseconds: Int32(grace.seconds * 1000))
    }

    private static func install(_ number: Int32) {
        var action = sigaction()
        #if canImport(Glibc)
        unsafe action.__sigaction_handler.sa_handler = forwardSignal
        #else
        unsafe action.__sigaction_u.__sa_handler = forwardSignal
        #endif
        action.sa_flags = SA_RESTART
        unsafe sigaction(number, &action, nil)
    }

    private static func start(readEnd: Int32, stop: StopRequest, graceMilliseconds: Int32) {
        let box = unsafe Unmanaged.passRetained(
            Watcher(readEnd: readEnd, stop: stop, graceMilliseconds: graceMilliseconds))
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Watcher>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
    }

    private final class Watcher: Sendable {
        let readEnd: Int32
        let stop: StopRequest
        let graceMilliseconds: Int32

        init(readEnd: Int32, stop: StopRequest, graceMilliseconds: Int32) {
            self.readEnd = readEnd
            self.stop = stop
            self.graceMilliseconds = graceMilliseconds
        }

        func run() {
            guard let first = next(timeout: -1) else { return }
            stop.request(.signal)
            Terminal.error("\nstopping: what is in flight is finished and checkpointed; once more ends at once\n")
            let second = next(timeout: graceMilliseconds)
            if second == nil { Terminal.error("the grace period is over; go on with: reindex --resume\n") }
            let number = second ?? first
            _exit(second == nil ? ExitCode.unfinished.rawValue : 128 + number)
        }

        /// The next signal's number, or nil when the time is over.
        private func next(timeout: Int32) -> Int32? {
            var descriptor = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
            while true {
                let ready = unsafe poll(&descriptor, 1, timeout)
                if ready == 0 { return nil }
                if ready < 0 && errno == EINTR { continue }
                var byte: UInt8 = 0
                guard unsafe read(readEnd, &byte, 1) == 1 else { return nil }
                return Int32(byte)
            }
        }
    }
}

/// Write end of the pipe: set once, before the handlers that read it are installed.
private nonisolated(unsafe) var pipeEnd: Int32 = -1

private func forwardSignal(_ number: Int32) {
    var byte = UInt8(truncatingIfNeeded: number)
    unsafe write(pipeEnd, &byte, 1)
}
