internal import MappingFiles
internal import ReindexCore

/// `reindex prune NAME`: drops indices past `retain` that no alias points at and that reindex made.
struct PruneCommand {
    let request: PruneRequest

    func run() async throws -> ExitCode {
        let mapping = try MappingFolder(path: request.common.mappings).mapping(named: request.name)
        do {
            let servers = try Servers(request.common)
            let retention = Retention(
                target: servers.cluster, store: servers.store, alias: mapping.alias, rules: mapping.retain,
                clocks: .system)
            if !request.isDryRun { try await servers.settleRollback(of: mapping, Progress(clocks: .system)) }
            let verdict = try await retention.verdict()
            var lines = verdict.stays.map { "  stays      \($0.index): \($0.reason)" }
            var count = verdict.goes.count
            if request.isDryRun {
                lines += verdict.goes.map { "  would go   \($0.index): \($0.reason)" }
            } else {
                var told: String?
                let gone = try await retention.prune(verdict, patience: .seconds(600)) { reason in
                    if let reason, reason != told, !request.common.quiet {
                        Terminal.error(Message.printable("\(mapping.name): \(reason); waiting for its end") + "\n")
                    }
                    told = reason
                }
                count = gone.count
                lines += gone.map { "  dropped    \($0)" }
            }
            let what = Quantities.count(count) + (count == 1 ? " index" : " indices")
            let headline =
                count == 0 ? "nothing is past its retention" : "\(what) \(request.isDryRun ? "would be " : "")dropped"
            if !request.common.quiet {
                Terminal.out((["\(mapping.name): \(headline)"] + lines).map { Message.printable($0) + "\n" }.joined())
            }
            return .done
        } catch {
            throw Message.Carrier(message: ErrorText(mapping: mapping).message(error))
        }
    }
}
