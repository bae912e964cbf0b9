internal import FoundationEssentials
internal import MappingFiles
internal import ReindexCore

/// `reindex verify NAME`: the index compared with what the query yields now; `--repair` puts right what differs.
struct VerifyCommand {
    let request: VerifyRequest
    private let stop = StopRequest()

    init(request: VerifyRequest) { self.request = request }

    func run() async -> ExitCode {
        Signals.watch(stop: stop, grace: request.run.grace)
        let timer = Task { [stop, limit = request.run.timeLimit] in
            guard let limit, (try? await Task.sleep(for: limit)) != nil else { return }
            stop.request(.timeLimit)
        }
        defer { timer.cancel() }
        var mapping: Mapping?
        do {
            let found = try MappingFolder(path: request.run.common.mappings).mapping(named: request.name)
            mapping = found
            return try await verify(found, Servers(request.run.common))
        } catch {
            let message = ErrorText(mapping: mapping).message(error)
            Terminal.error(message.text)
            return message.exit
        }
    }

    private func verify(_ asked: Mapping, _ servers: Servers) async throws -> ExitCode {
        if request.repairs { try servers.lock() }
        let now = try await servers.plan(asked)
        let kept = try await keptIndex(asked, servers)
        // What is repaired is compared by the same mapping.
        let own = request.repairs ? try await ownMapping(now, kept, servers) : nil
        let mapping = own ?? asked
        let plan = if let own { try await servers.plan(own) } else { now }
        if request.repairs, let kept { try await reindex(mapping, plan, nil, servers).takeKept(kept) }
        let found = try await compare(mapping, plan, servers)
        guard !found.isEqual, request.repairs else { return found.isEqual ? .done : .notPromoted }
        let exit =
            if let kept { try await repair(kept, by: reindex(mapping, plan, found.scope, servers)) } else {
                await RunCommand(request: request.run, stop: stop, isOwnMapping: true, scope: found.wanted)
                    .run(mapping, servers).0
            }
        guard exit == .done, found.isCut, kept != nil || found.wanted != nil else { return exit }
        Terminal.error("note: more differed than can be remembered at once: do it again for the rest\n")
        return .notPromoted
    }

    /// `--index` of one that the alias is not on.
    private func keptIndex(_ mapping: Mapping, _ servers: Servers) async throws -> String? {
        guard let index = request.index else { return nil }
        return try await servers.cluster.alias(mapping.alias).contains { $0.index == index } ? nil : index
    }

    /// - Returns: nil where it is the mapping of now.
    /// - Throws: ``LiveRefusal/builtOtherwise(_:fields:)``.
    private func ownMapping(_ plan: ReindexPlan, _ kept: String?, _ servers: Servers) async throws -> Mapping? {
        let live = LiveMapping(servers: servers)
        guard let kept else { return try await live.own(plan) }
        guard let index = try await servers.cluster.index(kept) else { throw Reopening.Refusal.noIndex(kept) }
        if case .same = try await live.built(index, plan) { return nil }
        guard var built = IndexPlan.mapping(of: index) else { throw LiveRefusal.keepsNoMapping(kept) }
        built.marks = plan.mapping.marks
        return built
    }

    private func reindex(
        _ mapping: Mapping, _ plan: ReindexPlan, _ scope: RepairScope?, _ servers: Servers
    ) throws -> Reindex {
        var options = RunOptions.ofThisProcess
        options.patience = request.run.patience
        options.scope = scope
        return Reindex(
            plan: plan, options: options,
            encoder: try DocumentTemplate(description: plan.source, rules: mapping.document),
            makeReader: { servers.reader(of: mapping, plan.source) }, target: servers.cluster, sink: servers.sink,
            store: servers.store, otherStores: servers.otherStores, progress: Progress(clocks: .system),
            clocks: .system,
            stop: stop)
    }

    private func repair(_ index: String, by reindex: Reindex) async throws -> ExitCode {
        let repaired = try await reindex.repairKept(index)
        let lines = VerifyOutput.lines(of: repaired)
        if !request.run.common.json, !request.run.common.quiet || !repaired.refused.isEmpty {
            Terminal.out(lines.map { Message.printable($0) + "\n" }.joined())
        }
        return repaired.isEqual && repaired.refused.isEmpty ? .done : .notPromoted
    }

    private struct Compared {
        let isEqual: Bool
        /// More differed than was remembered.
        let isCut: Bool
        let scope: RepairScope

        /// Of the whole index that serves everything is put right where there is too much of it to name.
        var wanted: RepairScope? { isCut && scope.rows == .whole ? nil : scope }
    }

    private func compare(
        _ mapping: Mapping, _ plan: ReindexPlan, _ servers: Servers
    ) async throws -> Compared {
        let index = try await index(mapping, servers)
        let otherMapping = try await otherMapping(index, plan, servers)
        let encoder = try DocumentTemplate(description: plan.source, rules: mapping.document)
        let notComparable = plan.whyContentDiffers
        let comparesContent = request.comparesContent && notComparable == nil
        let progress = Progress(clocks: .system)
        let began = ContinuousClock.now
        let verification = Verification(
            plan: plan, index: index, comparesContent: comparesContent,
            rejections: try await rejections(of: index, servers),
            encoder: encoder, makeReader: { servers.reader(of: mapping, plan.source) }, target: servers.cluster,
            patience: request.run.patience, clocks: .system, stop: stop, progress: progress)
        let result: Verification.Result
        var rows = RowSelection.whole
        if let keys = request.keys {
            let (first, last) = try values(keys, columnCount: plan.source.keyColumns.count)
            rows = .between(first, last)
            result = try await verification.run(from: first, through: last)
        } else {
            result = try await verification.run()
        }
        // What was refused is in nobody's search: more of it than is allowed is a difference.
        let isEqual = result.isEqual && result.rejected <= mapping.maxRejected
        let output = VerifyOutput(
            request: request, mapping: mapping.name, index: index, comparedContent: comparesContent,
            notComparable: request.comparesContent ? notComparable : nil, builtOtherwise: otherMapping,
            seconds: (ContinuousClock.now - began).seconds, result)
        if request.run.common.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Terminal.out(String(decoding: try encoder.encode(output), as: UTF8.self) + "\n")
        } else if !request.run.common.quiet || !isEqual {
            Terminal.out(
                output.lines(request, result, isEqual: isEqual).map { Message.printable($0) + "\n" }.joined())
        }
        return Compared(
            isEqual: isEqual, isCut: result.isCut,
            scope: RepairScope(documents: result.found, rows: rows, comparesContent: comparesContent))
    }

    private func values(_ keys: KeyInterval, columnCount count: Int) throws(UsageError) -> ([String], [String]) {
        guard let (first, last) = keys.values(columnCount: count) else {
            throw UsageError(
                .badValue(
                    option: "--keys", value: "\(keys.first)..\(keys.last)",
                    expected: "\(count) values at each end, one a column of the key"), command: .verify)
        }
        return (first, last)
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
}
