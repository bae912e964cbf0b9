internal import FoundationEssentials
internal import MappingFiles
internal import ReindexCore

/// `reindex verify NAME`: the index compared with what the query yields now; `--repair` puts right what differs.
struct VerifyCommand {
    let request: VerifyRequest
    private let stop = StopRequest()

    init(request: VerifyRequest) { self.request = request }

    /// `verify --json` (`docs/report.md`).
    private struct Output: Encodable {
        let mapping: String
        let index: String
        let comparedContent: Bool
        let notComparable: String?
        /// The fields in which the mapping of now differs from the one that the index was built with.
        let builtOtherwise: [String]?
        let rows: Int
        let documents: Int
        let missing: Int
        let superfluous: Int
        let different: Int
        let rejected: Int
        let changing: Int
        let unencodable: Int
        let differences: [Verification.Difference]
        let seconds: Double
    }

    func run() async -> ExitCode {
        Signals.watch(stop: stop, grace: request.run.grace)
        var mapping: Mapping?
        do {
            let found = try MappingFolder(path: request.run.common.mappings).mapping(named: request.name)
            mapping = found
            let servers = try Servers(request.run.common)
            let plan = try await servers.plan(found)
            // What is repaired is compared by the same mapping.
            let own = request.repairs && request.index == nil ? try await LiveMapping(servers: servers).own(plan) : nil
            let isEqual =
                if let own { try await verify(own, servers.plan(own), servers) } else {
                    try await verify(found, plan, servers)
                }
            guard !isEqual, request.repairs, request.index == nil else { return isEqual ? .done : .notPromoted }
            return await RunCommand(request: request.run, stop: stop, isOwnMapping: true).run(own ?? found, servers).0
        } catch {
            let message = ErrorText(mapping: mapping).message(error)
            Terminal.error(message.text)
            return message.exit
        }
    }

    private func verify(_ mapping: Mapping, _ plan: ReindexPlan, _ servers: Servers) async throws -> Bool {
        let index = try await index(mapping, servers)
        let otherMapping = try await otherMapping(index, plan, servers)
        let encoder = try DocumentTemplate(description: plan.source, rules: mapping.document)
        let notComparable = plan.whyContentDiffers
        let progress = Progress(clocks: .system)
        let began = ContinuousClock.now
        let verification = Verification(
            plan: plan, index: index, comparesContent: request.comparesContent && notComparable == nil,
            rejections: try await rejections(of: index, servers),
            encoder: encoder, makeReader: { servers.reader(of: mapping, plan.source) }, target: servers.cluster,
            patience: request.run.patience, clocks: .system, stop: stop, progress: progress)
        let result: Verification.Result
        if let keys = request.keys {
            let count = plan.source.keyColumns.count
            guard let (first, last) = keys.values(columnCount: count) else {
                throw UsageError(
                    .badValue(
                        option: "--keys", value: "\(keys.first)..\(keys.last)",
                        expected: "\(count) values at each end, one a column of the key"), command: .verify)
            }
            result = try await verification.run(from: first, through: last)
        } else {
            result = try await verification.run()
        }
        // What was refused is in nobody's search: more of it than is allowed is a difference.
        let isEqual = result.isEqual && result.rejected <= mapping.maxRejected
        let output = Output(
            mapping: mapping.name, index: index,
            comparedContent: request.comparesContent && notComparable == nil,
            notComparable: request.comparesContent ? notComparable : nil, builtOtherwise: otherMapping,
            rows: result.rows,
            documents: result.documents, missing: result.counts[.missing] ?? 0,
            superfluous: result.counts[.superfluous] ?? 0, different: result.counts[.different] ?? 0,
            rejected: result.rejected, changing: result.changing, unencodable: result.unencodable,
            differences: result.differences,
            seconds: (ContinuousClock.now - began).seconds)
        if request.run.common.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Terminal.out(String(decoding: try encoder.encode(output), as: UTF8.self) + "\n")
        } else if !request.run.common.quiet || !isEqual {
            Terminal.out(text(output, result, isEqual: isEqual))
        }
        return isEqual
    }

    private func index(_ mapping: Mapping, _ servers: Servers) async throws -> String {
        if let index = request.index { return index }
        let serving = Set(try await servers.cluster.alias(mapping.alias).map(\.index)).sorted()
        guard let index = serving.first, serving.count == 1 else { throw Rollback.Refusal.noSingleIndex(serving) }
        return index
    }

    /// Of the run that built the index.
    private func rejections(of index: String, _ servers: Servers) async throws -> [Rejection] {
        let found = try await servers.cluster.index(index)
        guard let run = found?.mappings[path: ["_meta", "reindex", "run"]]?.string else { return [] }
        return try await RejectionPages.load(run: run, from: servers.store).all
    }

    private func otherMapping(_ index: String, _ plan: ReindexPlan, _ servers: Servers) async throws -> [String]? {
        guard !request.repairs, let found = try await servers.cluster.index(index) else { return nil }
        return switch try await LiveMapping(servers: servers).built(found, plan) {
        case .same: nil
        case .own(_, let fields), .other(let fields): fields
        }
    }

    private func text(_ output: Output, _ result: Verification.Result, isEqual: Bool) -> String {
        let what = output.comparedContent ? "keys and documents" : "keys"
        let verdict = isEqual ? "equals" : "does NOT equal"
        var lines = [
            "\(output.mapping): \(output.index) \(verdict) what the query yields (\(what), \(Quantities.count(output.rows, "row")), \(Quantities.duration(output.seconds)))"
        ]
        if let keys = request.keys {
            lines.append(
                "  rows from \(keys.first) through \(keys.last) alone; documents without a row are found without --keys"
            )
        }
        if let fields = output.builtOtherwise {
            lines.append(
                "  by another mapping than the index was built with; changed since: \(fields.joined(separator: ", "))")
        }
        if let why = output.notComparable { lines.append("  not comparable: the documents, for \(why)") }
        if !result.isEqual {
            lines.append(
                "  missing \(Quantities.count(output.missing)), superfluous \(Quantities.count(output.superfluous)), different \(Quantities.count(output.different))"
            )
            for difference in result.differences.prefix(20) { lines.append("  " + line(difference)) }
            let count = output.missing + output.superfluous + output.different
            if count > 20 { lines.append("  and \(Quantities.count(count - 20)) more: --json lists the first 100") }
            if !request.repairs { lines.append("  put right by: reindex verify \(output.mapping) --content --repair") }
        }
        if output.rejected > 0 {
            lines.append(
                "  \(Quantities.count(output.rejected, "document")) not in it, for OpenSearch refused them\(isEqual ? ", as max_rejected allows" : ""); all of them: reindex rejected \(output.mapping)"
            )
        }
        if output.changing > 0 {
            lines.append("  \(Quantities.count(output.changing)) changed while they were compared: not counted")
        }
        if output.unencodable > 0 {
            lines.append(
                "  \(Quantities.count(output.unencodable, "row")) that no document can be made of: not counted")
        }
        return lines.map { Message.printable($0) + "\n" }.joined()
    }

    private func line(_ difference: Verification.Difference) -> String {
        var text = "\(difference.kind.rawValue)  \(difference.id)"
        if let routing = difference.routing { text += " (routing \(routing))" }
        if !difference.fields.isEmpty { text += ": \(difference.fields.prefix(8).joined(separator: ", "))" }
        return text
    }
}
