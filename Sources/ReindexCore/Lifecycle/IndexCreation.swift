/// Creates the new index, hidden and fenced, and takes down what must be put back. May be repeated.
struct IndexCreation: Sendable {
    let target: any IndexTarget
    let ledger: RunLedger
    let mapping: Mapping
    let fingerprint: Fingerprint
    /// See ``HolderMark``: the mark is there from the index's first moment.
    let marksHolder: Bool
    let progress: Progress

    func run() async throws {
        let record = await ledger.record
        let index = try await existingOrNew(record)
        let restore = IndexSettings.toRestore(
            from: index.settings, bodyIsHidden: IndexSettings.isHidden(mapping.body.json))
        // Recorded before they are changed: a run that dies between the two finds what to put back.
        if record.settingsToRestore == nil {
            try await ledger.update { record in
                record.settingsToRestore = restore
                record.indexUUID = index.uuid
            }
        }
        try await applyLoadSettings(to: index)
        let history = try await target.index(record.index)?.historyUUIDs
        do {
            try await ledger.update { $0.historyUUIDs = history }
        } catch RunError.takenOver(let holder) {
            // Settings know no fence. Whoever took the run over may have put them back already, and serve by now.
            try? await target.putSettings(
                IndexSettings.beforePromotion(record.settingsToRestore ?? restore), of: record.index)
            throw RunError.takenOver(by: holder)
        }
    }

    private func existingOrNew(_ record: RunRecord) async throws -> IndexDescription {
        if let existing = try await target.index(record.index) { return existing }
        var meta: JSONValue = [
            "run": .string(record.run), "mapping": .string(record.mapping), "alias": .string(record.alias),
            "tool": .string(record.tool), "fingerprint": try JSONValue(encoding: fingerprint.digest),
            "createdAt": .string(record.startedAt), "plan": try IndexPlan.json(of: mapping),
        ]
        if marksHolder {
            meta["holder"] = try JSONValue(encoding: HolderMark(run: record.run, holder: record.holder, count: 0))
        }
        let body = IndexSettings.body(mapping.body.json, meta: meta, writerAlias: record.writerAlias)
        try await target.createIndex(record.index, body: body)
        guard let created = try await target.index(record.index) else {
            throw RunError.indexLost(index: record.index, reason: "it was created and cannot be read back")
        }
        return created
    }

    private func applyLoadSettings(to index: IndexDescription) async throws {
        let expands = index.settings["auto_expand_replicas"].map { $0 != "false" } ?? false
        if expands { progress.note("auto_expand_replicas is set: the body's replicas are kept during the load") }
        let replicas = expands ? nil : mapping.load.replicas
        do {
            try await target.putSettings(IndexSettings.forLoad(replicas: replicas), of: index.name)
        } catch {
            guard replicas != nil, error.isRefusal(400) else { throw error }
            // Zone awareness insists on copies: "expected total copies needs to be a multiple of …".
            progress.note(
                "the cluster refuses \(replicas ?? 0) replicas during the load (\(error.message)); the body's are kept")
            try await target.putSettings(IndexSettings.forLoad(replicas: nil), of: index.name)
        }
    }
}

extension TargetError {
    func isRefusal(_ expected: Int) -> Bool {
        if case .refused(let status, _) = kind { status == expected } else { false }
    }
}
