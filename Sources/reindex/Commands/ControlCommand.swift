internal import MappingFiles
internal import ReindexCore

/// `reindex pause`, `unpause` and `throttle NAME`: what is asked of a run that is under way, from any machine.
struct ControlCommand {
    let name: String
    let wish: RunControl.Wish
    let options: CommonOptions

    func run() async throws -> ExitCode {
        let mapping = try MappingFolder(path: options.mappings).mapping(named: name)
        do {
            let servers = try Servers(options)
            let outcome = try await ControlRequest(
                store: servers.store, alias: mapping.alias, host: Environment.hostName, clocks: .system
            ).make(wish)
            if options.json {
                Terminal.out(String(decoding: try JSONValue(encoding: outcome.control).bytes, as: UTF8.self) + "\n")
            } else if !options.quiet {
                Terminal.out(text(outcome).map { Message.printable($0) + "\n" }.joined())
            }
            return .done
        } catch {
            throw Message.Carrier(message: ErrorText(mapping: mapping).message(error))
        }
    }

    private func text(_ outcome: ControlRequest.Outcome) -> [String] {
        let run = "run \(outcome.record.run)"
        var lines: [String] = []
        switch wish {
        case .pause:
            let how = outcome.hasChanged ? "is paused" : "is \(outcome.control.pause?.text ?? "paused") already"
            lines.append("\(name): \(run) \(how); it goes on with: reindex unpause \(name)")
            if outcome.record.phase > .copy {
                lines.append("  \(outcome.record.phase.rawValue) comes to its end or its next round first")
            }
        case .unpause:
            lines.append("\(name): \(run) \(outcome.hasChanged ? "goes on" : "was not paused")")
        case .throttle(nil):
            lines.append("\(name): \(run) \(outcome.hasChanged ? "is throttled no more" : "was not throttled")")
        case .throttle(.some):
            let already = outcome.hasChanged ? "" : " already"
            lines.append("\(name): \(run) is \(outcome.control.throttle?.text ?? "throttled")\(already)")
        }
        if outcome.record.state == .interrupted {
            lines.append("  it is interrupted: this holds when it is gone on with by reindex --resume \(name)")
        }
        return lines
    }
}
