/// What `reindex` can be told to do, by the word that is typed.
enum CommandName: String, CaseIterable, Sendable {
    case run, plan, preview, status, verify
    case catchUp = "catch-up"
    case promote, rollback, abort, prune, rejected, pause, unpause, throttle
    case completions
    /// Prints `docs/command.md`; not listed.
    case commandReference = "docs-command"

    var entry: CommandEntry {
        // The table names every case: a test holds it to that.
        CommandTable.commands.first { $0.name == self }
            ?? CommandEntry(name: self, operands: .none, summary: "", examples: [], isAvailable: false)
    }
}

/// Every option, by its long name without the dashes.
enum OptionName: String, CaseIterable, Sendable {
    // run
    case all, resume, fresh, limit, report
    case ifChanged = "if-changed"
    case again
    case noPromote = "no-promote"
    case timeLimit = "time-limit"
    case patience, grace, lease
    case waitFor = "wait-for"
    case together
    case onMismatch = "on-mismatch"
    case maxInFlight = "max-in-flight"
    case fetchSize = "fetch-size"
    case bodySize = "body-size"
    case readers
    case keepRejectedBodies = "keep-rejected-bodies"
    case tuneReport = "tune-report"
    // others
    case key, rate, watch, history, content, keys, index, repair
    case noCatchUp = "no-catch-up"
    case replaceIndex = "replace-index"
    case to, yes
    case dryRun = "dry-run"
    case retry, export
    // everywhere
    case mappings, checkpoints, json, quiet, insecure, help, version

    /// As it is typed.
    var spelling: String { "--\(rawValue)" }
}
