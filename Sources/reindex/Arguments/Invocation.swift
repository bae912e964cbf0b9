internal import ReindexCore

/// What was asked for, checked as far as it can be without a file or a server.
enum Invocation: Equatable, Sendable {
    case run(RunRequest)
    case plan(name: String, CommonOptions)
    case preview(PreviewRequest)
    case status(StatusRequest)
    /// `pause`, `unpause`, `throttle`.
    case control(name: String, RunControl.Wish, CommonOptions)
    case abort(AbortRequest)
    case rejected(RejectedRequest)
    case verify(VerifyRequest)
    case rollback(RollbackRequest)
    case prune(PruneRequest)
    case completions(Shell)
    case commandReference
    /// Of one command, or of all.
    case help(CommandName?)
    case version

    /// - Parameter arguments: Without the program's name.
    static func parse(_ arguments: [String]) throws(UsageError) -> Invocation {
        let parsed = try ParsedArguments(arguments)
        if parsed.has(.help) { return .help(parsed.command) }
        if parsed.has(.version) { return .version }
        guard let command = parsed.command else { throw UsageError(.noCommand, command: nil) }
        return try InvocationCheck(parsed: parsed, command: command).invocation()
    }
}

enum Shell: String, CaseIterable, Sendable { case bash, zsh, fish }

/// What every command takes.
struct CommonOptions: Equatable, Sendable {
    var mappings = "mappings"
    /// A folder instead of the checkpoint index.
    var checkpoints: String?
    var json = false
    var quiet = false
    var insecure = false
}

struct RunRequest: Equatable, Sendable {
    enum OnMismatch: String, CaseIterable, Sendable { case fail, fresh }

    /// What is made of the mapping's run before it is gone on with.
    enum Task: Equatable, Sendable {
        case run
        /// `catch-up`: the index that serves, from the after-round on.
        case catchUp
        /// `promote`: the index that was left unpromoted, from the last round on.
        case promote
    }

    var task = Task.run
    /// Empty: all mappings (`--all`), or all that are unfinished (`--resume`).
    var names: [String] = []
    /// `promote --index`.
    var index: String?
    var replacesIndex = false
    var isTogether = false
    var onlyIfChanged = false
    var isAgain = false
    var onlyResumes = false
    var isFresh = false
    var onMismatch = OnMismatch.fail
    var promotes = true
    /// Rows; such a run is not promoted.
    var limit: Int?
    var timeLimit: Duration?
    var patience = Duration.seconds(600)
    var grace = Duration.seconds(25)
    var lease = Duration.seconds(15)
    var waitFor = Duration.zero
    var reportPath: String?
    var maxInFlight: Int?
    var readers: Int?
    var fetchSize: Int?
    var tuneReportPath: String?
    /// Bytes of one bulk request to aim at.
    var bodySize: Int?
    var keepsRejectedBodies = false
    var common = CommonOptions()
}

struct PreviewRequest: Equatable, Sendable {
    var name: String
    /// `--key` as often as it was typed.
    var keys: [String]
    var common = CommonOptions()

    /// The key's values for a key of so many columns: as typed, or one `--key` split at its commas. A key of one column
    /// is never split.
    func keyValues(columnCount: Int) throws(UsageError) -> [String] {
        if keys.count == columnCount { return keys }
        let parts =
            keys.count == 1 ? keys[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init) : keys
        guard parts.count == columnCount else {
            throw UsageError(
                .badValue(
                    option: "--key", value: keys.joined(separator: ","),
                    expected: columnCount == 1 ? "one value" : "\(columnCount) values, one a column of the key"),
                command: .preview)
        }
        return parts
    }
}

struct StatusRequest: Equatable, Sendable {
    /// nil: all mappings.
    var name: String?
    var showsHistory = false
    var watches = false
    var common = CommonOptions()
}

struct VerifyRequest: Equatable, Sendable {
    var name: String
    var index: String?
    var comparesContent = false
    /// `--keys A..B`, both included.
    var keys: KeyInterval?
    var repairs = false
    var run: RunRequest
}

struct KeyInterval: Equatable, Sendable {
    let first: String
    let last: String

    /// - Parameter text: `100..200`; of several columns `7,a..7,z`.
    init?(_ text: String) {
        guard let dots = text.firstRange(of: ".."), dots.lowerBound > text.startIndex, dots.upperBound < text.endIndex
        else { return nil }
        (first, last) = (String(text[..<dots.lowerBound]), String(text[dots.upperBound...]))
    }

    /// One value a column of the key.
    func values(columnCount: Int) -> (first: [String], last: [String])? {
        let parts = [first, last].map { end in
            columnCount == 1
                ? [end] : end.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return parts.allSatisfy { $0.count == columnCount } ? (parts[0], parts[1]) : nil
    }
}

struct RollbackRequest: Equatable, Sendable {
    var name: String
    var to: String?
    var catchesUp = true
    var run: RunRequest
}

struct PruneRequest: Equatable, Sendable {
    var name: String
    var isDryRun = false
    var common = CommonOptions()
}

struct AbortRequest: Equatable, Sendable {
    var name: String
    var isConfirmed = false
    var isDryRun = false
    var common = CommonOptions()
}

struct RejectedRequest: Equatable, Sendable {
    var name: String
    var exportPath: String?
    var retries = false
    var common = CommonOptions()
}
