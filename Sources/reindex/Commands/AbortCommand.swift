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
        if !request.isDryRun { try await servers.settleRollback(of: mapping, Progress(clocks: .system)) }
        let id = RunRecord.id(alias: mapping.alias)
        guard let stored = try await servers.store.get([id])[id] else {
            Terminal.out("\(mapping.name): there is no run to abort\n")
            return .done
        }
        let record = try stored.read(RunRecord.self, id)
        switch record.state {
        case .promoted, .abandoned, .rolledBack, .replaced:
            Terminal.out(
                "\(mapping.name): the last run, \(record.run), is \(record.state.rawValue); there is nothing to abort\n"
            )
        case .active, .interrupted, .closed, .held:
            Terminal.out(try await ended(stored, record, mapping, servers))
        }
        return .done
    }

    /// - Returns: what was done.
    private func ended(
        _ stored: StoredDocument, _ record: RunRecord, _ mapping: Mapping, _ servers: Servers
    ) async throws -> String {
        if let serving = ServingRun(target: servers.cluster, store: servers.store, record: record, clocks: .system) {
            let what = record.catchesUp == true ? "the catch-up" : "what followed the promotion"
            if !request.isDryRun { try await end(serving, stored.version, record, servers) }
            return
                "\(mapping.name): \(what) of \(record.index) \(request.isDryRun ? "would be" : "is") ended; the index stays\n"
        }
        // Before anything is stored: an index that is not to be dropped keeps its record.
        try await requireDroppable(record, servers)
        if request.isDryRun {
            return "\(mapping.name): would drop the index \(record.index) of run \(record.run); nothing was changed\n"
        }
        let isDropped = try await giveUp(record, stored.version, servers)
        try await forget(record, servers)
        return "\(mapping.name): run \(record.run) is aborted; "
            + (isDropped ? "its index \(record.index) is dropped\n" : "its index was gone already\n")
    }

    private func requireDroppable(_ record: RunRecord, _ servers: Servers) async throws {
        let reason = try await AbandonedIndex(target: servers.cluster, record: record).reasonToKeep()
        if let reason { throw RunError.notPromoted(reason: reason) }
    }

    /// - Returns: false where the index was gone already.
    private func giveUp(_ before: RunRecord, _ version: StoredVersion, _ servers: Servers) async throws -> Bool {
        // The record first: a holder that still works finds it moved, and stops at its next write.
        var record = before
        record.state = .abandoned
        record.writer += 1
        record.reason = "aborted"
        record.updatedAt = Clocks.system.timestamp
        let json = try JSONValue(encoding: record)
        _ = try await servers.store.put(RunRecord.id(alias: record.alias), json, expected: version)
        let result = await drop(record, servers)
        if case .failure = result { try await putBack(record, servers) }
        return try result.get()
    }

    private func drop(_ record: RunRecord, _ servers: Servers) async -> Result<Bool, any Error> {
        do {
            return .success(try await AbandonedIndex(target: servers.cluster, record: record).drop())
        } catch {
            return .failure(error)
        }
    }

    /// Promoted at the same moment, or a server went away: the run is not given up, and its end is the next one's.
    private func putBack(_ record: RunRecord, _ servers: Servers) async throws {
        let id = RunRecord.id(alias: record.alias)
        guard let latest = try await servers.store.get([id])[id] else { return }
        var kept = try latest.read(RunRecord.self, id)
        guard kept.run == record.run, kept.state == .abandoned else { return }
        kept.state = .interrupted
        kept.reason = "its abort did not come to its end"
        _ = try await servers.store.put(id, try JSONValue(encoding: kept), expected: latest.version)
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
