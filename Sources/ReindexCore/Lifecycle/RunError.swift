/// Why a run did not end as asked, as values; exit code and wording are the command's.
package enum RunError: Error, Sendable {
    /// Stopped by a signal or the time limit; the same command continues.
    case interrupted(StopRequest.Reason)
    /// The writer alias or the checkpoint moved: another holder has the run.
    case takenOver(by: String)
    /// Another process holds the run and shows signs of life.
    case held(by: RunRecord.Holder)
    /// The writer alias no longer takes our writes; why is found out by reading the checkpoint and the index.
    case fenced(reason: String)
    /// The index that was being filled is gone, or is another one of that name.
    case indexLost(index: String, reason: String)
    /// OpenSearch did not take documents for as long as `--patience` allows.
    case patienceOver(waited: Duration, last: String)
    /// OpenSearch refused a bulk request or an item for a reason that is not the document's and that waiting cannot cure.
    case bulkRefused(status: Int, type: String, reason: String)
    /// A version in the index is above every epoch of ours.
    case foreignWriter(id: String, version: Int64, newestEpoch: Epoch)
    /// More documents were rejected than `max_rejected` allows.
    case tooManyRejected(count: Int, limit: Int, stoppedEarly: Bool)
    /// The same of an index that serves: it stays promoted.
    case rejectedWhileServing(count: Int, limit: Int)
    /// What was acknowledged is not what the index holds.
    case countsDiffer(acknowledged: Int, rejected: Int, inIndex: Int)
    /// After what was missing was sent, and what was superfluous deleted, the index still holds other keys than the query.
    case keysDiffer(wanted: Int, inIndex: Int)
    /// The index does not get as healthy as its nodes allow.
    case unhealthy(index: String, health: IndexHealth, waited: Duration)
    /// The gate did not open; the index is kept.
    case gateClosed(index: String, reasons: [String])
    /// The mapping is known to be bad: its gate closed, or it was rolled back.
    case knownBad(run: String, reason: String)
    /// Promoted, and moved back since: by the watch, or by somebody else.
    case rolledBack(reason: String)
    /// Promoted, and somebody has put another index behind the alias since.
    case replaced(reason: String)
    /// The alias did not move, or moved elsewhere.
    case notPromoted(reason: String)
    /// The fingerprint differs.
    case cannotContinue(run: String, differences: [Fingerprint.Difference])
    /// The index of the unfinished run cannot be gone on with.
    case cannotContinueIndex(run: String, reason: String)
    /// `writers: versioned`: documents are newer by their version and older by what they say.
    case versionsRefused(buckets: Int)
    /// A scan in physical order outlived its snapshot: in another one its place means nothing. It is made by key then.
    case placesLost
    /// Two rows share a key.
    case doubledKey(KeyPlace)
}
