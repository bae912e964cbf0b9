internal import MappingFiles
internal import ReindexCore

/// `reindex rejected NAME --retry`: the rows of what was refused are read again by the mapping's query, and sent again.
struct RetryCommand {
    let request: RejectedRequest
    private let stop = StopRequest()

    init(request: RejectedRequest) { self.request = request }

    func run() async -> ExitCode {
        Signals.watch(stop: stop, grace: RunRequest().grace)
        var mapping: Mapping?
        do {
            let found = try MappingFolder(path: request.common.mappings).mapping(named: request.name)
            mapping = found
            let servers = try Servers(request.common)
            try servers.lock()
            guard let retried = try await retry(found, servers) else {
                Terminal.out("\(found.name): never run\n")
                return .done
            }
            if request.common.json {
                Terminal.out(String(decoding: json(retried).bytes, as: UTF8.self) + "\n")
            } else if !request.common.quiet {
                Terminal.out(text(retried).map { Message.printable($0) + "\n" }.joined())
            }
            return retried.refused.isEmpty ? .done : .notPromoted
        } catch {
            let message = ErrorText(mapping: mapping).message(error)
            Terminal.error(message.text)
            return message.exit
        }
    }

    private func retry(_ mapping: Mapping, _ servers: Servers) async throws -> Reindex.Retried? {
        let plan = try await servers.plan(mapping)
        let progress = Progress(clocks: .system)
        try await servers.settleRollback(of: mapping, progress)
        var options = RunOptions.ofThisProcess
        options.lease = RunRequest().lease
        options.patience = RunRequest().patience
        return try await Reindex(
            plan: plan, options: options,
            encoder: try DocumentTemplate(description: plan.source, rules: mapping.document),
            makeReader: { servers.reader(of: mapping, plan.source) }, target: servers.cluster, sink: servers.sink,
            store: servers.store, otherStores: servers.otherStores, progress: progress, clocks: .system, stop: stop
        ).retryRejected()
    }

    private func text(_ retried: Reindex.Retried) -> [String] {
        guard retried.recorded > 0 else { return ["\(request.name): nothing was rejected in run \(retried.run)"] }
        var headline =
            "\(request.name): \(Quantities.count(retried.taken, "document")) \(retried.taken == 1 ? "is" : "are") taken now, "
            + "\(Quantities.count(retried.refused.count)) refused again"
        if retried.gone > 0 {
            headline +=
                "; \(Quantities.count(retried.gone, "row")) of before \(retried.gone == 1 ? "is" : "are") no more"
        }
        var lines = [headline]
        if !retried.refused.isEmpty { lines.append("  all of them: reindex rejected \(request.name)") }
        if retried.state == .interrupted {
            lines.append("  the run goes on with: reindex --resume \(request.name)")
        }
        return lines
    }

    private func json(_ retried: Reindex.Retried) -> JSONValue {
        [
            "mapping": .string(request.name), "run": .string(retried.run), "index": .string(retried.index),
            "recorded": .integer(Int64(retried.recorded)), "taken": .integer(Int64(retried.taken)),
            "refused": .integer(Int64(retried.refused.count)), "gone": .integer(Int64(retried.gone)),
            "state": .string(retried.state.rawValue),
        ]
    }
}

extension RunOptions {
    /// Who this process is, for a holder.
    static var ofThisProcess: RunOptions {
        var options = RunOptions(
            host: Environment.hostName, processID: Environment.processID, tool: Version.current)
        options.boot = KernelProcess.boot
        options.processBegan = KernelProcess.beginning(of: Environment.processID)
        options.isGone = KernelProcess.isGone
        return options
    }
}
