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
        if !request.isDryRun {
            try await Rollback(
                target: servers.cluster, store: servers.store, mapping: mapping, progress: Progress(clocks: .system),
                clocks: .system
            ).settle()
        }
        guard let stored = try await servers.store.get([id])[id] else {
            Terminal.out("\(mapping.name): there is no run to abort\n")
            return .done
        }
        var record = try stored.read(RunRecord.self, id)
        guard record.state != .promoted, record.state != .abandoned, record.state != .rolledBack,
            record.state != .replaced
        else {
            Terminal.out(
                "\(mapping.name): the last run, \(record.run), is \(record.state.rawValue); there is nothing to abort\n"
            )
            return .done
        }
        if let serving = ServingRun(
            target: servers.cluster, store: servers.store, record: record, clocks: .system)
        {
            let what = record.catchesUp == true ? "the catch-up" : "what followed the promotion"
            if !request.isDryRun { try await end(serving, stored.version, record, servers) }
            Terminal.out(
                "\(mapping.name): \(what) of \(record.index) \(request.isDryRun ? "would be" : "is") ended; the index stays\n"
            )
            return .done
        }
        // Before anything is stored: an index that is not to be dropped keeps its record.
        if let reason = try await AbandonedIndex(target: servers.cluster, record: record).reasonToKeep() {
            throw RunError.notPromoted(reason: reason)
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
        let isDropped: Bool
        do {
            isDropped = try await AbandonedIndex(target: servers.cluster, record: record).drop()
        } catch RunError.notPromoted(let reason) {
            // Promoted at the same moment: its end is the next one's.
            if let latest = try await servers.store.get([id])[id], var kept = try? latest.read(RunRecord.self, id),
                kept.run == record.run, kept.state == .abandoned
            {
                (kept.state, kept.reason) = (.interrupted, reason)
                _ = try await servers.store.put(id, try JSONValue(encoding: kept), expected: latest.version)
            }
            throw RunError.notPromoted(reason: reason)
        }
        try await forget(record, servers)
        Terminal.out(
            "\(mapping.name): run \(record.run) is aborted; "
                + (isDropped ? "its index \(record.index) is dropped\n" : "its index was gone already\n"))
        return .done
    }

    private func end(
        _ serving: ServingRun, _ version: StoredVersion, _ record: RunRecord, _ servers: Servers
    ) async throws {
        try await serving.end(version)
        try await servers.store.remove(RunControl.id(alias: record.alias), expected: nil)
    }

    private func forget(_ record: RunRecord, _ servers: Servers) async throws {
        for slice in record.slices {
            try await servers.store.remove(SliceRecord.id(run: record.run, slice: slice), expected: nil)
        }
        try await servers.store.remove(RunControl.id(alias: record.alias), expected: nil)
    }
}
