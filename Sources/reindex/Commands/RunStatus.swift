internal import MappingFiles
internal import ReindexCore

/// What the checkpoints say of one mapping's last run; as JSON see `docs/report.md`.
struct RunStatus: Encodable {
    let mapping: String
    let alias: String
    var run: String?
    var state = "none"
    var phase: String?
    var index: String?
    let serving: [String]
    var documents = 0
    var rejected = 0
    var totalDocuments: Int?
    var documentsPerSecond: Double?
    var limitedBy: String?
    /// What people ask of the run; nil where that is nothing, or it has ended.
    var control: RunControl?
    var holder: RunRecord.Holder?
    var startedAt: String?
    var updatedAt: String?
    var reason: String?
    /// A rollback that was begun and did not say that it ended: the next command does.
    var rollback: RollbackIntent?

    /// Of a mapping that was never run.
    init(mapping: String, alias: String, serving: [String] = []) {
        (self.mapping, self.alias, self.serving) = (mapping, alias, serving)
    }

    init(of mapping: Mapping, _ servers: Servers) async throws {
        let serving = try await servers.cluster.alias(mapping.alias).map(\.index)
        self.init(mapping: mapping.name, alias: mapping.alias, serving: serving)
        let (id, controlID) = (RunRecord.id(alias: mapping.alias), RunControl.id(alias: mapping.alias))
        let intentID = RollbackIntent.id(alias: mapping.alias)
        let found = try await servers.store.get([id, controlID, intentID])
        rollback = try? found[intentID]?.json.decode(RollbackIntent.self)
        guard let record = try found[id]?.read(RunRecord.self, id) else { return }
        let ids = record.slices.map { SliceRecord.id(run: record.run, slice: $0) }
        let slices = try await servers.store.get(ids).values.map { try $0.read(SliceRecord.self, "a slice") }
        let progress = slices.compactMap(\.progress).max { $0.documents < $1.documents }
        (run, state, phase) = (record.run, record.state.rawValue, record.phase.rawValue)
        index = record.index
        documents = slices.reduce(0) { $0 + $1.counts.acknowledged }
        rejected = slices.reduce(0) { $0 + $1.counts.rejected }
        // What was taken when it was sent again is not rejected any more: the record of them knows, once the copy has ended.
        if rejected > 0, record.phase > .copy || !record.isUnfinished {
            rejected = try await RejectionPages.load(run: record.run, from: servers.store).count
        }
        totalDocuments = progress?.totalDocuments
        documentsPerSecond = progress?.rateMean
        limitedBy = progress?.limit?.rawValue
        if record.isUnfinished, let asked = try? found[controlID]?.json.decode(RunControl.self),
            asked.run == record.run,
            !asked.isEmpty
        {
            control = asked
        }
        holder = record.holder
        startedAt = record.startedAt
        updatedAt = ([record.updatedAt] + slices.map(\.updatedAt)).max()
        reason = record.reason
    }

    /// A holder works on it, as far as the record says.
    var isActive: Bool { state == RunState.active.rawValue }

    var lines: [String] {
        var lines = ["\(mapping): \(headline)"]
        lines.append("  alias      \(alias): \(serving.isEmpty ? "no index" : serving.joined(separator: ", "))")
        if let rollback {
            let isDone = serving == [rollback.to]
            lines.append(
                "  rollback   from \(rollback.from) to \(rollback.to), begun at \(rollback.since), "
                    + (isDone ? "has moved the alias; the next command finishes it" : "has not moved the alias"))
        }
        guard let run, let index else { return lines }
        lines.append("  run        \(run), index \(index), begun \(startedAt ?? "")")
        let total = totalDocuments.map { " of ~\(Quantities.count($0))" } ?? ""
        lines.append(
            "  documents  \(Quantities.count(documents))\(total) checkpointed, \(Quantities.count(rejected)) rejected")
        if let rate = documentsPerSecond, rate > 0 {
            lines.append("  rate       \(Quantities.rate(rate))\(limitedBy.map { ", limited by \($0)" } ?? "")")
        }
        if let pause = control?.pause {
            lines.append("  asked      \(pause.text); it goes on with: reindex unpause \(mapping)")
        }
        if let throttle = control?.throttle { lines.append("  asked      \(throttle.text)") }
        if let holder {
            lines.append(
                "  holder     process \(holder.pid) on \(holder.host), since \(holder.since); last sign \(updatedAt ?? "")"
            )
        }
        if let reason { lines.append("  reason     \(reason)") }
        if state == RunState.interrupted.rawValue { lines.append("  go on with: reindex --resume \(mapping)") }
        return lines
    }

    /// All in one, for a log.
    var line: String {
        var parts = ["\(mapping): \(headline)"]
        if run != nil {
            let total = totalDocuments.map { " of ~\(Quantities.count($0))" } ?? ""
            parts.append("\(Quantities.count(documents))\(total) documents checkpointed")
            if rejected > 0 { parts.append("\(Quantities.count(rejected)) rejected") }
            if isActive, let rate = documentsPerSecond, rate > 0 { parts.append(Quantities.rate(rate)) }
        }
        parts += [control?.pause?.text, control?.throttle?.text, reason].compactMap { $0 }
        return parts.joined(separator: ", ")
    }

    private var headline: String {
        let paused = control?.pause == nil ? "" : ", paused"
        return switch state {
        case "none": "never run"
        case "active": "active, in \(phase ?? "?")\(paused)"
        case "interrupted": "interrupted in \(phase ?? "?")\(paused)"
        default: state
        }
    }
}
