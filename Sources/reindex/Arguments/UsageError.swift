internal import ReindexCore

/// What is wrong with the arguments: exit 64, and nothing was done.
struct UsageError: Error, Equatable {
    enum Kind: Equatable {
        case noCommand
        case unknownCommand(String)
        case unknownOption(String)
        /// An option of other commands.
        case foreignOption(String, of: CommandName)
        /// It belongs to a later version.
        case notAvailable(String)
        case missingValue(String, String)
        case needlessValue(String)
        case badValue(option: String, value: String, expected: String)
        case missingOperand(String)
        case needlessOperand(String)
        case badOperand(String, [String])
        /// Two options, or an option and a name, that exclude each other.
        case contradiction(String, String)
        case missingOption(String)
    }

    static let exitCode: Int32 = 64

    let kind: Kind
    /// Whose `--help` would tell.
    let command: CommandName?

    init(_ kind: Kind, command: CommandName?) {
        self.kind = kind
        self.command = command
    }

    /// One line, without `error:`.
    var message: String {
        switch kind {
        case .noCommand: "no command"
        case .unknownCommand(let word): "unknown command \(Self.shown(word))"
        case .unknownOption(let option): "unknown option \(Self.shown(option))"
        case .foreignOption(let option, let command): "\(option) is not an option of reindex \(command.rawValue)"
        case .notAvailable(let word): "\(word) is not in this version yet"
        case .missingValue(let option, let placeholder): "\(option) needs a value: \(option) \(placeholder)"
        case .needlessValue(let option): "\(option) takes no value"
        case .badValue(let option, let value, let expected): "\(option) is \(Self.shown(value)), not \(expected)"
        case .missingOperand(let placeholder): "\(placeholder) is missing"
        case .needlessOperand(let word): "\(Self.shown(word)) is one word too many"
        case .badOperand(let word, let known): "\(Self.shown(word)) is not one of \(known.joined(separator: ", "))"
        case .contradiction(let one, let other): "\(one) and \(other) exclude each other"
        case .missingOption(let usage): "\(usage) is missing"
        }
    }

    /// What to type instead, a line each.
    var hints: [String] {
        [nearest, "reindex \(command.map { $0.rawValue + " " } ?? "")--help"].compactMap { $0 }
    }

    private var nearest: String? {
        switch kind {
        case .unknownCommand(let word):
            let known = CommandTable.listedCommands.map(\.name.rawValue)
            if let name = NearestName.of(word, in: known) { return "did you mean reindex \(name)?" }
            // The name of a mapping, most likely.
            return "a mapping is run by: reindex run \(Self.shown(word))"
        case .unknownOption(let option):
            let known = command.map { CommandTable.ownOptions(of: $0) + CommandTable.everywhere }
            let names = (known ?? CommandTable.options.filter(\.isAvailable)).map(\.name.spelling)
            return NearestName.of(option, in: names).map { "did you mean \($0)?" }
        case .foreignOption(let option, _):
            let commands = CommandTable.options.first { $0.name.spelling == option }?.commands ?? []
            let names = commands.map { "reindex \($0.rawValue)" }.sorted()
            return names.isEmpty ? nil : "it is one of \(names.joined(separator: ", "))"
        case .badValue(_, let value, let expected):
            let words = expected.split(separator: " or ").map(String.init)
            return NearestName.of(value, in: words).map { "did you mean \($0)?" }
        case .badOperand(let word, let known): return NearestName.of(word, in: known).map { "did you mean \($0)?" }
        default: return nil
        }
    }

    /// Typed text in a message: short, without control characters.
    private static func shown(_ text: String) -> String {
        let safe = text.unicodeScalars.prefix(80).map { $0.properties.generalCategory == .control ? "?" : String($0) }
        return safe.isEmpty ? "''" : safe.joined()
    }
}
