import ReindexCore

/// A service with a knee and a client that keeps to a ``ConcurrencyLimit``, event by event, by a clock of its own.
///
/// As many requests as `knee` are worked on at the service's own pace; more of them queue, or share that pace. Each takes
/// `secondsPerMebibyte`, give or take `noise`. Beyond `queueBound` waiting requests the answer is a 429.
struct SimulatedService {
    enum Discipline { case queue, sharing }

    var knee: Int
    var secondsPerMebibyte: Double {
        didSet {
            for index in jobs.indices { jobs[index].work *= secondsPerMebibyte / oldValue }
        }
    }
    var queueBound: Int?
    var discipline = Discipline.queue
    var noise = 0.2
    var byteCounts = 1 << 20...1 << 20
    /// What the client needs for one body, while it makes no other.
    var secondsToPrepare = 0.0
    var limit = ConcurrencyLimit()

    private(set) var now = 0.0
    private(set) var answers = 0
    private(set) var throttled = 0
    private(set) var permitSeconds = 0.0
    private var jobs: [Job] = []
    private var backOffs: [Double] = []
    private var prepared = 0.0
    private var random: SplitMix

    private struct Job {
        let request: ConcurrencyLimit.Request
        let began: Double
        /// Seconds of undivided attention that are left.
        var work: Double
    }

    init(knee: Int, seconds: Double, seed: Int) {
        self.knee = knee
        secondsPerMebibyte = seconds
        random = SplitMix(seed: seed)
    }

    /// - Returns: the mean permits, and the answers, of that time.
    @discardableResult
    mutating func run(for seconds: Double) -> (permits: Double, answers: Int) {
        let (begin, end) = (now, now + seconds)
        let before = (permitSeconds: permitSeconds, answers: answers)
        while now < end {
            send()
            let next = nextEvent(before: end)
            pass(next - now)
            now = next
            backOffs.removeAll { $0 <= now }
            answer()
        }
        return ((permitSeconds - before.permitSeconds) / (end - begin), answers - before.answers)
    }

    private var time: Duration { .seconds(now) }

    private mutating func send() {
        while limit.permits > jobs.count + backOffs.count, prepared <= now {
            prepared = now + secondsToPrepare
            let byteCount = Int.random(in: byteCounts, using: &random)
            let request = limit.requestBegan(byteCount: byteCount)
            if let queueBound, jobs.count >= knee + queueBound {
                throttled += 1
                limit.requestThrottled(request, now: time)
                backOffs.append(now + Double.random(in: 0.01...0.1, using: &random))
            } else {
                let pace = Double.random(in: 1 - noise...1 + noise, using: &random) * secondsPerMebibyte
                jobs.append(Job(request: request, began: now, work: pace * Double(byteCount) / 0x1p20))
            }
        }
    }

    /// Of one second, what a job gets.
    private func share(of index: Int) -> Double {
        switch discipline {
        case .queue: index < knee ? 1 : 0
        case .sharing: min(1, Double(knee) / Double(jobs.count))
        }
    }

    private func nextEvent(before end: Double) -> Double {
        var next = end
        for index in jobs.indices {
            let share = share(of: index)
            if share == 0 { break }
            next = min(next, now + jobs[index].work / share)
        }
        for wakening in backOffs { next = min(next, wakening) }
        if prepared > now, jobs.count + backOffs.count < limit.permits { next = min(next, prepared) }
        return next
    }

    private mutating func pass(_ seconds: Double) {
        permitSeconds += seconds * Double(limit.permits)
        for index in jobs.indices {
            let share = share(of: index)
            if share == 0 { break }
            jobs[index].work -= seconds * share
        }
    }

    private mutating func answer() {
        var index = 0
        while index < jobs.count {
            guard jobs[index].work <= 1e-9 else {
                index += 1
                continue
            }
            let job = jobs.remove(at: index)
            answers += 1
            limit.requestSucceeded(job.request, latency: .seconds(now - job.began), now: time)
        }
    }
}
