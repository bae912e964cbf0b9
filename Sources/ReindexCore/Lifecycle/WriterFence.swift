/// The writer alias of one holder: who swaps it in one call shuts every holder before out (rule 2).
struct WriterFence: Sendable {
    let target: any IndexTarget
    let run: String
    let index: String
    /// This holder's number.
    let writer: Int

    init(target: any IndexTarget, record: RunRecord) {
        self.init(target: target, run: record.run, index: record.index, writer: record.writer)
    }

    init(target: any IndexTarget, run: String, index: String, writer: Int) {
        (self.target, self.run, self.index, self.writer) = (target, run, index, writer)
    }

    private var writerAlias: String { RunRecord.writerAlias(run: run, writer: writer) }

    /// The numbers of the writer aliases on the run's index.
    func numbers() async throws -> [Int] { try await placements().compactMap { number($0) } }

    /// Swaps whatever writer aliases there are for the record's own.
    ///
    /// Whoever wrote the record last has the highest number. A higher one than ours therefore says that somebody took the
    /// run over after us: taking its alias away would end both.
    /// - Throws: ``RunError/takenOver(by:)``.
    func close() async throws {
        var placed = try await placements()
        for _ in 1...5 {
            if placed.map(\.alias) == [writerAlias] { return }
            if placed.contains(where: { (number($0) ?? 0) > writer }) {
                throw RunError.takenOver(by: "a holder with a later writer alias than \(writerAlias)")
            }
            let ours = AliasPlacement(
                alias: writerAlias, index: index, isWriteIndex: true, isHidden: true)
            // Ours may be there already, beside another's that came late.
            let stale = placed.filter { $0.alias != writerAlias }
            let actions = stale.map { AliasAction.remove(alias: $0.alias, index: $0.index) } + [.add(ours)]
            guard let error = await failure(of: actions) else { return }
            placed = try await placements()
            guard error.kind == .conflict || error.isTransient else { throw error }
        }
        if placed.map(\.alias) == [writerAlias] { return }
        throw RunError.takenOver(by: "somebody who keeps moving its writer alias")
    }

    /// Takes every writer alias off the index: nobody writes through one any more.
    func remove() async throws {
        let placed = try await placements()
        guard !placed.isEmpty else { return }
        let removals = placed.map { AliasAction.remove(alias: $0.alias, index: $0.index) }
        guard let error = await failure(of: removals) else { return }
        // Done although the answer was lost, or somebody else did it: the state decides.
        guard try await placements().isEmpty else { throw error }
    }

    /// Takes our own alias back, where it turned out that the run is another's: best effort, for nobody writes through it.
    func withdraw() async {
        _ = await failure(of: [.remove(alias: writerAlias, index: index)])
    }

    private func failure(of actions: [AliasAction]) async -> TargetError? {
        do throws(TargetError) {
            try await target.updateAliases(actions)
            return nil
        } catch {
            return error
        }
    }

    /// None where there is no index: a run may have died before it made one, or somebody dropped it.
    private func placements() async throws -> [AliasPlacement] {
        do {
            return try await target.aliases(of: index).filter { number($0) != nil }
        } catch {
            guard error.isRefusal(404) else { throw error }
            return []
        }
    }

    private func number(_ placement: AliasPlacement) -> Int? {
        let prefix = RunRecord.writerAliasPrefix(run: run)
        return placement.alias.hasPrefix(prefix) ? Int(placement.alias.dropFirst(prefix.count)) : nil
    }
}
