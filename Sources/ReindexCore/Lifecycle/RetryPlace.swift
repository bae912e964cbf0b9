/// Which index the rejected documents of a run are sent to again, and in which state the run is left.
struct RetryPlace: Sendable, Hashable {
    /// As it was found, and where another retry died at it, as that one found it.
    let before: RunRecord
    /// Another retry died, or works: the run is open already.
    let isContinued: Bool
    /// The application reads the index, and may write it.
    let isLive: Bool

    /// - Parameter serving: the indices behind the alias.
    /// - Throws: ``RetryRefusal``.
    init(_ record: RunRecord, serving: [String]) throws(RetryRefusal) {
        var record = record
        isContinued = record.beforeRetry != nil
        if let remembered = record.beforeRetry {
            (record.state, record.phase, record.reason) = (remembered.state, remembered.phase, remembered.reason)
            record.beforeRetry = nil
        }
        isLive = serving.contains(record.index)
        before = record
        switch record.state {
        case .abandoned, .rolledBack, .replaced: throw .ended(record)
        case .promoted where !isLive: throw .servesNoMore(record)
        case .active, .interrupted, .closed, .held, .promoted: break
        }
    }

    /// The record with which an ended run is claimed. Who dies from then on leaves one that remembers what it was; the one
    /// that serves is caught up then, which sends what was rejected too.
    var reopened: RunRecord? {
        var record = before
        switch before.state {
        case _ where isContinued: return nil
        case .active, .interrupted: return nil
        case .promoted: (record.phase, record.catchesUp) = (.afterRound, true)
        case .closed, .held, .abandoned, .rolledBack, .replaced: record.beforeRetry = remembered
        }
        record.state = .interrupted
        return record
    }

    func state(left: Int, maxRejected: Int) -> RunState {
        before.state == .active ? .interrupted : remembered.state(left: left, maxRejected: maxRejected)
    }

    private var remembered: RunRecord.BeforeRetry {
        .init(state: before.state, phase: before.phase, reason: before.reason)
    }
}

/// Why nothing is sent again.
package enum RetryRefusal: Error, Sendable, Hashable {
    /// The run was given up, or rolled back.
    case ended(RunRecord)
    /// The alias is elsewhere by now.
    case servesNoMore(RunRecord)
    /// The index was made by another mapping or body.
    case otherMapping(RunRecord, [String])
}
