/// What a run that failed says, and what its record keeps of that.
extension Reindex {
    /// What failed says only that something is in the way; the record and the index say why: another holder's doing
    /// (an alias that moved, an index that is gone) shows itself as all kinds of errors.
    func explain(_ error: any Error, _ ledger: RunLedger) async -> any Error {
        switch error {
        case RunError.takenOver, RunError.rolledBack, RunError.replaced: return error
        default: break
        }
        let fence: String?
        switch error {
        case RunError.fenced(let reason): fence = reason
        case let refusal as TargetError where refusal.isRefusal(404): fence = refusal.message
        default: fence = nil
        }
        let record = await ledger.record
        do {
            try await ledger.update { $0.reason = nil }
            guard fence != nil, record.indexUUID != nil else { return error }
            guard let index = try await target.index(record.index) else {
                return RunError.indexLost(index: record.index, reason: "it was deleted by somebody else")
            }
            guard index.uuid == record.indexUUID else {
                return RunError.indexLost(index: record.index, reason: "it was deleted and made again by somebody else")
            }
        } catch RunError.takenOver(let holder) {
            return RunError.takenOver(by: holder)
        } catch RunError.rolledBack(let reason) {
            return RunError.rolledBack(reason: reason)
        } catch {
            return error
        }
        guard case RunError.fenced(let reason) = error else { return error }
        return RunError.takenOver(by: "somebody who removed the alias \(record.writerAlias) (\(reason))")
    }

    /// Takes down how it ended, where the record is still ours.
    func conclude(_ error: any Error, _ ledger: RunLedger) async {
        let state: RunState
        switch error {
        case RunError.takenOver, RunError.rolledBack, RunError.replaced, RunError.rejectedWhileServing: return
        case RunError.tooManyRejected, RunError.gateClosed, RunError.countsDiffer, RunError.keysDiffer,
            RunError.foreignWriter,
            RunError.doubledKey:
            state = .closed
        default: state = .interrupted
        }
        let reason = String(EndingReason.text(of: error).prefix(500))
        let hasIndex = await ledger.record.indexUUID != nil
        // The error that ended the run is the one to tell, not that it could not be written down.
        try? await ledger.update { record in
            record.state = hasIndex ? state : .abandoned
            record.reason = reason
        }
        guard hasIndex, state == .closed else { return }
        let record = await ledger.record
        let documents = try? await target.count(of: record.index)
        try? await ledger.appendHistory(
            RunHistory.entry(
                record, .closed, finishedAt: clocks.timestamp, isVerified: record.phase > .verify,
                more: ["reason": .string(reason), "documents": documents.map { .integer(Int64($0)) } ?? .null]))
    }
}
