/// The index of a run that will not be gone on with: dropped only where it is ours and serves nobody.
package struct AbandonedIndex: Sendable {
    private let target: any IndexTarget
    private let record: RunRecord

    package init(target: any IndexTarget, record: RunRecord) {
        self.target = target
        self.record = record
    }

    /// Why the index may not be deleted: it is not ours, or an alias of the application points at it. nil: it may.
    package func reasonToKeep() async throws -> String? {
        guard let index = try await target.index(record.index) else { return nil }
        return reasonToKeep(index)
    }

    /// Deletes the index, its writer aliases with it. The record must have been stored with a higher writer number before:
    /// its alias is swapped in first, so that no earlier holder can promote what is about to be deleted.
    /// - Returns: false where it is gone already.
    /// - Throws: ``RunError/notPromoted(reason:)`` with ``reasonToKeep()``.
    package func drop() async throws -> Bool {
        guard let index = try await target.index(record.index) else { return false }
        if let reason = reasonToKeep(index) { throw RunError.notPromoted(reason: reason) }
        let fence = WriterFence(target: target, record: record)
        do {
            try await fence.close()
            if let reason = try await reasonToKeep() {
                await fence.withdraw()
                throw RunError.notPromoted(reason: reason)
            }
            try await target.deleteIndex(record.index)
            return true
        } catch let error as TargetError where error.isRefusal(404) {
            // Somebody else drops it at the same moment.
            return false
        }
    }

    private func reasonToKeep(_ index: IndexDescription) -> String? {
        guard index.mappings["_meta"]?["reindex"]?["run"]?.string == record.run else {
            return "the index \(record.index) was not made by run \(record.run) and is left alone"
        }
        let others = index.aliases.filter { !$0.alias.hasPrefix("reindex-writer-\(record.run)-") }
        guard !others.isEmpty else { return nil }
        return "the index \(record.index) serves \(others.map(\.alias).joined(separator: ", ")) and is left alone"
    }
}
