/// Time and chance, injected: no test of the core waits.
package struct Clocks: Sendable {
    /// Monotonic, since an arbitrary point.
    package var now: @Sendable () -> Duration
    /// Microseconds since 1970 by the wall clock; may jump.
    package var wallMicroseconds: @Sendable () -> Int64
    package var sleep: @Sendable (Duration) async throws -> Void
    /// 0..<1.
    package var random: @Sendable () -> Double

    package init(
        now: @escaping @Sendable () -> Duration, wallMicroseconds: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Duration) async throws -> Void, random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.wallMicroseconds = wallMicroseconds
        self.sleep = sleep
        self.random = random
    }

    /// 53 bits of chance.
    package func randomBits() -> UInt64 { UInt64(random() * 0x1p53) }

    package var timestamp: String { Timestamp.text(microseconds: wallMicroseconds()) }
}
