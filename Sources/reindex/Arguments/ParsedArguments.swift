internal import ReindexCore

/// The arguments as they were typed, by GNU conventions: `--x=v` and `--x v`, options anywhere, `--` ends them.
/// What they mean together is for ``Invocation`` to say.
struct ParsedArguments: Equatable {
    struct Option: Equatable {
        let name: OptionName
        let value: String?
    }

    /// nil where none was named; `--resume` alone means `run`.
    private(set) var command: CommandName?
    private(set) var options: [Option] = []
    /// The words after the command.
    private(set) var operands: [String] = []

    /// - Parameter arguments: Without the program's name.
    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        var words: [String] = []
        var wordsAfterEnd: [String] = []
        while let argument = rest.popFirst() {
            if argument == "--" {
                wordsAfterEnd = Array(rest)
                rest = []
            } else if argument == "-h" {
                options.append(Option(name: .help, value: nil))
            } else if argument.hasPrefix("-"), argument != "-" {
                options.append(try Self.option(argument, rest: &rest, command: words.first))
            } else {
                words.append(argument)
            }
        }
        try assign(words, afterEnd: wordsAfterEnd)
        try checkBelonging()
    }

    func has(_ name: OptionName) -> Bool { options.contains { $0.name == name } }

    /// As usual, the last one counts.
    func value(of name: OptionName) -> String? { options.last { $0.name == name }?.value }

    func values(of name: OptionName) -> [String] { options.filter { $0.name == name }.compactMap(\.value) }

    private mutating func assign(_ words: [String], afterEnd: [String]) throws(UsageError) {
        if let first = words.first, let named = CommandName(rawValue: first) {
            guard named.entry.isAvailable else { throw UsageError(.notAvailable(first), command: nil) }
            command = named
            operands = Array(words.dropFirst()) + afterEnd
        } else if words.first == "help" {
            // `reindex help run` is as old as commands are.
            options.append(Option(name: .help, value: nil))
            if let word = words.dropFirst().first { try assign([word], afterEnd: []) }
        } else if has(.resume) {
            command = .run
            operands = words + afterEnd
        } else if let word = words.first ?? afterEnd.first {
            throw UsageError(.unknownCommand(word), command: nil)
        }
    }

    private func checkBelonging() throws(UsageError) {
        guard let command else { return }
        for option in options {
            guard let commands = CommandTable.option(named: option.name)?.commands, !commands.isEmpty else { continue }
            guard commands.contains(command) else {
                throw UsageError(.foreignOption(option.name.spelling, of: command), command: command)
            }
        }
    }

    private static func option(
        _ argument: String, rest: inout ArraySlice<String>, command: String?
    ) throws(UsageError) -> Option {
        let command = command.flatMap { CommandName(rawValue: $0) }
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let typed = String(parts[0])
        let entry = OptionName(rawValue: String(typed.dropFirst(2))).flatMap { CommandTable.option(named: $0) }
        guard typed.hasPrefix("--"), let entry else { throw UsageError(.unknownOption(typed), command: command) }
        guard entry.isAvailable else { throw UsageError(.notAvailable(typed), command: command) }
        guard let placeholder = entry.value else {
            guard parts.count == 1 else { throw UsageError(.needlessValue(typed), command: command) }
            return Option(name: entry.name, value: nil)
        }
        if parts.count == 2 {
            guard !parts[1].isEmpty else { throw UsageError(.missingValue(typed, placeholder), command: command) }
            return Option(name: entry.name, value: String(parts[1]))
        }
        // A value may begin with one dash (a negative key); two are the next option, forgotten a value.
        guard let next = rest.first, !next.isEmpty, !next.hasPrefix("--") else {
            throw UsageError(.missingValue(typed, placeholder), command: command)
        }
        rest.removeFirst()
        return Option(name: entry.name, value: next)
    }
}
