#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The time that a cluster goes by; a test sets its own.
struct Clock: Sendable {
    /// Milliseconds since 1970.
    let milliseconds: @Sendable () -> Int

    static let system = Clock {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
    }
}
