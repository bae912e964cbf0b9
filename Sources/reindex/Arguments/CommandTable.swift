/// A command: its words, what they are for, and an example of each use.
struct CommandEntry: Sendable {
    /// The words that follow a command.
    enum Operands: Sendable, Hashable {
        case none
        case oneMapping
        case mayBeOneMapping
        case mappings
        /// One of these words.
        case choice(String, [String])

        /// For the usage: `NAME…`.
        var placeholder: String? {
            switch self {
            case .none: nil
            case .oneMapping: "NAME"
            case .mayBeOneMapping: "[NAME]"
            case .mappings: "NAME…"
            case .choice(_, let words): words.joined(separator: "|")
            }
        }
    }

    let name: CommandName
    let operands: Operands
    /// One line, without a full stop.
    let summary: String
    let examples: [String]
    var isAvailable = true
    /// Works, and is not listed.
    var isHidden = false
}

/// An option: its value, what it does, and which commands take it.
struct OptionEntry: Sendable {
    /// What a value is, for completion.
    enum Completion: Sendable, Hashable {
        case nothing, file, folder
        case words([String])
    }

    let name: OptionName
    /// nil for a flag.
    var value: String?
    var completion = Completion.nothing
    let help: String
    /// Empty: every command.
    var commands: Set<CommandName> = []
    var isAvailable = true
}

/// The one table that parsing, `--help`, "did you mean", completions and `docs/command.md` are made from.
enum CommandTable {
    static let commands: [CommandEntry] = [
        CommandEntry(
            name: .run, operands: .mappings,
            summary: "copy what PostgreSQL holds into a fresh index, prove it, move the alias",
            examples: ["reindex run products --report report.json", "reindex --resume products"]),
        CommandEntry(
            name: .plan, operands: .oneMapping, summary: "everything that a run would do; touches nothing",
            examples: ["reindex plan products"]),
        CommandEntry(
            name: .preview, operands: .oneMapping, summary: "the document and the bulk action that one row becomes",
            examples: ["reindex preview products --key 42"]),
        CommandEntry(
            name: .status, operands: .mayBeOneMapping, summary: "how far the runs are, and what limits them",
            examples: ["reindex status products --json", "reindex status products --watch"]),
        CommandEntry(
            name: .verify, operands: .oneMapping, summary: "compare the index with PostgreSQL",
            examples: [
                "reindex verify products --content", "reindex verify products --content --repair",
                "reindex verify products --content --keys 1000..2000 --repair",
            ]),
        CommandEntry(
            name: .catchUp, operands: .oneMapping, summary: "bring changes and deletions onto the live index",
            examples: ["reindex catch-up products"]),
        CommandEntry(
            name: .promote, operands: .oneMapping,
            summary: "prove an index that was left unpromoted, and move the alias to it",
            examples: ["reindex promote products --report report.json"]),
        CommandEntry(
            name: .rollback, operands: .oneMapping,
            summary: "move the alias back to the index that served before, then bring that up to date",
            examples: ["reindex rollback products", "reindex rollback products --no-catch-up"]),
        CommandEntry(
            name: .abort, operands: .oneMapping, summary: "drop an unfinished run and its index",
            examples: ["reindex abort products --dry-run"]),
        CommandEntry(
            name: .prune, operands: .oneMapping, summary: "drop indices that are past their retention",
            examples: ["reindex prune products --dry-run"]),
        CommandEntry(
            name: .rejected, operands: .oneMapping, summary: "what OpenSearch refused, and why",
            examples: ["reindex rejected products --export rejected.ndjson", "reindex rejected products --retry"]),
        CommandEntry(
            name: .pause, operands: .oneMapping,
            summary: "let a run that is under way wait, from any machine; it stays paused over a resume",
            examples: ["reindex pause products"]),
        CommandEntry(
            name: .unpause, operands: .oneMapping, summary: "let a paused run go on",
            examples: ["reindex unpause products"]),
        CommandEntry(
            name: .throttle, operands: .oneMapping, summary: "slow down a run that is under way, from any machine",
            examples: ["reindex throttle products --rate 500", "reindex throttle products --rate off"]),
        CommandEntry(
            name: .completions, operands: .choice("SHELL", ["bash", "zsh", "fish"]),
            summary: "print the completions of a shell", examples: ["source <(reindex completions bash)"]),
        CommandEntry(
            name: .commandReference, operands: .none, summary: "print docs/command.md",
            examples: ["reindex docs-command > docs/command.md"], isHidden: true),
    ]

    static let options: [OptionEntry] = runOptions + otherOptions + commonOptions

    /// Those that hold a run: they take the options of its time and of its holder.
    private static let longCommands: Set<CommandName> = [.run, .catchUp, .promote, .rollback, .verify]

    private static let runOptions: [OptionEntry] = [
        OptionEntry(name: .all, help: "every mapping of the folder, one after the other", commands: [.run]),
        OptionEntry(
            name: .resume, help: "only continue what is unfinished, never begin anew; nothing to resume is no error",
            commands: [.run]),
        OptionEntry(name: .fresh, help: "abandon an unfinished run and begin anew", commands: [.run]),
        OptionEntry(
            name: .onMismatch, value: "fail|fresh", completion: .words(["fail", "fresh"]),
            help: "where the mapping changed since the unfinished run began: fail (default) or begin anew",
            commands: [.run]),
        OptionEntry(name: .noPromote, help: "stop before the alias moves: the new index is kept", commands: [.run]),
        OptionEntry(name: .limit, value: "N", help: "copy the first N rows only, and do not promote", commands: [.run]),
        OptionEntry(
            name: .timeLimit, value: "TIME", help: "stop after this long, resumable (exit 75): 14m, 1h30m",
            commands: longCommands),
        OptionEntry(
            name: .report, value: "FILE", completion: .file,
            help: "write the report as JSON, or as a page where FILE ends in .html", commands: longCommands),
        OptionEntry(
            name: .maxInFlight, value: "N", help: "at most N bulk requests at once (1 to 64)", commands: [.run]),
        OptionEntry(
            name: .bodySize, value: "SIZE", help: "aim at bulk requests of this size: 512KiB, 5MiB (otherwise found)",
            commands: [.run]),
        OptionEntry(
            name: .readers, value: "N", help: "read with N connections (1 to 64; default: as the mapping says)",
            commands: [.run]),
        OptionEntry(
            name: .fetchSize, value: "N", help: "rows of one FETCH (1 to 100000; otherwise found)", commands: [.run]),
        OptionEntry(
            name: .tuneReport, value: "FILE", completion: .file,
            help: "write each second's rate and the settings that were found, as CSV", commands: [.run]),
        OptionEntry(
            name: .keepRejectedBodies, help: "record the documents that are refused, not only their keys and reasons",
            commands: [.run]),
        OptionEntry(
            name: .patience, value: "TIME",
            help: "how long to wait for a server that takes nothing, before giving up with exit 75 (default 10m)",
            commands: longCommands),
        OptionEntry(
            name: .grace, value: "TIME", help: "how long to finish what is in flight after a signal (default 25s)",
            commands: longCommands),
        OptionEntry(
            name: .lease, value: "TIME",
            help: "after this long without a sign of life another process may take over (3s to 10m, default 15s)",
            commands: longCommands),
        OptionEntry(
            name: .waitFor, value: "TIME",
            help:
                "how long to wait for servers that are still starting, and for another process that reindexes the same (default 0s)",
            commands: longCommands),
        OptionEntry(
            name: .ifChanged,
            help: "only where the mapping, its index body or the columns changed since the index that serves was built",
            commands: [.run]),
        OptionEntry(
            name: .again,
            help: "although its gate closed (the index that was kept is tried again) or it was rolled back",
            commands: [.run]),
        OptionEntry(
            name: .together, help: "promote all mappings named in one call: all of them or none", commands: [.run]),
    ]

    private static let otherOptions: [OptionEntry] = [
        OptionEntry(
            name: .key, value: "KEY", help: "the row's key; of several columns: --key 7,42, or --key once for each",
            commands: [.preview]),
        OptionEntry(name: .yes, help: "do not ask", commands: [.abort]),
        OptionEntry(name: .dryRun, help: "only say what would be dropped", commands: [.abort, .prune]),
        OptionEntry(
            name: .export, value: "FILE", completion: .file, help: "write all of them, a JSON object a line",
            commands: [.rejected]),
        OptionEntry(
            name: .retry, help: "read their rows again and send them again; those refused again stay (exit 4)",
            commands: [.rejected]),
        OptionEntry(
            name: .watch,
            help: "keep showing it until the run ends: in place in a terminal, elsewhere a line every 5 s",
            commands: [.status]),
        OptionEntry(
            name: .rate, value: "N|off", help: "at most N documents a second (1 to 10000000), or as many as can be",
            commands: [.throttle]),
        OptionEntry(name: .history, help: "which index served when, by whose doing", commands: [.status]),
        OptionEntry(name: .content, help: "compare the documents too, not only their keys", commands: [.verify]),
        OptionEntry(
            name: .keys, value: "A..B",
            help:
                "only rows and documents from key A through key B (of several columns: 7,a..7,z)",
            commands: [.verify]),
        OptionEntry(
            name: .index, value: "INDEX", help: "this index, and not the one that serves or waits",
            commands: [.verify, .promote]),
        OptionEntry(
            name: .repair, help: "then write and delete exactly what was found", commands: [.verify]),
        OptionEntry(
            name: .replaceIndex,
            help:
                "drop an index that has the alias's name in the call that makes the alias: searches may fail while it lasts, and there is no way back",
            commands: [.run, .promote]),
        OptionEntry(
            name: .to, value: "INDEX", help: "this index, and not the one that served before", commands: [.rollback]),
        OptionEntry(
            name: .noCatchUp, help: "leave the index as old as it is", commands: [.rollback]),
    ]

    private static let commonOptions: [OptionEntry] = [
        OptionEntry(
            name: .mappings, value: "DIR", completion: .folder, help: "where the mapping files are (default mappings)"),
        OptionEntry(
            name: .checkpoints, value: "DIR", completion: .folder,
            help: "keep checkpoints in this folder, for this machine alone, and not in OpenSearch"),
        OptionEntry(name: .json, help: "print JSON"),
        OptionEntry(name: .quiet, help: "print errors only"),
        OptionEntry(name: .insecure, help: "do not verify OpenSearch's certificate"),
        OptionEntry(name: .help, help: "print this"),
        OptionEntry(name: .version, help: "print the version"),
    ]

    /// What help, completions and docs list.
    static var listedCommands: [CommandEntry] { commands.filter { $0.isAvailable && !$0.isHidden } }

    /// Options of one command alone, without those that every command takes.
    static func ownOptions(of command: CommandName) -> [OptionEntry] {
        options.filter { $0.isAvailable && $0.commands.contains(command) }
    }

    static var everywhere: [OptionEntry] { options.filter { $0.isAvailable && $0.commands.isEmpty } }

    static func option(named name: OptionName) -> OptionEntry? { options.first { $0.name == name } }
}
