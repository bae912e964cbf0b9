internal import FoundationEssentials
internal import ReindexCore

/// What happened, for people and as JSON (`docs/report.md`).
struct Report: Encodable, Sendable {
    var format = 1
    var mapping: String
    var alias: String
    /// `promoted`, `held`, `nothing-to-do`, or `failed`.
    var outcome: String
    var exit: Int32
    var message: String?
    var run: String?
    var index: String?
    var previousIndices: [String] = []
    var isContinued = false
    /// An index that serves was brought up to date, and none promoted.
    var catchesUp = false
    /// `verify --repair`: documents that were looked at; absent: all.
    var lookedAt: Int?
    var documentsInIndex: Int?
    /// Rounds after the copy, and what they wrote and deleted.
    var caughtUp = RunEnding.Facts.CaughtUp()
    /// Canary searches, new against old; nil without a gate.
    var gate: Gate.Result?
    var watch: Watch.Result?
    var snapshots: [RunRecord.SnapshotRecord] = []
    /// What `plan` would have said, and what it came to.
    var forecast: Forecast?
    var actual: Forecast?
    var cpuSeconds: Double
    var peakMemoryBytes: Int
    var progress: ProgressSnapshot
    var limitedBy: String?
    var tool = Version.current

    init(_ mapping: Mapping, _ ending: RunEnding, _ progress: ProgressSnapshot, exit: ExitCode) {
        self.init(mapping, progress, outcome: "nothing-to-do", exit: exit)
        switch ending {
        case .nothingToResume(let reason): message = reason
        case .done(let facts):
            take(facts)
            outcome = facts.record.state.rawValue
        }
    }

    init(_ mapping: Mapping, failure: Message, _ facts: RunEnding.Facts?, _ progress: ProgressSnapshot) {
        self.init(mapping, progress, outcome: "failed", exit: failure.exit)
        message = failure.summary
        if let facts { take(facts) }
    }

    private init(_ mapping: Mapping, _ progress: ProgressSnapshot, outcome: String, exit: ExitCode) {
        self.mapping = mapping.name
        self.alias = mapping.alias
        self.outcome = outcome
        self.exit = exit.rawValue
        self.progress = progress
        limitedBy = progress.limit?.rawValue
        let used = ProcessUse.current
        cpuSeconds = used.cpuSeconds
        peakMemoryBytes = used.peakMemoryBytes
    }

    private mutating func take(_ facts: RunEnding.Facts) {
        run = facts.record.run
        index = facts.record.index
        previousIndices = facts.previousIndices
        isContinued = facts.isContinued
        catchesUp = facts.record.catchesUp == true
        lookedAt = facts.lookedAt
        documentsInIndex = facts.documentsInIndex
        caughtUp = facts.caughtUp
        gate = facts.gate ?? facts.record.gate
        watch = facts.watch
        snapshots = facts.record.snapshots
        guard progress.counts.acknowledged > 0 else { return }
        actual = Forecast(
            documents: progress.counts.acknowledged, bytesSent: progress.counts.bytes, indexBytes: facts.indexBytes,
            seconds: progress.phaseSeconds[Phase.copy.rawValue] ?? 0, connections: progress.mostReaders ?? 1,
            oldestSnapshotSeconds: progress.longestSnapshot ?? 0, basis: "measured")
    }
}

extension Report {
    /// A screen at most.
    var text: String {
        guard let index else {
            return "\(mapping): nothing to resume\(message.map { " (\($0))" } ?? "")\n"
        }
        let held = Quantities.count(documentsInIndex ?? 0, "document")
        var lines: [String] = []
        if outcome == "promoted", let lookedAt {
            lines.append(
                "\(mapping): \(index), which serves \(alias), was put right in the \(Quantities.count(lookedAt, "document")) that differed; it holds \(held)"
            )
        } else if outcome == "promoted", catchesUp {
            lines.append("\(mapping): \(index), which serves \(alias), was brought up to date; it holds \(held)")
        } else if outcome == "promoted" {
            lines.append("\(mapping): \(held) \(documentsInIndex == 1 ? "is" : "are") live behind the alias \(alias)")
        } else {
            lines.append("\(mapping): \(held) in \(index); not promoted, as asked")
        }
        lines.append(
            row(
                "index",
                index + (previousIndices.isEmpty ? "" : " (before: \(previousIndices.joined(separator: ", ")))")))
        lines.append(row("documents", documentsText))
        lines.append(row("time", timeText))
        if progress.counts.acknowledged > 0 {
            var rate =
                "\(Quantities.count(Int(progress.rateMean))) documents/s in the copy, \(Quantities.bytes(progress.counts.bytes)) sent"
            if let limitedBy { rate += ", limited by \(limitedBy)" }
            lines.append(row("rate", rate))
            lines.append(
                row(
                    "settings",
                    "\(progress.permits) in flight, bodies of \(Quantities.bytes(progress.bodyByteCount))\(progress.isCompressed ? ", compressed" : ""), FETCH \(Quantities.count(progress.fetchRowCount))"
                ))
        }
        lines.append(
            row(
                "process",
                "\(Quantities.duration(cpuSeconds)) of CPU, \(Quantities.bytes(peakMemoryBytes)) of memory at most"))
        if let gate { lines += GateTable.lines(gate).map { row("gate", $0) } }
        if let watch {
            let p95 = watch.worstP95.map { ", p95 \(Int($0)) ms at worst" } ?? ""
            lines.append(
                row(
                    "watch",
                    "\(Quantities.count(watch.samples)) searches, \(Quantities.count(watch.errors)) failed\(p95)"))
        }
        if let seconds = progress.throttledSeconds, seconds > 0 {
            lines.append(row("throttled", "for \(Quantities.duration(seconds)), as the mapping's guard asks"))
        }
        if let seconds = progress.pausedSeconds {
            lines.append(row("paused", "for \(Quantities.duration(seconds)), as reindex pause asked"))
        }
        if let seconds = progress.pacedSeconds {
            lines.append(row("throttled", "for \(Quantities.duration(seconds)), as reindex throttle asked"))
        }
        if progress.retries.total > 0 { lines.append(row("retries", retriesText)) }
        if isContinued { lines.append(row("resumed", "an unfinished run was gone on with")) }
        if caughtUp.rounds > 0 { lines.append(row(lookedAt == nil ? "caught up" : "put right", caughtUpText)) }
        // Of a repair nothing is known but what it looked at.
        if let last = snapshots.last, lookedAt == nil {
            lines.append(
                row(
                    "snapshot",
                    caughtUp.rounds > 0
                        ? "the index equals the query's result of \(last.at), \(Quantities.count(snapshots.count, "snapshot")) in all"
                        : "\(Quantities.count(snapshots.count, "snapshot")), the last of \(last.at); what changed since is not in the index"
                ))
        }
        for note in progress.notes { lines.append(row("note", note)) }
        return lines.map { Message.printable($0) + "\n" }.joined()
    }

    private func row(_ name: String, _ value: String) -> String {
        "  " + name + String(repeating: " ", count: max(1, 11 - name.count)) + value
    }

    private var documentsText: String {
        let counts = progress.counts
        let indexed = counts.acknowledged - counts.rejected - counts.superseded
        var parts = ["\(Quantities.count(indexed)) indexed", "\(Quantities.count(counts.rejected)) rejected"]
        if counts.superseded > 0 {
            parts.append("\(Quantities.count(counts.superseded)) superseded by a later reading")
        }
        if counts.replacedValues > 0 { parts.append("\(Quantities.count(counts.replacedValues)) values became null") }
        return parts.joined(separator: ", ")
    }

    private var caughtUpText: String {
        var text = Quantities.count(caughtUp.rounds, "round")
        text += ": \(Quantities.count(caughtUp.written)) written again, \(Quantities.count(caughtUp.deleted)) deleted"
        if caughtUp.conflicts > 0 { text += ", \(Quantities.count(caughtUp.conflicts)) left to another writer" }
        return text
    }

    private var timeText: String {
        let phases = Phase.allCases.compactMap { phase in
            progress.phaseSeconds[phase.rawValue].map { "\(phase.rawValue) \(Quantities.duration($0))" }
        }
        return "\(Quantities.duration(progress.elapsed)): \(phases.joined(separator: ", "))"
    }

    private var retriesText: String {
        let retries = progress.retries
        let parts = [
            ("429", retries.throttledRequests), ("429 of items", retries.throttledItems), ("5xx", retries.serverErrors),
            ("transport", retries.transportErrors), ("malformed answers", retries.malformedResponses),
            ("413", retries.tooLarge),
        ].filter { $0.1 > 0 }
        return parts.map { "\(Quantities.count($0.1)) × \($0.0)" }.joined(separator: ", ")
    }
}

/// The report's JSON, on standard output or in a file.
enum ReportFile {
    static func text(_ reports: [Report]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = reports.count == 1 ? try? encoder.encode(reports[0]) : try? encoder.encode(reports)
        return data.map { String(decoding: $0, as: UTF8.self) + "\n" } ?? "null\n"
    }

    /// As a page for people where the name ends in `.html`, otherwise as JSON.
    /// - Returns: false where it could not be written, which was told.
    static func write(_ runs: [ReportPage.Run], to path: String) -> Bool {
        do {
            let isPage = path.lowercased().hasSuffix(".html")
            try PrivateFile.save(isPage ? ReportPage(runs: runs).html : text(runs.map(\.report)), to: path)
            return true
        } catch {
            Terminal.error(Message(.unexpected, "the report cannot be written to \(path)", "\(error)").text)
            return false
        }
    }
}
