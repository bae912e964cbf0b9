internal import MappingFiles
internal import ReindexCore

/// `reindex rollback NAME`: the alias first, then the old index brought up to date by the mapping it was built with.
struct RollbackCommand {
    let request: RollbackRequest
    private let stop = StopRequest()

    init(request: RollbackRequest) { self.request = request }

    func run() async -> ExitCode {
        Signals.watch(stop: stop, grace: request.run.grace)
        var mapping: Mapping?
        do {
            let found = try MappingFolder(path: request.run.common.mappings).mapping(named: request.name)
            mapping = found
            let servers = try Servers(request.run.common)
            let outcome = try await Rollback(
                target: servers.cluster, store: servers.store, mapping: found, progress: Progress(clocks: .system),
                clocks: .system
            ).run(to: request.to)
            if !request.run.common.quiet { Terminal.out(text(outcome, found)) }
            guard request.catchesUp, outcome.isOurs else { return .done }
            guard var before = IndexPlan.mapping(of: outcome.index) else {
                Terminal.error("note: \(outcome.index.name) keeps no mapping: it stays as old as it is\n")
                return .done
            }
            before.marks = found.marks
            return await RunCommand(request: request.run, stop: stop, isOwnMapping: true).run(before, servers).0
        } catch {
            let message = ErrorText(mapping: mapping).message(error)
            Terminal.error(message.text)
            return message.exit
        }
    }

    private func text(_ outcome: Rollback.Outcome, _ mapping: Mapping) -> String {
        let index = outcome.index.name
        var lines = [
            "\(mapping.name): rolled back: \(mapping.alias) points at \(index) again, and not at \(outcome.left) (\(Quantities.duration(outcome.seconds)))"
        ]
        if let until = outcome.servedUntil { lines.append("  stale      what changed since \(until) is not in it yet") }
        if !outcome.isOurs { lines.append("  note       reindex did not make \(index): it is left as it is") }
        return lines.map { Message.printable($0) + "\n" }.joined()
    }
}
