/// `docs/command.md`, made from the command table: a test holds the file to it.
enum CommandReference {
    static var text: String {
        """
        # The command
        <!-- Made by `reindex docs-command > docs/command.md`; a test compares the two. -->

        `reindex COMMAND [NAME] [OPTION]…`. NAME is a mapping: the file `NAME.yaml` of the mappings folder. Options stand
        anywhere, as `--option value` or `--option=value`; `--` ends them. `reindex --resume` is short for `reindex run --resume`.

        | command | what it does |
        |---|---|
        \(CommandTable.listedCommands.map(commandRow).joined(separator: "\n"))

        \(CommandTable.listedCommands.map(section).joined(separator: "\n"))
        ## Every command
        \(table(CommandTable.everywhere))

        ## Connections
        Secrets are never taken from options, which every user of a machine can see.

        | variable | |
        |---|---|
        \(environment.map { "| \($0.map { "`\($0)`" }.joined(separator: ", ")) | \($1) |" }.joined(separator: "\n"))

        ## Exit codes
        | exit | meaning | a hook should |
        |---|---|---|
        \(exitCodes.map { "| \($0) | \($1) | \($2) |" }.joined(separator: "\n"))

        With several mappings it is the first in the order 1, 3, 4, 78, 77, 65, 64, 69, 75, 0.

        """
    }

    private static let environment: [([String], String)] = [
        (
            ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGPASSFILE", "PGSSLMODE"],
            "and all other variables of libpq: where PostgreSQL is"
        ),
        (["DATABASE_URL"], "a connection URL for PostgreSQL, in place of them"),
        (["DATABASE_PASSWORD_COMMAND"], "run at each connect; the first line that it prints is the password"),
        (["OPENSEARCH_URL"], "where OpenSearch is; several addresses, separated by commas, are tried in turn"),
        (["OPENSEARCH_USER", "OPENSEARCH_PASSWORD"], "basic authentication"),
        (["OPENSEARCH_PASSWORD_FILE"], "a file whose first line is the password"),
        (["OPENSEARCH_CA"], "a file with the certificate authority to trust"),
    ]

    private static let exitCodes = [
        ("0", "done, or nothing to do (also with `--limit` and `--no-promote`)", "pass"),
        ("1", "our own fault, or the report could not be written", "fail"),
        ("3", "promoted, then rolled back or replaced: by `watch`, or by somebody", "fail, not try again"),
        (
            "4",
            "not promoted: gate, verification, too many rejected, a foreign writer; `verify` found differences; `rejected --retry` was refused again, or documents by the index that serves",
            "fail"
        ),
        ("64", "the arguments are wrong", "fail"),
        (
            "65", "the mapping or the data is wrong (a doubled key among it), or there is no run or index to do it to",
            "fail"
        ),
        ("77", "not allowed (a 401 on the way too)", "fail"),
        ("78", "the mapping changed since the run began, or is known to be bad", "fail"),
        ("69", "a server cannot be reached, before anything began or was resumed", "try again"),
        (
            "75",
            "unfinished, and the same command continues (a signal, the time limit, another holder, patience over)",
            "try again"
        ),
        ("130, 143", "a second signal: stopped at once, resumable", "try again"),
    ]

    private static func commandRow(_ entry: CommandEntry) -> String {
        "| `\(usage(entry).replacing("|", with: "\\|"))` | \(entry.summary) |"
    }

    private static func section(_ entry: CommandEntry) -> String {
        let own = CommandTable.ownOptions(of: entry.name)
        let examples = entry.examples.map { "    \($0)" }.joined(separator: "\n")
        return "## `\(usage(entry))`\n\(capitalized(entry.summary)).\n\n\(examples)\n"
            + (own.isEmpty ? "" : "\n\(table(own))\n")
    }

    private static func usage(_ entry: CommandEntry) -> String {
        ["reindex", entry.name.rawValue, entry.operands.placeholder].compactMap { $0 }.joined(separator: " ")
    }

    private static func table(_ options: [OptionEntry]) -> String {
        "| option | |\n|---|---|\n"
            + options.map { "| `\(HelpText.usage(of: $0).replacing("|", with: "\\|"))` | \($0.help) |" }
            .joined(separator: "\n")
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
