/// Who fills an index, written where every machine sees it: `_meta.reindex.holder` of that index.
///
/// Checkpoints in a folder are seen by one machine. So their run's record leaves this mark each time it is written, and
/// whoever begins a run of the same alias elsewhere watches it as it would watch the record (``HolderWatch``).
struct HolderMark: Sendable, Codable, Hashable {
    let run: String
    let holder: RunRecord.Holder
    /// Grows with each sign of life.
    let count: Int64

    init?(of index: IndexDescription) {
        guard let json = index.mappings["_meta"]?["reindex"]?["holder"],
            let mark = try? json.decode(HolderMark.self),
            index.aliases.contains(where: { $0.alias.hasPrefix(RunRecord.writerAliasPrefix(run: mark.run)) })
        else { return nil }
        self = mark
    }

    init(run: String, holder: RunRecord.Holder, count: Int64) {
        (self.run, self.holder, self.count) = (run, holder, count)
    }
}

/// Documents of a folder, with the run's holder marked in its index: see ``HolderMark``.
package struct MarkingStore: DocumentStore {
    private let store: any DocumentStore
    private let target: any IndexTarget

    package init(_ store: any DocumentStore, marking target: any IndexTarget) {
        self.store = store
        self.target = target
    }

    package var place: String { store.place }

    package func get(_ ids: [String]) async throws(StoreError) -> [String: StoredDocument] { try await store.get(ids) }

    package func remove(_ id: String, expected: StoredVersion?) async throws(StoreError) {
        try await store.remove(id, expected: expected)
    }

    /// Whoever cannot leave its mark has not renewed its lease: the write is tried again as one that did not succeed.
    package func put(
        _ id: String, _ json: JSONValue, expected: StoredVersion?
    ) async throws(StoreError) -> StoredVersion {
        let version = try await store.put(id, json, expected: expected)
        guard let record = try? json.decode(RunRecord.self), RunRecord.id(alias: record.alias) == id else {
            return version
        }
        do throws(TargetError) {
            try await mark(record, version)
        } catch {
            let kind: StoreError.Kind = error.isTransient ? .unavailable : .failed
            throw StoreError(kind, doing: "marking who fills \(record.index)", message: error.text)
        }
        return version
    }

    private func mark(_ record: RunRecord, _ version: StoredVersion) async throws(TargetError) {
        guard let index = try await target.index(record.index), var meta = index.mappings["_meta"],
            var ours = meta["reindex"], ours["run"]?.string == record.run
        else { return }
        if record.state == .active {
            let mark = HolderMark(run: record.run, holder: record.holder, count: version.sequenceNumber)
            ours["holder"] = try? JSONValue(encoding: mark)
        } else {
            guard ours["holder"] != nil else { return }
            ours["holder"] = nil
        }
        meta["reindex"] = ours
        try await target.putMeta(meta, of: record.index)
    }
}

/// Runs of the same alias whose checkpoints are elsewhere: marked in their index, or recorded in another store.
struct OtherHolders: Sendable {
    let target: any IndexTarget
    let stores: [any DocumentStore]
    let alias: String
    let progress: Progress

    /// Waits until none of them lives, and shuts out those that do not.
    /// - Parameter own: the run that is gone on with, if any.
    /// - Throws: ``RunError/held(by:)``.
    func end(_ watch: HolderWatch, but own: String?) async throws {
        let id = RunRecord.id(alias: alias)
        for store in stores {
            if let held = try await store.get([id])[id] { _ = try await watch.unheld(held, id: id, in: store) }
        }
        for index in try await marked(but: own) {
            let unheld = try await watch.unheld(index, sign: sign) { try await target.index(index.name) }
            guard let mark = unheld.flatMap(HolderMark.init) else { continue }
            try await WriterFence(target: target, run: mark.run, index: index.name, writer: 0).remove()
            progress.note("\(index.name) is left alone: its run's checkpoints are on \(mark.holder.host)")
        }
    }

    /// Two that began at the same moment have both seen nobody: whose index the cluster created first goes on.
    ///
    /// To be called when the own index is there, with its mark. Whoever does not see the other now was created first.
    func requireFirst(_ own: RunRecord) async throws {
        guard let ours = try await target.index(own.index) else { return }
        let id = RunRecord.id(alias: alias)
        for store in stores {
            guard let record = try await store.get([id])[id]?.read(RunRecord.self, id), record.state == .active,
                let theirs = try await target.index(record.index), theirs.isOlder(than: ours)
            else { continue }
            throw RunError.held(by: record.holder)
        }
        for theirs in try await marked(but: own.run) where theirs.isOlder(than: ours) {
            if let mark = HolderMark(of: theirs) { throw RunError.held(by: mark.holder) }
        }
    }

    /// The index of a run that began later and serves: what was left half-way must not put its old rows before it.
    func servingAfter(_ ours: IndexDescription) async throws -> String? {
        for placement in try await target.alias(alias) where placement.index != ours.name {
            guard let serving = try await target.index(placement.index),
                serving.mappings["_meta"]?["reindex"]?["run"] != nil, let then = ours.created,
                let now = serving.created, then < now
            else { continue }
            return serving.name
        }
        return nil
    }

    private func sign(_ index: IndexDescription) -> (holder: RunRecord.Holder, count: Int64)? {
        HolderMark(of: index).map { ($0.holder, $0.count) }
    }

    private func marked(but own: String?) async throws -> [IndexDescription] {
        // Another alias may begin with this one's name.
        try await target.indices(matching: RunName.pattern(alias: alias)).filter {
            guard let mark = HolderMark(of: $0) else { return false }
            return mark.run != own && $0.name == RunName.index(alias: alias, run: mark.run)
        }
    }
}

extension IndexDescription {
    /// Milliseconds since 1970.
    var created: Int? { settings["creation_date"].flatMap(Int.init) }

    /// By the cluster's own clock.
    func isOlder(than other: IndexDescription) -> Bool {
        func place(_ index: IndexDescription) -> (Int, String) {
            (index.created ?? 0, index.name)
        }
        return place(self) < place(other)
    }
}
