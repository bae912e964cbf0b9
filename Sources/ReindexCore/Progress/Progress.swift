internal import Synchronization

/// What is happening, counted by whoever does it and read by the status line, the checkpoints and the report.
package final class Progress: Sendable {
    private let state: Mutex<State>
    private let clocks: Clocks

    fileprivate struct State {
        var phase: Phase?
        var phaseBegan: Duration
        var phaseSeconds: [Phase: Double] = [:]
        var began: Duration
        var totalDocuments: Int?
        /// Behind the watermark when this process began: they count for the bar, not for the rate.
        var resumedDocuments = 0
        var counts = DocumentCounts()
        var requests = 0
        var bytesInFlight = 0
        var requestsInFlight = 0
        var permits = 0
        var bodyByteCount = 0
        var isCompressed = false
        var fetchRowCount = 0
        var readers = 1
        var mostReaders = 0
        var longestSnapshot = 0.0
        var retries = Retries()
        var waits = Waits()
        var snapshotBegan: Duration?
        var snapshots = 0
        var pause: String?
        var throttles: [SendLimits.LoadGuard: String] = [:]
        var throttledSince: Duration?
        var throttledSeconds = 0.0
        var control: RunControl?
        var paused = TimeCounted()
        var paced = TimeCounted()
        /// A copy in which no request was on its way, or worked on.
        var idle = TimeCounted()
        var notes: [String] = []
        var rateWindow: [(at: Duration, documents: Int)] = []

        mutating func noteIdle(_ now: Duration) { _ = idle.holds(phase == .copy && requestsInFlight == 0, now) }

        mutating func snapshotEnded(_ now: Duration) {
            if let began = snapshotBegan { longestSnapshot = max(longestSnapshot, (now - began).seconds) }
            snapshotBegan = nil
        }
    }

    /// Time in which something held, added up.
    fileprivate struct TimeCounted {
        var since: Duration?
        var seconds: Double?

        /// - Returns: how long it held, where it has ended now.
        mutating func holds(_ isSo: Bool, _ now: Duration) -> Double? {
            guard isSo != (since != nil) else { return nil }
            let held = since.map { (now - $0).seconds }
            seconds = (seconds ?? 0) + (held ?? 0)
            since = isSo ? now : nil
            return held
        }

        func total(_ now: Duration) -> Double? { seconds.map { $0 + (since.map { (now - $0).seconds } ?? 0) } }
    }

    /// How often and why something was sent again.
    package struct Retries: Sendable, Hashable, Codable {
        package var throttledRequests = 0
        package var throttledItems = 0
        package var serverErrors = 0
        package var transportErrors = 0
        package var malformedResponses = 0
        package var tooLarge = 0

        package init() {}

        package var total: Int {
            throttledRequests + throttledItems + serverErrors + transportErrors + malformedResponses + tooLarge
        }
    }

    /// Where the copy's time went, in seconds of its one event loop and of the tasks it began.
    package struct Waits: Sendable, Hashable, Codable {
        /// A permit was free and no row was there: PostgreSQL is the limit.
        package var forRows = 0.0
        /// All permits were out.
        package var forPermits = 0.0
        /// Sums over concurrent tasks.
        package var encoding = 0.0
        package var sending = 0.0

        package init() {}
    }

    package init(clocks: Clocks) {
        self.clocks = clocks
        state = Mutex(State(phaseBegan: clocks.now(), began: clocks.now()))
    }

    package func began(_ phase: Phase) {
        let now = clocks.now()
        state.withLock { state in
            if let ended = state.phase { state.phaseSeconds[ended, default: 0] += (now - state.phaseBegan).seconds }
            state.phaseBegan = now
            state.phase = phase
            state.noteIdle(now)
            state.snapshotEnded(now)
        }
    }

    package func expects(documents: Int?, resumedAt: Int) {
        state.withLock {
            $0.totalDocuments = documents
            $0.resumedDocuments = resumedAt
        }
    }

    package func snapshotTaken() {
        let now = clocks.now()
        state.withLock { state in
            state.snapshotEnded(now)
            state.snapshotBegan = now
            state.snapshots += 1
        }
    }

    /// Nobody reads in it any more, and no other one was taken.
    func snapshotEnded() {
        let now = clocks.now()
        state.withLock { $0.snapshotEnded(now) }
    }

    package func acknowledged(_ counts: DocumentCounts) {
        let now = clocks.now()
        state.withLock { state in
            state.counts.add(counts)
            let isDue = state.rateWindow.last.map { now - $0.at >= .milliseconds(250) } ?? true
            if isDue { state.rateWindow.append((now, state.counts.acknowledged)) }
            if let first = state.rateWindow.first, now - first.at > .seconds(10) { state.rateWindow.removeFirst() }
        }
    }

    package func requestBegan(bytes: Int) {
        let now = clocks.now()
        state.withLock {
            $0.requests += 1
            $0.requestsInFlight += 1
            $0.bytesInFlight += bytes
            $0.noteIdle(now)
        }
    }

    package func requestEnded(bytes: Int) {
        let now = clocks.now()
        state.withLock {
            $0.requestsInFlight -= 1
            $0.bytesInFlight -= bytes
            $0.noteIdle(now)
        }
    }

    package func retried(_ count: (inout Retries) -> Void) { state.withLock { count(&$0.retries) } }
    package func waited(_ add: (inout Waits) -> Void) { state.withLock { add(&$0.waits) } }

    package func found(
        permits: Int, bodyByteCount: Int, isCompressed: Bool, fetchRowCount: Int, readers: Int
    ) {
        state.withLock {
            $0.isCompressed = isCompressed
            $0.permits = permits
            $0.bodyByteCount = bodyByteCount
            $0.fetchRowCount = fetchRowCount
            $0.readers = readers
            $0.mostReaders = max($0.mostReaders, readers)
        }
    }

    /// Why nothing moves, or nil when it does again.
    package func paused(_ reason: String?) { state.withLock { $0.pause = reason } }

    /// Why less is sent than could be, or nil when nothing is held back.
    func throttled(by load: SendLimits.LoadGuard, _ reason: String?) {
        let now = clocks.now()
        state.withLock { state in
            if let since = state.throttledSince { state.throttledSeconds += (now - since).seconds }
            state.throttles[load] = reason
            state.throttledSince = state.throttles.isEmpty ? nil : now
        }
    }

    /// What people ask of the run: `pause` and `throttle`; nil is nothing.
    package func controlled(_ control: RunControl?) {
        let now = clocks.now()
        state.withLock { state in
            let before = state.control
            state.control = control
            let paused = state.paused.holds(control?.pause != nil, now)
            let paced = state.paced.holds(control?.throttle != nil, now)
            if let pause = before?.pause, let paused {
                state.notes.append("\(pause.text), for \(Int(paused.rounded())) s")
            }
            if let throttle = before?.throttle, let paced {
                state.notes.append("\(throttle.text), for \(Int(paced.rounded())) s")
            }
        }
    }

    /// Something the person who started the run should read in the report; each once.
    package func note(_ text: String) {
        state.withLock { if !$0.notes.contains(text) { $0.notes.append(text) } }
    }

    package var snapshot: ProgressSnapshot {
        let now = clocks.now()
        return state.withLock { state in
            var phases = state.phaseSeconds
            if let phase = state.phase { phases[phase, default: 0] += (now - state.phaseBegan).seconds }
            let paused = state.paused.total(now)
            let copying = (phases[.copy] ?? 0) - (state.phase == .copy ? paused ?? 0 : 0)
            let counts = state.counts
            let window = state.rateWindow.first.flatMap { first in
                let span = (now - first.at).seconds
                return span > 0.2 ? Double(counts.acknowledged - first.documents) / span : nil
            }
            return ProgressSnapshot(
                phase: state.phase, elapsed: (now - state.began).seconds,
                phaseSeconds: Dictionary(uniqueKeysWithValues: phases.map { ($0.key.rawValue, $0.value) }),
                totalDocuments: state.totalDocuments, documents: state.resumedDocuments + counts.acknowledged,
                counts: counts, requests: state.requests, rateNow: window ?? 0,
                rateMean: copying > 0 ? Double(counts.acknowledged) / copying : 0,
                requestsInFlight: state.requestsInFlight, bytesInFlight: state.bytesInFlight, permits: state.permits,
                bodyByteCount: state.bodyByteCount, isCompressed: state.isCompressed,
                fetchRowCount: state.fetchRowCount, readers: state.readers, mostReaders: state.mostReaders,
                longestSnapshot: max(
                    state.longestSnapshot, state.snapshotBegan.map { (now - $0).seconds } ?? 0), retries: state.retries,
                waits: state.waits, snapshotAge: state.snapshotBegan.map { (now - $0).seconds },
                snapshots: state.snapshots, pause: state.pause,
                throttle: state.throttles[.searches] ?? state.throttles[.postgres],
                throttledSeconds: state.throttledSeconds + (state.throttledSince.map { (now - $0).seconds } ?? 0),
                control: state.control, pausedSeconds: paused, pacedSeconds: state.paced.total(now),
                idleSeconds: state.idle.total(now),
                notes: state.notes)
        }
    }
}

extension Duration {
    package var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
