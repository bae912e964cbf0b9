internal import ReindexCore

extension Servers {
    /// A rollback whose process died behind its alias call is finished first, whatever is done next.
    func settleRollback(of mapping: Mapping, _ progress: Progress) async throws {
        try await Rollback(target: cluster, store: store, mapping: mapping, progress: progress, clocks: .system)
            .settle()
    }
}

/// By which mapping the index that serves is brought up to date (``BuiltMapping``).
struct LiveMapping {
    let servers: Servers

    /// - Returns: the index's own where that of now is known to be bad; nil takes that of now.
    /// - Throws: ``LiveRefusal/builtOtherwise(_:fields:)``.
    func own(_ plan: ReindexPlan) async throws -> Mapping? {
        let record = try await record(plan)
        // A run that is filling another index comes first: that is told by who needs it, and an alias on several as well.
        if let record, record.isUnfinished, record.catchesUp != true { return nil }
        let serving = Set(try await servers.cluster.alias(plan.mapping.alias).map(\.index))
        guard let name = serving.first, serving.count == 1, let index = try await servers.cluster.index(name) else {
            return nil
        }
        switch BuiltMapping(of: index, plan: plan, record: record) {
        case .same: return nil
        case .own(let mapping, _): return mapping
        case .other(let fields): throw LiveRefusal.builtOtherwise(index.name, fields: fields)
        }
    }

    /// Of any index that reindex made.
    func built(_ index: IndexDescription, _ plan: ReindexPlan) async throws -> BuiltMapping {
        BuiltMapping(of: index, plan: plan, record: try await record(plan))
    }

    private func record(_ plan: ReindexPlan) async throws -> RunRecord? {
        let id = RunRecord.id(alias: plan.mapping.alias)
        return try await servers.store.get([id])[id]?.read(RunRecord.self, id)
    }
}
