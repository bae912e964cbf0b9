/// Which index the rejected documents of a run are sent to again, and in which state the run is left.
struct RetryPlace: Sendable, Hashable {
    /// As it was found.
    let before: RunRecord
    /// The application reads the index, and may write it.
    let isLive: Bool

    /// - Parameter serving: the indices behind the alias.
    /// - Throws: ``RetryRefusal``.
    init(_ record: RunRecord, serving: [String]) throws(RetryRefusal) {
        isLive = serving.contains(record.index)
        before = record
        switch record.state {
        case .abandoned, .rolledBack, .replaced: throw .ended(record)
        case .promoted where !isLive: throw .servesNoMore(record)
        case .active, .interrupted, .closed, .held, .promoted: break
        }
    }

    /// The record with which an ended run is claimed. Who dies from then on leaves a run that is gone on with: the one that
    /// serves is caught up, which sends what was rejected too.
    var reopened: RunRecord? {
        var record = before
        switch before.state {
        case .active, .interrupted: return nil
        case .promoted: (record.phase, record.catchesUp) = (.afterRound, true)
        case .closed, .held, .abandoned, .rolledBack, .replaced: break
        }
        record.state = .interrupted
        return record
    }

    /// A run that was closed for its rejections is gone on with when few enough are left; a gate opens by `--again` alone.
    func state(left: Int, maxRejected: Int) -> RunState {
        switch before.state {
        case .active: .interrupted
        case .closed: before.phase != .gate && left <= maxRejected ? .interrupted : .closed
        case .interrupted, .held, .promoted, .abandoned, .rolledBack, .replaced: before.state
        }
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
