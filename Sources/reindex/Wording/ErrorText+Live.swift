internal import ReindexCore

/// What the commands on a live index refuse.
extension ErrorText {
    func rollback(_ error: Rollback.Refusal) -> Message {
        switch error {
        case .noSingleIndex([]):
            Message(.dataWrong, "no index serves \(name): its alias is nowhere", "begin with: reindex run \(name)")
        case .noSingleIndex(let indices):
            Message(
                .dataWrong, "the alias of \(name) points at several indices", indices.joined(separator: ", "),
                "take it off all but one")
        case .noIndexBefore(let index):
            Message(
                .dataWrong, "it is not known what served \(name) before \(index)",
                "name it: reindex rollback \(name) --to INDEX; nothing was changed")
        case .noIndex(let index):
            Message(
                .dataWrong, "there is no index \(index)", "nothing was changed; see: reindex status \(name) --history")
        case .isThere(let index):
            Message(.dataWrong, "the alias of \(name) points at \(index) already", "nothing was changed")
        }
    }

    func reopening(_ error: Reopening.Refusal) -> Message {
        switch error {
        case .unfinished(let record):
            Message(
                .unfinished, "a run of \(name) is unfinished: \(record.run), in \(record.phase.rawValue)",
                "it comes first: reindex --resume \(name), or reindex abort \(name)")
        case .notOurs(let index):
            Message(.dataWrong, "reindex did not make the index \(index)", "build one: reindex run \(name)")
        case .noIndex(let index): Message(.dataWrong, "there is no index \(index)", "nothing was changed")
        case .settingsUnknown(let index):
            Message(
                .dataWrong, "\(index) was left in the middle of its copy: it does not refresh, and has no replicas",
                "which settings it had before is not known any more, for a template gave some of them",
                "nothing was changed; build it anew: reindex run \(name)")
        }
    }

    func control(_ error: ControlRequest.Refusal) -> Message {
        switch error {
        case .noRun(let record):
            Message(
                .dataWrong, "no run of \(name) is under way",
                record.map { "the last run, \($0.run), is \($0.state.rawValue)" } ?? "there was no run",
                "nothing was changed; see: reindex status \(name)")
        case .tooLate(let record):
            Message(
                .dataWrong, "the run of \(name) does not pause any more: it is in \(record.phase.rawValue)",
                "from the last round on it goes on to its end; reindex throttle \(name) still slows it down",
                "nothing was changed")
        }
    }

    func retry(_ error: RetryRefusal) -> Message {
        switch error {
        case .ended(let record):
            Message(
                .dataWrong, "the rejected documents of \(name) have no index any more that they could be sent to",
                "the last run, \(record.run), is \(record.state.rawValue)",
                "nothing was changed; begin anew with: reindex run \(name)")
        case .servesNoMore(let record):
            Message(
                .dataWrong, "\(record.index), which refused documents of \(name), does not serve any more",
                "the alias was moved since", "nothing was changed; see: reindex status \(name) --history")
        case .otherMapping(let record, let fields):
            Message(
                .cannotContinue, "\(record.index) was built by another mapping than \(name) is now",
                "changed: \(fields.joined(separator: ", "))",
                "nothing was changed; undo it, or build the index anew: reindex run \(name)")
        }
    }

    func live(_ error: LiveRefusal) -> Message {
        switch error {
        case .contentDiffers(let why):
            Message(
                .dataWrong, "the documents of \(name) cannot be compared with its rows", why,
                "build the index anew: reindex run \(name)")
        case .otherMapping(let index):
            Message(
                .cannotContinue,
                "\(index) was built by another mapping, index body or table shape than those of \(name) now",
                "it cannot be proven against this query",
                "reindex rollback \(name) --to \(index) moves the alias there by the mapping it was built with")
        case .keepsNoMapping(let index):
            Message(
                .cannotContinue, "\(index) was built by another mapping than \(name) is now, and does not say by which",
                "nothing was changed", "build an index anew: reindex run \(name)")
        case .builtOtherwise(let index, let fields):
            Message(
                .cannotContinue, "\(index), which serves, was built by another mapping than \(name) is now",
                "changed: \(fields.joined(separator: ", "))",
                "nothing was changed; undo it, or build the index anew: reindex run \(name)")
        case .nothingHeld(let record):
            Message(
                .dataWrong, "no index of \(name) waits for its promotion",
                record.map {
                    "the last run, \($0.run), is \($0.state.rawValue)\($0.limit == nil ? "" : ", and was begun with --limit")"
                }
                    ?? "there was no run", "fill one: reindex run \(name) --no-promote")
        }
    }
}
