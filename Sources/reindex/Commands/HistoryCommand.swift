internal import FoundationEssentials
internal import MappingFiles
internal import ReindexCore

/// `reindex status --history`: by alias which index served when, and by whose doing.
struct HistoryCommand {
    let name: String?
    let options: CommonOptions

    func run() async throws -> ExitCode {
        let folder = MappingFolder(path: options.mappings)
        let mappings = try name.map { [try folder.mapping(named: $0)] } ?? folder.all()
        let servers = try Servers(options)
        var all: [String: JSONValue] = [:]
        for mapping in mappings {
            do {
                let id = RunRecord.historyID(alias: mapping.alias)
                let runs = try await servers.store.get([id])[id]?.json["runs"]?.array ?? []
                all[mapping.name] = .array(runs)
                if !options.json { Terminal.out(text(mapping, runs)) }
            } catch {
                throw Message.Carrier(message: ErrorText(mapping: mapping).message(error))
            }
        }
        if options.json { Terminal.out(String(decoding: JSONValue.object(all).prettyBytes, as: UTF8.self) + "\n") }
        return .done
    }

    private func facts(_ run: JSONValue) -> [String] {
        var facts: [String] = []
        if let documents = run["documents"]?.int { facts.append(Quantities.count(documents, "document")) }
        if let begun = run["startedAt"]?.string.flatMap(Timestamp.microseconds),
            let ended = run["finishedAt"]?.string.flatMap(Timestamp.microseconds)
        {
            facts.append("in \(Quantities.duration(Double(ended - begun) / 1e6))")
        }
        if let host = run["host"]?.string { facts.append("on \(host)") }
        facts.append(run["verified"]?.bool == true ? "verified" : "not verified")
        if let gate = run["gate"]?.string { facts.append(gate == "none" ? "no gate" : "gate \(gate)") }
        return facts
    }

    private func text(_ mapping: Mapping, _ runs: [JSONValue]) -> String {
        var lines = ["\(mapping.name): \(runs.isEmpty ? "never promoted" : "alias \(mapping.alias)")"]
        for run in runs.reversed() {
            let state = (run["state"]?.string ?? "?").replacing("-", with: " ")
            lines.append("  \(run["startedAt"]?.string ?? "?")  \(state)  \(run["index"]?.string ?? "?")")
            lines.append("      \(facts(run).joined(separator: ", "))")
            if let at = run["promotedAt"]?.string { lines.append("      promoted at \(at)") }
            if let at = run["rolledBackAt"]?.string { lines.append("      rolled back at \(at)") }
            if let reason = run["reason"]?.string { lines.append("      \(reason)") }
        }
        return lines.map { Message.printable($0) + "\n" }.joined()
    }
}
