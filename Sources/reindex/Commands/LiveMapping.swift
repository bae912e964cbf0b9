internal import ReindexCore

/// By which mapping the index that serves is brought up to date (``BuiltMapping``).
struct LiveMapping {
    let servers: Servers

    /// - Returns: the index's own where that of now is known to be bad; nil takes that of now.
    /// - Throws: ``LiveRefusal/builtOtherwise(_:fields:)``.
    func own(_ plan: ReindexPlan) async throws -> Mapping? {
        guard let index = try await serving(plan) else { return nil }
        switch try await built(index, plan) {
        case .same: return nil
        case .own(let mapping, _): return mapping
        case .other(let fields): throw LiveRefusal.builtOtherwise(index.name, fields: fields)
        }
    }

    /// Of any index that reindex made.
    func built(_ index: IndexDescription, _ plan: ReindexPlan) async throws -> BuiltMapping {
        let id = RunRecord.id(alias: plan.mapping.alias)
        let record = try await servers.store.get([id])[id]?.read(RunRecord.self, id)
        return BuiltMapping(of: index, plan: plan, record: record)
    }

    /// nil where it is not one index: that is told by who needs it.
    private func serving(_ plan: ReindexPlan) async throws -> IndexDescription? {
        let serving = Set(try await servers.cluster.alias(plan.mapping.alias).map(\.index))
        guard let name = serving.first, serving.count == 1 else { return nil }
        return try await servers.cluster.index(name)
    }
}
