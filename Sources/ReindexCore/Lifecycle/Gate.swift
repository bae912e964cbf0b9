/// Canary searches on the new index, and on the one that serves for comparison, before the alias moves.
///
/// Each in turn, so that both are asked in the same weather; what warms up is not counted. With `gate.load` further rounds
/// follow at growing rates, each search beginning when it is due; they end at once where the searches on the alias suffer.
package struct Gate: Sendable {
    let rules: GateRules
    let round: CanaryRound
    let clocks: Clocks
    let stop: StopRequest

    /// What was seen, for the report and the run's record.
    package struct Result: Sendable, Hashable, Codable {
        package struct Step: Sendable, Hashable, Codable {
            /// Searches a second; nil for one after the other.
            package var rate: Double?
            package var new: SearchSamples
            /// Of the index that serves; nil where there is none.
            package var old: SearchSamples?
        }

        package var steps: [Step] = []
        /// Why it is closed; empty where it is open.
        package var reasons: [String] = []
        package var note: String?
        package var isOpen: Bool { reasons.isEmpty }
    }

    private static let fewestSamples = 200
    /// A live p95 beyond the limit, or twice what it was without load, suffers.
    private static let sufferingFactor = 2.0

    func run(new: String, old: String?) async throws -> Result {
        for number in 0..<(rules.warmUp ?? 1) * round.canaries.count {
            if let reason = stop.reason { throw RunError.interrupted(reason) }
            _ = await round.sample(number, in: new)
            if let old { _ = await round.sample(number, in: old) }
        }
        var result = Result()
        let plain = try await inTurn(new: new, old: old)
        result.steps.append(plain)
        judge(plain, &result)
        guard let load = rules.load, result.isOpen else { return result }
        let rates = load.steps.map { Double(load.rate) * $0 } + (load.spike > load.rate ? [Double(load.spike)] : [])
        for rate in rates where result.isOpen && result.note == nil {
            let step = try await atRate(rate, new: new, old: old, calm: plain.old?.p95)
            result.steps.append(step.step)
            if let live = step.suffering {
                result.note =
                    "the load was stopped at \(Int(rate)) searches a second: on the alias p95 was \(Int(live)) ms"
            } else {
                judge(step.step, &result)
            }
        }
        return result
    }

    private var sampleCount: Int { max(Self.fewestSamples, rules.samples) }

    private func inTurn(new: String, old: String?) async throws -> Result.Step {
        var step = Result.Step(rate: nil, new: SearchSamples(), old: old.map { _ in SearchSamples() })
        for number in 0..<sampleCount {
            if let reason = stop.reason { throw RunError.interrupted(reason) }
            let (canary, sample) = await round.sample(number, in: new)
            step.new.add(canary, sample)
            if let old {
                let (canary, sample) = await round.sample(number, in: old)
                step.old?.add(canary, sample)
            }
        }
        return step
    }

    /// An open loop: a slow answer does not put off the next search. One in ten goes to the index that serves.
    private func atRate(
        _ rate: Double, new: String, old: String?, calm: Double?
    ) async throws -> (step: Result.Step, suffering: Double?) {
        var step = Result.Step(rate: rate, new: SearchSamples(), old: old.map { _ in SearchSamples() })
        var suffering: Double?
        let began = clocks.now()
        try await withThrowingTaskGroup(of: (Canary, SearchSamples.Sample, isNew: Bool).self) { group in
            var asked = 0
            var out = 0
            var askedNew = 0
            while askedNew < sampleCount, suffering == nil {
                if let reason = stop.reason { throw RunError.interrupted(reason) }
                let due = began + .seconds(Double(asked) / rate)
                let now = clocks.now()
                if due > now { try await clocks.sleep(due - now) }
                let isNew = old == nil || asked % 10 != 9
                let index = isNew ? new : old ?? new
                let number = asked
                group.addTask { [round] in
                    let (canary, sample) = await round.sample(number, in: index, due: due)
                    return (canary, sample, isNew)
                }
                asked += 1
                askedNew += isNew ? 1 : 0
                out += 1
                // At most as many as are asked in two seconds are under way.
                while out > Int(rate * 2) + 10, let ended = try await group.next() {
                    out -= 1
                    add(ended, &step)
                }
                if asked % 20 == 0 {
                    while out > 0, let ended = try await group.next() {
                        out -= 1
                        add(ended, &step)
                        if out <= Int(rate / 10) { break }
                    }
                    suffering = sufferingP95(step, calm)
                }
            }
            for try await ended in group { add(ended, &step) }
        }
        return (step, suffering)
    }

    private func add(_ ended: (Canary, SearchSamples.Sample, isNew: Bool), _ step: inout Result.Step) {
        if ended.isNew { step.new.add(ended.0, ended.1) } else { step.old?.add(ended.0, ended.1) }
    }

    private func sufferingP95(_ step: Result.Step, _ calm: Double?) -> Double? {
        guard let old = step.old, old.count >= 10, let p95 = old.p95, let calm else { return nil }
        let limit = max(calm * Self.sufferingFactor, rules.maxP95.seconds * 1000)
        return p95 > limit ? p95 : nil
    }

    private func judge(_ step: Result.Step, _ result: inout Result) {
        let at = step.rate.map { " at \(Int($0)) a second" } ?? ""
        let new = step.new
        for (name, complaint) in new.complaints.sorted(by: { $0.key < $1.key }) {
            result.reasons.append("canary \"\(name)\"\(at): \(complaint)")
        }
        if new.errorRate >= rules.maxErrorRate, new.errors > 0 {
            let why = new.failures.first.map { ": \($0)" } ?? ""
            result.reasons.append(
                "\(new.errors) of \(new.count) searches failed\(at)\(new.complaints.isEmpty ? why : "")")
        }
        let limit = rules.maxP95.seconds * 1000
        if let p95 = new.p95, p95 >= limit {
            result.reasons.append("p95 is \(Int(p95)) ms\(at), below \(Int(limit)) ms is allowed")
        }
    }
}
