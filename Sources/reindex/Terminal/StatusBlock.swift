internal import ReindexCore

/// The live picture of a run: phase, bar, rate, what is in flight, and what limits it.
struct StatusBlock {
    let mapping: String
    let width: Int

    /// At most six lines, none wider than the terminal.
    func lines(_ progress: ProgressSnapshot) -> [String] {
        var lines = ["\(mapping): \(progress.phase?.rawValue ?? "plan"), \(Quantities.duration(progress.elapsed))"]
        if progress.phase == .copy || progress.documents > 0 {
            lines.append(bar(progress))
            lines.append(
                "  \(Quantities.rate(progress.rateNow)) now, \(Quantities.rate(progress.rateMean)) mean, "
                    + "\(Quantities.bytes(progress.counts.bytes)) sent")
            var flight =
                "  \(Quantities.bytes(progress.bytesInFlight)) in flight, \(progress.requestsInFlight) of "
                + "\(progress.permits) permits, \(Quantities.count(progress.retries.total)) retries, "
                + "\(Quantities.count(progress.counts.rejected)) rejected"
            if let readers = progress.readers, readers > 1 { flight += ", \(readers) readers" }
            if let age = progress.snapshotAge { flight += ", snapshot \(Quantities.duration(age)) old" }
            lines.append(flight)
            if let limit = limit(progress) {
                lines.append("  limited by \(limit.rawValue)")
            }
        }
        if let held = held(progress) { lines.append("  " + held) }
        return lines.map { String($0.prefix(width - 1)) }
    }

    /// What people ask for is the limit otherwise.
    private func limit(_ progress: ProgressSnapshot) -> ProgressSnapshot.Limit? {
        progress.control == nil ? progress.limit : nil
    }

    private func secondsLeft(_ progress: ProgressSnapshot) -> Double? {
        progress.control?.pause == nil ? progress.secondsLeft : nil
    }

    /// Why nothing moves, or less than could.
    private func held(_ progress: ProgressSnapshot) -> String? {
        if let pause = progress.control?.pause {
            return [pause.text, progress.pause.map { "waiting: \($0)" }].compactMap { $0 }.joined(separator: "; ")
        }
        if let pause = progress.pause { return "waiting: \(pause)" }
        return progress.control?.throttle?.text ?? progress.throttle.map { "throttled: \($0)" }
    }

    private func bar(_ progress: ProgressSnapshot) -> String {
        guard let total = progress.totalDocuments, total > 0 else {
            return "  \(Quantities.count(progress.documents)) documents"
        }
        // The total is the planner's estimate: past it the bar stays full and says nothing of the end.
        let share = min(1, Double(progress.documents) / Double(total))
        let cells = 24
        let full = Int(share * Double(cells))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: cells - full)
        let left = secondsLeft(progress).map { ", about \(Quantities.duration($0)) left" } ?? ""
        return
            "  \(bar) \(Int(share * 100))%  \(Quantities.count(progress.documents)) of ~\(Quantities.count(total))\(left)"
    }

    /// One line, for logs.
    func line(_ progress: ProgressSnapshot) -> String {
        var parts = ["\(mapping): \(progress.phase?.rawValue ?? "plan")"]
        if progress.phase == .copy {
            let total = progress.totalDocuments.map { " of ~\(Quantities.count($0))" } ?? ""
            parts.append("\(Quantities.count(progress.documents))\(total) documents")
            parts.append(Quantities.rate(progress.rateNow))
            if let left = secondsLeft(progress) { parts.append("about \(Quantities.duration(left)) left") }
            if let limit = limit(progress) { parts.append("limited by \(limit.rawValue)") }
        }
        if progress.retries.total > 0 { parts.append("\(Quantities.count(progress.retries.total)) retries") }
        if progress.counts.rejected > 0 { parts.append("\(Quantities.count(progress.counts.rejected)) rejected") }
        if let held = held(progress) { parts.append(held) }
        return parts.joined(separator: ", ")
    }
}
