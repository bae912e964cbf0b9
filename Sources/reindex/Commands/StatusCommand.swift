internal import FoundationEssentials
internal import MappingFiles
internal import ReindexCore

/// `reindex status [NAME]`: what the checkpoints say, from any machine.
struct StatusCommand {
    let name: String?
    let options: CommonOptions

    /// `status --json`: one object a mapping (`docs/report.md`).
    private struct Status: Encodable {
        let mapping: String
        let alias: String
        let run: String?
        let state: String
        let phase: String?
        let index: String?
        let serving: [String]
        let documents: Int
        let rejected: Int
        let totalDocuments: Int?
        let documentsPerSecond: Double?
        let limitedBy: String?
        let holder: RunRecord.Holder?
        let startedAt: String?
        let updatedAt: String?
        let reason: String?
    }

    func run() async throws -> ExitCode {
        let folder = MappingFolder(path: options.mappings)
        let mappings = try name.map { [try folder.mapping(named: $0)] } ?? folder.all()
        let servers = try Servers(options)
        var all: [Status] = []
        for mapping in mappings {
            do {
                all.append(try await status(of: mapping, servers))
            } catch {
                throw Message.Carrier(message: ErrorText(mapping: mapping).message(error))
            }
        }
        Terminal.out(options.json ? try json(all) : all.map(text).joined())
        return .done
    }

    private func status(of mapping: Mapping, _ servers: Servers) async throws -> Status {
        let serving = try await servers.cluster.alias(mapping.alias).map(\.index)
        let id = RunRecord.id(alias: mapping.alias)
        guard let record = try await servers.store.get([id])[id]?.read(RunRecord.self, id) else {
            return Status(
                mapping: mapping.name, alias: mapping.alias, run: nil, state: "none", phase: nil, index: nil,
                serving: serving, documents: 0, rejected: 0, totalDocuments: nil, documentsPerSecond: nil,
                limitedBy: nil, holder: nil, startedAt: nil, updatedAt: nil, reason: nil)
        }
        let ids = record.slices.map { SliceRecord.id(run: record.run, slice: $0) }
        let slices = try await servers.store.get(ids).values.map { try $0.read(SliceRecord.self, "a slice") }
        let progress = slices.compactMap(\.progress).max { $0.documents < $1.documents }
        return Status(
            mapping: mapping.name, alias: mapping.alias, run: record.run, state: record.state.rawValue,
            phase: record.phase.rawValue, index: record.index, serving: serving,
            documents: slices.reduce(0) { $0 + $1.counts.acknowledged },
            rejected: slices.reduce(0) { $0 + $1.counts.rejected }, totalDocuments: progress?.totalDocuments,
            documentsPerSecond: progress?.rateMean, limitedBy: progress?.limit?.rawValue, holder: record.holder,
            startedAt: record.startedAt, updatedAt: ([record.updatedAt] + slices.map(\.updatedAt)).max(),
            reason: record.reason)
    }

    private func text(_ status: Status) -> String {
        var lines = ["\(status.mapping): \(headline(status))"]
        let serving = status.serving.isEmpty ? "no index" : status.serving.joined(separator: ", ")
        lines.append("  alias      \(status.alias): \(serving)")
        if let run = status.run, let index = status.index {
            lines.append("  run        \(run), index \(index), begun \(status.startedAt ?? "")")
            let total = status.totalDocuments.map { " of ~\(Quantities.count($0))" } ?? ""
            lines.append(
                "  documents  \(Quantities.count(status.documents))\(total) checkpointed, \(Quantities.count(status.rejected)) rejected"
            )
            if let rate = status.documentsPerSecond, rate > 0 {
                lines.append(
                    "  rate       \(Quantities.rate(rate))\(status.limitedBy.map { ", limited by \($0)" } ?? "")")
            }
            if let holder = status.holder {
                lines.append(
                    "  holder     process \(holder.pid) on \(holder.host), since \(holder.since); last sign \(status.updatedAt ?? "")"
                )
            }
            if let reason = status.reason { lines.append("  reason     \(reason)") }
            if status.state == "interrupted" { lines.append("  go on with: reindex --resume \(status.mapping)") }
        }
        return lines.map { Message.printable($0) + "\n" }.joined()
    }

    private func headline(_ status: Status) -> String {
        switch status.state {
        case "none": "never run"
        case "active": "active, in \(status.phase ?? "?")"
        case "interrupted": "interrupted in \(status.phase ?? "?")"
        default: status.state
        }
    }

    private func json(_ all: [Status]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = name != nil && all.count == 1 ? try encoder.encode(all[0]) : try encoder.encode(all)
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}
