internal import ReindexCore

extension ErrorText {
    private var again: String { "go on with: reindex --resume \(name)" }

    func run(_ error: RunError) -> Message {
        switch error {
        case .interrupted(.signal):
            Message(.unfinished, "\(name) was stopped; what was acknowledged is checkpointed", again)
        case .interrupted(.timeLimit):
            Message(.unfinished, "the time limit is over; what was acknowledged is checkpointed", again)
        case .interrupted(.takenOver):
            Message(
                .unfinished, "another process has taken over \(name): this one has stopped",
                "nothing is lost: the other one goes on; see: reindex status \(name)")
        case .held(let holder):
            Message(
                .unfinished, "\(name) is being reindexed by \(holder.text)",
                "it shows signs of life; \(Quantities.duration(holder.lease ?? 0)) after the last one this command would take over",
                "wait for it with --wait-for 10m, or stop it there; see: reindex status \(name)")
        case .takenOver(let holder):
            Message(
                .unfinished, "another process has taken over \(name): this one has stopped", holder,
                "nothing is lost: the other one goes on; see: reindex status \(name)")
        case .fenced(let reason):
            Message(
                .unfinished, "this process may no longer write the index of \(name)", reason,
                "see: reindex status \(name)")
        case .indexLost(let index, let reason):
            Message(.unfinished, "the index \(index) is lost", reason, "begin anew with: reindex run \(name)")
        case .patienceOver(let waited, let last):
            Message(
                .unfinished, "\(name) made no progress for \(Quantities.duration(waited.seconds)) and gave up", last,
                "when the cause is gone, \(again)")
        case .bulkRefused(let status, let type, let reason):
            Message(
                status == 401 || status == 403 ? .notAllowed : .dataWrong,
                "OpenSearch refused the documents of \(name) as a whole",
                "\(status) \(type): \(reason)", "when the cause is gone, \(again)")
        case .foreignWriter(let id, let version, let newest):
            Message(
                .notPromoted, "somebody else writes the new index of \(name): it is not promoted",
                "document \(id) has version \(version), above every version of this run (\(newest.version))",
                "find the writer, then: reindex run \(name)")
        case .tooManyRejected(let count, let limit, let stoppedEarly):
            Message(
                .notPromoted,
                "\(Quantities.count(count, "document")) of \(name) \(count == 1 ? "was" : "were") rejected: it is not promoted",
                stoppedEarly
                    ? "max_rejected is \(Quantities.count(limit)); the run stopped early, for it was hopeless"
                    : "max_rejected is \(Quantities.count(limit)); all other documents are indexed",
                "all of them: reindex rejected \(name); when their cause is mended: reindex rejected \(name) --retry")
        case .rejectedWhileServing(let count, let limit):
            Message(
                .notPromoted,
                "OpenSearch refused \(Quantities.count(count, "document")) of \(name), whose index serves: they are not in it",
                "max_rejected is \(Quantities.count(limit)); all other documents are as in PostgreSQL",
                "all of them: reindex rejected \(name); when their cause is mended: reindex rejected \(name) --retry")
        case .countsDiffer(let acknowledged, let rejected, let inIndex):
            Message(
                .notPromoted, "the new index of \(name) does not hold what was sent: it is not promoted",
                "\(Quantities.count(acknowledged)) acknowledged less \(Quantities.count(rejected)) rejected, but \(Quantities.count(inIndex)) in the index",
                "two rows that share one _id, or another writer, are the likely causes; then: reindex run \(name)")
        case .keysDiffer(let wanted, let inIndex):
            Message(
                .notPromoted,
                "the new index of \(name) does not hold the keys that the query yields: it is not promoted",
                "\(Quantities.count(wanted, "document")) asked for, \(Quantities.count(inIndex)) in the index, after what was missing was sent and what was superfluous deleted",
                "two rows that share one _id, or another writer, are the likely causes; then: reindex run \(name)")
        case .unhealthy(let index, let health, let waited):
            Message(
                .unfinished,
                "the index \(index) is still \(health.color.rawValue) after \(Quantities.duration(waited.seconds))",
                "\(health.unassignedShards) shards are unassigned: GET _cluster/allocation/explain says why", again)
        case .gateClosed(let index, let reasons):
            gateClosed(index, reasons)
        case .knownBad(let run, let reason):
            Message(
                .cannotContinue, "\(name) is known to be bad: run \(run)", reason,
                "change the mapping, or the gate where it closed; or insist: reindex run \(name) --again")
        case .rolledBack(let reason):
            Message(
                .rolledBack, "\(name) was promoted, and rolled back", reason,
                "the same mapping is refused until it changes; what the index that serves missed: reindex catch-up \(name)"
            )
        case .replaced(let reason):
            Message(
                .rolledBack, "\(name) was promoted, and does not serve any more", reason,
                "see: reindex status \(name)")
        case .notPromoted(let reason):
            Message(.notPromoted, "\(name) was not promoted", reason, "see: reindex status \(name)")
        case .cannotContinue(let run, let differences):
            mismatch(run: run, differences)
        case .cannotContinueIndex(let run, let reason):
            Message(
                .cannotContinue, "the unfinished run \(run) of \(name) cannot be gone on with", reason,
                "begin anew with: reindex run \(name)")
        case .versionsRefused(let buckets):
            Message(
                .notPromoted,
                "documents of \(name) differ from their rows, and OpenSearch keeps the document: it is not promoted",
                "\(Quantities.count(buckets, "group")) of documents whose row has no higher version (document.version): the column does not grow with every change",
                "mend the versions, then: reindex run \(name)")
        case .placesLost:
            Message(
                .unfinished, "the rows of \(name) could not be read in one snapshot", "the snapshot was lost",
                "go on with: reindex --resume \(name)")
        case .doubledKey(let place):
            Message(
                .dataWrong,
                "two rows of \(name) have the key \(place.text.joined(separator: ", ")): it is not promoted",
                "a key must be unique; correct the query, then: reindex run \(name)")
        }
    }

    private func mismatch(run: String, _ differences: [Fingerprint.Difference]) -> Message {
        var message = Message(.cannotContinue, "the unfinished run \(run) of \(name) was begun from something else")
        for difference in differences {
            message.details.append("\(difference.field) was: \(Self.short(difference.before))")
            message.details.append(
                "\(String(repeating: " ", count: difference.field.count)) now: \(Self.short(difference.now))")
        }
        message.details.append("abandon it and begin anew with: reindex run \(name) --fresh")
        return message
    }

    private static func short(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count <= 300 ? line : line.prefix(300) + " …"
    }

    func refusal(_ refusal: ReindexPlan.Refusal) -> Message {
        switch refusal {
        case .templateAddsAlias(let template, let alias):
            Message(
                .dataWrong,
                "the template \(template) would put the new index of \(name) behind the alias \(alias) at once",
                "a search would find documents twice while it is filled",
                "take the alias out of the template; nothing was created or changed")
        case .aliasIsIndex(let alias):
            Message(
                .dataWrong, "\(alias) is an index, not an alias",
                "an alias of that name cannot be made while the index is there: rename the alias in the mapping, or drop that index in the call that makes the alias, without a way back: reindex run \(name) --replace-index",
                "nothing was created or changed")
        case .diskTooSmall(let needed, let free):
            Message(
                .dataWrong, "the disk is too small for \(name)",
                "about \(Quantities.bytes(needed)) are needed, \(Quantities.bytes(free)) are free",
                "nothing was created or changed")
        case .notPhysical(let reason):
            Message(
                .dataWrong, "\(name) cannot be read in physical order",
                "\(place(of: "source.order"))  source.order: \(reason)",
                "order: key reads it, and order: auto takes what is possible; nothing was created or changed")
        case .notProvable(let why):
            Message(
                .dataWrong, "writers: versioned of \(name) cannot be proven",
                "versions are the application's, so the documents are compared, and \(why)",
                "nothing was created or changed")
        }
    }

    private func gateClosed(_ index: String, _ reasons: [String]) -> Message {
        var message = Message(.notPromoted, "the gate of \(name) is closed: it is not promoted")
        message.details += reasons.prefix(10)
        message.details.append("the index \(index) is kept, and the old one serves")
        message.details.append(
            "change the mapping, or correct the gate or its canaries; or try the same index again: reindex run \(name) --again"
        )
        return message
    }
}
