internal import FoundationEssentials
internal import MappingFiles
internal import ReindexCore

/// `reindex plan NAME`: everything that would happen; touches nothing.
struct PlanCommand {
    let name: String
    let options: CommonOptions

    func run() async throws -> ExitCode {
        let mapping = try MappingFolder(path: options.mappings).mapping(named: name)
        do {
            let servers = try Servers(options)
            let plan = try await servers.plan(mapping)
            _ = try DocumentTemplate(description: plan.source, rules: mapping.document)
            let unfinished = try await unfinishedRun(of: mapping, servers)
            let forecast = await servers.forecast(plan)
            Terminal.out(options.json ? try json(plan, unfinished, forecast) : text(plan, unfinished, forecast))
            return .done
        } catch {
            throw Message.Carrier(message: ErrorText(mapping: mapping).message(error))
        }
    }

    private func unfinishedRun(of mapping: Mapping, _ servers: Servers) async throws -> RunRecord? {
        let id = RunRecord.id(alias: mapping.alias)
        let record = try await servers.store.get([id])[id]?.read(RunRecord.self, id)
        return record.flatMap { $0.isUnfinished && $0.indexUUID != nil ? $0 : nil }
    }

    // MARK: - Text

    private func text(_ plan: ReindexPlan, _ unfinished: RunRecord?, _ forecast: Forecast?) -> String {
        var lines: [String] = []
        lines += sourceLines(plan, forecast) + targetLines(plan, unfinished) + columnLines(plan)
        for warning in plan.warnings { lines.append("warning: \(warning)") }
        for note in plan.cluster.notes { lines.append("note: \(note)") }
        lines.append("nothing was created or changed; it is done by: reindex run \(name)")
        return lines.map { Message.printable($0) + "\n" }.joined()
    }

    private func sourceLines(_ plan: ReindexPlan, _ forecast: Forecast?) -> [String] {
        let source = plan.source
        let key = source.keyColumns.map { source.columns[$0].name }.joined(separator: ", ")
        let proof =
            switch source.keyProof {
            case .uniqueIndex(let index): "unique by the index \(index)"
            case .checkedWhileReading: "no nulls; doubled keys are noticed while reading"
            }
        return [
            "\(plan.mapping.name): from PostgreSQL \(source.server.version), database \(source.server.database)"
                + (source.server.isReplica ? ", a replica" : ""),
            "  key        \(key): \(proof)",
            "  order      \(orderText(plan))",
            "  catch up   by \(plan.catchUpChoice.method.name) (\(plan.catchUpChoice.reason))",
            "  documents  \(forecast.map { "about \(Quantities.count($0.documents)), \(Quantities.bytes($0.bytesSent)) to send" } ?? "unknown: the table was never analyzed")",
        ] + (forecast.map(forecastLines) ?? [])
    }

    private func forecastLines(_ forecast: Forecast) -> [String] {
        let index = forecast.indexBytes.map { ", an index of \(Quantities.bytes($0))" } ?? ""
        return [
            "  forecast   \(Quantities.duration(forecast.seconds)) of copying\(index) and its replicas",
            "             at most \(Quantities.count(forecast.connections, "connection")) to PostgreSQL, a snapshot of at most \(Quantities.duration(forecast.oldestSnapshotSeconds))",
            "             judged by \(forecast.basis)",
        ]
    }

    private func orderText(_ plan: ReindexPlan) -> String {
        let order = plan.order
        switch order.order {
        case .key:
            let how = plan.source.isOrderedByIndex ? "in the order of an index" : "sorted by PostgreSQL"
            return "by key, \(how) (\(order.reason))"
        case .physical: return "physical, block by block (\(order.reason))"
        }
    }

    private func targetLines(_ plan: ReindexPlan, _ unfinished: RunRecord?) -> [String] {
        let cluster = plan.cluster
        let mapping = plan.mapping
        var lines = [
            "into OpenSearch \(cluster.version), cluster \(cluster.name)\(cluster.isSandbox ? " (the sandbox, not for production)" : "")"
        ]
        if let unfinished {
            let differences = unfinished.fingerprint.differences(to: plan.fingerprint)
            if differences.isEmpty {
                lines.append(
                    "  goes on    with the unfinished run \(unfinished.run) at \(unfinished.phase.rawValue), index \(unfinished.index)"
                )
            } else {
                let names = differences.map(\.field).joined(separator: ", ")
                lines.append(
                    "  refused    the unfinished run \(unfinished.run) was begun from something else (\(names)): --fresh abandons it"
                )
            }
        } else {
            lines.append(
                "  creates    \(mapping.alias.lowercased())-<time>-<4 hex>, hidden until it serves, from \(mapping.body.path)"
            )
        }
        let serving = Set(plan.serving.map(\.index)).sorted()
        let aliases = ([mapping.alias] + mapping.also).joined(separator: ", ")
        lines.append(
            serving.isEmpty
                ? "  alias      \(aliases): is created"
                : "  alias      \(aliases): moves from \(serving.joined(separator: ", ")), which is kept")
        if let free = cluster.freeDiskBytes {
            let watermark = cluster.highWatermark.map { ", high watermark \(Int($0 * 100))%" } ?? ""
            lines.append("  disk       \(Quantities.bytes(free)) free on the fullest node\(watermark)")
        }
        lines.append(
            "  load       \(mapping.load.replicas.map { "\($0) replicas" } ?? "the body's replicas"), no refresh, translog on disk for each request; put back afterwards"
        )
        return lines
    }

    private func columnLines(_ plan: ReindexPlan) -> [String] {
        let rules = ColumnOutline(plan: plan).rows
        let widths = (0..<3).map { column in rules.map { $0[column].count }.max() ?? 0 }
        return ["columns:"]
            + rules.map { row in
                let cells = (0..<3).map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count) }
                return "  " + (cells + [row[3]]).joined(separator: "  ")
            }
    }

    // MARK: - JSON

    private struct Plan: Encodable {
        let mapping: String
        let alias: String
        let source: SourceDescription
        let cluster: ClusterDescription
        let templates: [TemplateEffect]
        let serving: [AliasPlacement]
        let fingerprint: Fingerprint
        let forecast: Forecast?
        let columns: [[String]]
        let catchUp: String
        let catchUpReason: String
        let order: String
        let orderReason: String
        let warnings: [String]
        let continuesRun: String?
        let differences: [Fingerprint.Difference]
    }

    private func json(_ plan: ReindexPlan, _ unfinished: RunRecord?, _ forecast: Forecast?) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let value = Plan(
            mapping: plan.mapping.name, alias: plan.mapping.alias, source: plan.source, cluster: plan.cluster,
            templates: plan.templates, serving: plan.serving, fingerprint: plan.fingerprint,
            forecast: forecast,
            columns: ColumnOutline(plan: plan).rows, catchUp: plan.catchUpChoice.method.name,
            catchUpReason: plan.catchUpChoice.reason, order: plan.order.order.rawValue, orderReason: plan.order.reason,
            warnings: plan.warnings, continuesRun: unfinished?.run,
            differences: unfinished?.fingerprint.differences(to: plan.fingerprint) ?? [])
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
