/// Why a run ended as it did, in the few words that its record keeps for `status`; what to do next is the command's.
enum EndingReason {
    static func text(of error: any Error) -> String {
        switch error {
        case let error as RunError: text(error)
        case let error as SourceError: "PostgreSQL, while \(error.doing): \(error.message)"
        case let error as TargetError: "OpenSearch, while \(error.doing): \(error.text)"
        case let error as StoreError: "the checkpoints, while \(error.doing): \(error.message)"
        default: "\(error)"
        }
    }

    private static func text(_ error: RunError) -> String {
        switch error {
        case .interrupted(.signal): "stopped by a signal"
        case .interrupted(.timeLimit): "the time limit was over"
        case .interrupted(.takenOver): "taken over"
        case .held(let holder): "held by \(holder.text)"
        case .takenOver(let holder): "taken over by \(holder)"
        case .fenced(let reason): "fenced: \(reason)"
        case .indexLost(let index, let reason): "the index \(index) is lost: \(reason)"
        case .patienceOver(let waited, let last): "no progress for \(Int(waited.seconds)) s: \(last)"
        case .bulkRefused(let status, let type, let reason):
            "OpenSearch refused the documents: \(status) \(type): \(reason)"
        case .foreignWriter(let id, let version, _): "document \(id) has version \(version), which is not ours"
        case .tooManyRejected(let count, let limit, _): "\(count) documents were rejected, \(limit) are allowed"
        case .rejectedWhileServing(let count, let limit):
            "\(count) documents are refused by the index that serves, \(limit) are allowed"
        case .countsDiffer(let acknowledged, let rejected, let inIndex):
            "\(acknowledged) acknowledged less \(rejected) rejected, but \(inIndex) in the index"
        case .keysDiffer(let wanted, let inIndex):
            "the query yields \(wanted) documents, the index holds \(inIndex), and their keys differ"
        case .unhealthy(let index, let health, _): "the index \(index) stayed \(health.color.rawValue)"
        case .notPromoted(let reason): reason
        case .gateClosed(_, let reasons): "the gate is closed: \(reasons.joined(separator: "; "))"
        case .knownBad(let run, let reason): "known to be bad since the run \(run): \(reason)"
        case .rolledBack(let reason): reason
        case .replaced(let reason): reason
        case .cannotContinue(_, let differences): "changed: \(differences.map(\.field).joined(separator: ", "))"
        case .cannotContinueIndex(_, let reason): reason
        case .versionsRefused: "documents differ from rows whose version is not higher"
        case .placesLost: "a scan in physical order outlived its snapshot"
        case .doubledKey(let place): "two rows have the key \(place.text.joined(separator: ", "))"
        }
    }
}
