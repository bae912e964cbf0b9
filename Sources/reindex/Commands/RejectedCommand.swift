internal import MappingFiles
internal import ReindexCore

/// `reindex rejected NAME`: what OpenSearch, or this tool, refused in the last run and why.
struct RejectedCommand {
    let request: RejectedRequest

    func run() async throws -> ExitCode {
        let mapping = try MappingFolder(path: request.common.mappings).mapping(named: request.name)
        do {
            let servers = try Servers(request.common)
            let id = RunRecord.id(alias: mapping.alias)
            guard let record = try await servers.store.get([id])[id]?.read(RunRecord.self, id) else {
                Terminal.out("\(mapping.name): never run\n")
                return .done
            }
            let rejections = try await RejectionPages.load(run: record.run, from: servers.store).all
            try show(rejections, of: record, mapping)
            return .done
        } catch {
            throw Message.Carrier(message: ErrorText(mapping: mapping).message(error))
        }
    }

    private func show(_ rejections: [Rejection], of record: RunRecord, _ mapping: Mapping) throws {
        if let path = request.exportPath {
            try PrivateFile.save(try rejections.map(line).joined(), to: path)
            Terminal.out("\(Quantities.count(rejections.count, "rejection")) of run \(record.run) written to \(path)\n")
        } else if request.common.json {
            Terminal.out(try rejections.map(line).joined())
        } else {
            Terminal.out(
                "\(mapping.name): \(Quantities.count(rejections.count, "document")) rejected in run \(record.run)\n")
            for rejection in rejections { Terminal.out("  " + Message.printable(text(rejection)) + "\n") }
        }
    }

    private func text(_ rejection: Rejection) -> String {
        let key = rejection.key.isEmpty ? rejection.id ?? "?" : rejection.key.joined(separator: ", ")
        return "\(key)  \(rejection.column.map { "\($0): " } ?? "")\(rejection.type): \(rejection.reason)"
    }

    /// NDJSON, one rejection a line.
    private func line(_ rejection: Rejection) throws -> String {
        String(decoding: try JSONValue(encoding: rejection).bytes, as: UTF8.self) + "\n"
    }
}
