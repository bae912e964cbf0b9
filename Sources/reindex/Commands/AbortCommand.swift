internal import MappingFiles
internal import ReindexCore

/// `reindex abort NAME`: drops an unfinished run, its index and its writer alias; what serves is never touched.
struct AbortCommand {
    let request: AbortRequest

    func run() async throws -> ExitCode {
        let mapping = try MappingFolder(path: request.common.mappings).mapping(named: request.name)
        do {
            return try await abort(mapping, Servers(request.common))
        } catch {
            throw Message.Carrier(message: ErrorText(mapping: mapping).message(error))
        }
    }

    private func abort(_ mapping: Mapping, _ servers: Servers) async throws -> ExitCode {
        let id = RunRecord.id(alias: mapping.alias)
        guard let stored = try await servers.store.get([id])[id] else {
            Terminal.out("\(mapping.name): there is no run to abort\n")
            return .done
        }
        var record = try stored.read(RunRecord.self, id)
        guard record.state != .promoted, record.state != .abandoned, record.state != .rolledBack else {
            Terminal.out(
                "\(mapping.name): the last run, \(record.run), is \(record.state.rawValue); there is nothing to abort\n"
            )
            return .done
        }
        if request.isDryRun {
            Terminal.out(
                "\(mapping.name): would drop the index \(record.index) of run \(record.run); nothing was changed\n")
            return .done
        }
        // The record first: a holder that still works finds it moved, and stops at its next write.
        record.state = .abandoned
        record.writer += 1
        record.reason = "aborted"
        record.updatedAt = Clocks.system.timestamp
        _ = try await servers.store.put(id, try JSONValue(encoding: record), expected: stored.version)
        let isDropped = try await AbandonedIndex(target: servers.cluster, record: record).drop()
        try await forget(record, servers)
        Terminal.out(
            "\(mapping.name): run \(record.run) is aborted; "
                + (isDropped ? "its index \(record.index) is dropped\n" : "its index was gone already\n"))
        return .done
    }

    private func forget(_ record: RunRecord, _ servers: Servers) async throws {
        for slice in record.slices {
            try await servers.store.remove(SliceRecord.id(run: record.run, slice: slice), expected: nil)
        }
        try await servers.store.remove(RunControl.id(alias: record.alias), expected: nil)
    }
}
