#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// SIGTERM and SIGINT as a byte in a pipe: a handler may do little else.
struct StopSignal {
    private let readEnd: Int32

    static func install() -> StopSignal {
        var ends: [Int32] = [0, 0]
        _ = unsafe pipe(&ends)
        unsafe StopSignal.writeEnd = ends[1]
        signal(SIGTERM, stopSignalHandler)
        signal(SIGINT, stopSignalHandler)
        signal(SIGPIPE, SIG_IGN)
        return StopSignal(readEnd: ends[0])
    }

    /// Blocks until a signal comes.
    func wait() {
        var byte: UInt8 = 0
        while unsafe read(readEnd, &byte, 1) < 0 {}
    }

    // Written once before the handler is installed, and only read by it.
    nonisolated(unsafe) fileprivate static var writeEnd: Int32 = -1
}

@c func stopSignalHandler(_ number: Int32) {
    var byte: UInt8 = 1
    _ = unsafe write(StopSignal.writeEnd, &byte, 1)
}
