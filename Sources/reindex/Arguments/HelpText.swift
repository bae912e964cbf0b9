/// `--help`: an example, a table, and nothing else.
enum HelpText {
    /// - Parameters:
    ///   - command: nil for `reindex --help`.
    ///   - width: The terminal's columns; below 40 it is taken as 40.
    static func text(for command: CommandName?, width: Int) -> String {
        guard let command else { return overview(width: width) }
        let entry = command.entry
        let usage = ["reindex", command.rawValue, entry.operands.placeholder].compactMap { $0 }.joined(separator: " ")
        var text = "\(usage)\n    \(entry.summary)\n\n" + entry.examples.map { "    \($0)\n" }.joined() + "\n"
        let own = CommandTable.ownOptions(of: command)
        if !own.isEmpty { text += table(own.map(row), width: width) + "\n" }
        return text + table(CommandTable.everywhere.map(row), width: width)
    }

    private static func overview(width: Int) -> String {
        let commands = CommandTable.listedCommands.map { entry in
            ([entry.name.rawValue, entry.operands.placeholder].compactMap { $0 }.joined(separator: " "), entry.summary)
        }
        return "    reindex plan products\n    reindex run products\n\n" + table(commands, width: width) + "\n"
            + table(CommandTable.everywhere.map(row), width: width)
    }

    private static func row(of option: OptionEntry) -> (String, String) {
        (usage(of: option), option.help)
    }

    /// `--limit N`
    static func usage(of option: OptionEntry) -> String {
        [option.name.spelling, option.value].compactMap { $0 }.joined(separator: " ")
    }

    /// Two columns, the second one wrapped.
    private static func table(_ rows: [(String, String)], width: Int) -> String {
        let first = (rows.map(\.0.count).max() ?? 0) + 2
        let second = max(40, width) - first
        return rows.map { name, words in
            let lines = wrapped(words, width: max(20, second))
            let padding = String(repeating: " ", count: first)
            let head = name + padding.dropFirst(name.count)
            return head + lines.joined(separator: "\n" + padding) + "\n"
        }.joined()
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
