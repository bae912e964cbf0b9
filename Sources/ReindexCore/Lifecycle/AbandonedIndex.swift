/// The index of a run that will not be gone on with: dropped only where it is ours and serves nobody.
package struct AbandonedIndex: Sendable {
    private let target: any IndexTarget
    private let record: RunRecord

    package init(target: any IndexTarget, record: RunRecord) {
        self.target = target
        self.record = record
    }

    /// Deletes the index, its writer aliases with it.
    /// - Returns: false where it is gone already.
    /// - Throws: ``RunError/notPromoted(reason:)`` where an alias of the application points at it, or it is not ours.
    package func drop() async throws -> Bool {
        guard let index = try await target.index(record.index) else { return false }
        guard index.mappings["_meta"]?["reindex"]?["run"]?.string == record.run else {
            throw RunError.notPromoted(
                reason: "the index \(record.index) was not made by run \(record.run) and is left alone")
        }
        let others = index.aliases.filter { !$0.alias.hasPrefix("reindex-writer-\(record.run)-") }
        guard others.isEmpty else {
            let names = others.map(\.alias).joined(separator: ", ")
            throw RunError.notPromoted(
                reason:
                    "the index \(record.index) serves \(names) and is left alone; finish it with: reindex --resume \(record.mapping)"
            )
        }
        try await target.deleteIndex(record.index)
        return true
    }
}
