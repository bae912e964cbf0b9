/// How a run is asked for; nothing of it changes a document.
package struct RunOptions: Sendable {
    package enum Beginning: Sendable, Hashable {
        /// `run`: go on with what is unfinished, otherwise begin.
        case continueOrBegin
        /// `--resume`: only go on.
        case continueOnly
        /// `--fresh`: abandon what is unfinished.
        case fresh
    }

    package var beginning: Beginning = .continueOrBegin
    /// `--on-mismatch fresh`.
    package var abandonsOnMismatch = false
    package var promotes = true
    /// `--if-changed`: asked once more when another holder was waited for.
    package var onlyIfChanged = false
    /// `--again`: although the mapping is known to be bad. An index whose gate closed is tried again.
    package var isAgain = false
    /// `rejected --retry`, which says itself in which state it leaves the run.
    var isRetry = false
    /// `--replace-index`: an index of the alias's name is dropped in the call that makes the alias.
    package var replacesIndex = false
    /// `verify --repair`: an index that serves is brought up to date in these documents alone.
    package var scope: RepairScope?
    package var limit: Int?
    package var patience: Duration = .seconds(600)
    package var maxInFlight: Int?
    /// `--readers`; nil is the mapping's.
    package var readers: Int?
    package var bodyByteCount: Int?
    package var fetchRowCount: Int?
    package var keepsRejectedBodies = false
    package var host: String
    package var processID: Int
    /// The boot and process namespace, and when this process began: see ``RunRecord/Holder``.
    package var boot: String?
    package var processBegan: String?
    /// `--lease`: without a sign of life for this long a holder is taken over; nil is without leases.
    package var lease: Duration?
    /// `--wait-for`: how long to wait for another holder that lives.
    package var waitFor: Duration = .zero
    /// How often it is looked whether somebody wants the run to pause or to slow down; nil is never.
    package var controlInterval: Duration?
    /// Whether the kernel knows that a holder's process has ended: only of this boot and namespace can it know.
    package var isGone: @Sendable (RunRecord.Holder) -> Bool = { _ in false }
    package var tool: String

    package init(host: String, processID: Int, tool: String) {
        self.host = host
        self.processID = processID
        self.tool = tool
    }
}
