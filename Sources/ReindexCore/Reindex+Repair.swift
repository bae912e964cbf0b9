/// `verify --index --repair` of an index that nobody searches: an earlier one, or one that was left unpromoted.
extension Reindex {
    package struct Repaired: Sendable {
        package var written = 0
        package var deleted = 0
        package var refused: [Rejection] = []
        /// Somebody else was writing it to the end.
        package var isEqual = false
    }

    /// Writes and deletes what differs, each by what it expects to find there.
    ///
    /// The alias's record says what serves, and what is to be gone on with: it is not this index's, and stays as it is. The
    /// index has a writer alias of its own meanwhile, so that nothing is written once it was dropped, and who promotes it,
    /// rolls back to it or goes on with its run shuts us out (rule 2). Who dies at it leaves the alias to those, and to who
    /// repairs it next (``takeKept(_:)``).
    /// - Throws: ``Reopening/Refusal``, ``RunError/takenOver(by:)``.
    package func repairKept(_ name: String) async throws -> Repaired {
        let index = try await requireKept(name)
        guard let run = index.mappings[path: ["_meta", "reindex", "run"]]?.string else {
            throw Reopening.Refusal.notOurs(name)
        }
        let placed = try await WriterFence(target: target, run: run, index: name, writer: 0).numbers()
        // Higher than what anybody else would take now.
        let writer = (placed.max() ?? 0) + 1 + Int(clocks.randomBits() % 1_000_000)
        let fence = WriterFence(target: target, run: run, index: name, writer: writer)
        try await fence.close()
        do {
            // Its run was gone on with between the look and the fence.
            _ = try await requireKept(name)
            let result = try await patiently {
                try await self.repair(name, RunRecord.writerAlias(run: run, writer: writer))
            }
            await fence.withdraw()
            return result
        } catch {
            await fence.withdraw()
            throw error
        }
    }

    /// Whoever was repairing it until now is shut out.
    /// - Throws: ``Reopening/Refusal`` where it is not ours, or its run is unfinished.
    package func takeKept(_ name: String) async throws {
        let index = try await requireKept(name)
        guard let run = index.mappings[path: ["_meta", "reindex", "run"]]?.string else {
            throw Reopening.Refusal.notOurs(name)
        }
        try await WriterFence(target: target, run: run, index: name, writer: 0).remove()
    }

    private func requireKept(_ name: String) async throws -> IndexDescription {
        let id = RunRecord.id(alias: plan.mapping.alias)
        if let record = try await store.get([id])[id]?.read(RunRecord.self, id), record.isUnfinished,
            record.index == name
        {
            throw Reopening.Refusal.unfinished(record)
        }
        guard let index = try await target.index(name) else { throw Reopening.Refusal.noIndex(name) }
        guard index.mappings[path: ["_meta", "reindex", "alias"]]?.string == plan.mapping.alias else {
            throw Reopening.Refusal.notOurs(name)
        }
        return index
    }

    private func repair(_ name: String, _ writerAlias: String) async throws -> Repaired {
        let scanner = RowScanner(
            plan: plan, encoder: encoder, makeReader: makeReader, retry: retry,
            bodyByteCount: options.bodyByteCount ?? 1 << 20, clocks: clocks, stop: stop, progress: progress)
        let limits = sendLimits
        let epoch = Epoch(version: clocks.wallMicroseconds())
        let result = try await LiveEqualization(
            scanRows: { selection, each in
                try await scanner.scan(allocateEpoch: { _ in epoch }) { _ = try await $0.run(selection, each: each) }
            }, index: indexScan(of: name), target: target,
            makeWriter: {
                DocumentWriter(
                    sender: BulkSender(
                        sink: sink,
                        destination: BulkDestination(
                            writerAlias: writerAlias, pipeline: plan.mapping.load.pipeline,
                            compresses: limits.compresses),
                        limits: limits,
                        options: .init(retry: retry, clocks: clocks, stop: stop, keepsRejectedBodies: false),
                        progress: progress,
                        newestEpoch: { Epoch(version: .max) }),
                    bodyByteCount: limits.bodyByteCount)
            }, isVersioned: plan.mapping.writers == .versioned, scope: options.scope
        ).run()
        try await target.refresh(name)
        return Repaired(
            written: result.written, deleted: result.deleted, refused: result.refused, isEqual: result.isEqual)
    }
}
