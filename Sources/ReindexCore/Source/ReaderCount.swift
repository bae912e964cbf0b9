/// How many readers read at once: one more only where PostgreSQL is what the copy waits for, and only while each brings a
/// fifth more rows.
///
/// Windows of a second are compared: bytes of rows a second, seconds a byte that was waited for, and the share of the time
/// in which a permit was free and no row was there. States: resting → probing one more → resting. A reader that does not
/// bring 20% is taken back, and asked for again ever more rarely: it costs the server a process and brings nothing. One is
/// taken back as well when the server needs half as long again for the same bytes, twice in a row: others use it now.
struct ReaderCount: Sendable {
    private(set) var count: Int
    let maximum: Int
    private let isFixed: Bool

    private var window: Window?
    private var probedFrom: Double?
    /// Seconds a byte that this many readers are known to wait.
    private var latency: Double?
    private var slowWindows = 0
    private var windowsToRest = 0
    private var nextRest = firstRest

    private struct Window {
        var began: Duration
        var reads = 0
        var byteCount = 0
        var readSeconds = 0.0
        var secondsForRows = 0.0
        var secondsForPermits = 0.0
    }

    private static let gain = 1.2
    private static let slow = 1.5
    private static let length = Duration.seconds(1)
    /// Connecting, and what was under way, belong to no window.
    private static let settling = Duration.milliseconds(300)
    private static let firstRest = 8
    private static let longestRest = 256

    /// As many as were asked for.
    init(fixed count: Int) { (self.count, maximum, isFixed) = (count, count, true) }

    /// One at first, and as many as are worth it.
    init(upTo maximum: Int) { (count, self.maximum, isFixed) = (1, max(1, maximum), maximum <= 1) }

    mutating func waited(_ seconds: Double, forRows: Bool) {
        if forRows { window?.secondsForRows += seconds } else { window?.secondsForPermits += seconds }
    }

    /// - Parameters:
    ///   - seconds: how long they were waited for.
    ///   - hasMore: whether there is a slice that nobody reads.
    mutating func rowsRead(byteCount: Int, seconds: Double, hasMore: Bool, now: Duration) {
        guard !isFixed else { return }
        guard var window else { return self.window = Window(began: now) }
        guard now >= window.began else { return }
        window.reads += 1
        window.byteCount += byteCount
        window.readSeconds += seconds
        self.window = window
        guard now - window.began >= Self.length, window.reads >= 4 * count, window.byteCount > 0 else { return }
        decide(window, hasMore: hasMore, now: now)
    }

    private mutating func decide(_ done: Window, hasMore: Bool, now: Duration) {
        window = Window(began: now)
        let rate = Double(done.byteCount) / (now - done.began).seconds
        let isLimit = done.secondsForRows > done.secondsForPermits
        if let before = probedFrom {
            probedFrom = nil
            latency = nil
            if rate >= before * Self.gain {
                nextRest = Self.firstRest
            } else {
                windowsToRest = nextRest
                nextRest = min(nextRest * 2, Self.longestRest)
                return change(to: count - 1, now)
            }
        }
        guard isLimit else { return }
        let seen = done.readSeconds / Double(done.byteCount)
        slowWindows = latency.map { seen > $0 * Self.slow } ?? false ? slowWindows + 1 : 0
        if slowWindows >= 2, count > 1 {
            windowsToRest = nextRest
            return change(to: count - 1, now)
        }
        if slowWindows == 0 { latency = latency.map { $0 * 0.9 + seen * 0.1 } ?? seen }
        guard windowsToRest == 0 else { return windowsToRest -= 1 }
        guard hasMore, count < maximum, slowWindows == 0 else { return }
        probedFrom = rate
        change(to: count + 1, now)
    }

    private mutating func change(to next: Int, _ now: Duration) {
        count = next
        slowWindows = 0
        if next < maximum, probedFrom == nil { latency = nil }
        window = Window(began: now + Self.settling)
    }
}
