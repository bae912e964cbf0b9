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

    private func text(_ mapping: Mapping, _ runs: [JSONValue]) -> String {
        var lines = ["\(mapping.name): \(runs.isEmpty ? "never promoted" : "alias \(mapping.alias)")"]
        for run in runs.reversed() {
            let documents = run["documents"]?.int.map { ", \(Quantities.count($0, "document"))" } ?? ""
            let host = run["host"]?.string.map { " on \($0)" } ?? ""
            lines.append(
                "  \(run["finishedAt"]?.string ?? "?")  \(run["state"]?.string ?? "?")  \(run["index"]?.string ?? "?")\(documents)\(host)"
            )
            if let reason = run["reason"]?.string { lines.append("      \(reason)") }
        }
        return lines.map { Message.printable($0) + "\n" }.joined()
    }
}
