/// How the process ends; documented in `docs/command.md`, each with what a hook should do.
enum ExitCode: Int32, Sendable {
    case done = 0
    case unexpected = 1
    case rolledBack = 3
    case notPromoted = 4
    case usage = 64
    case dataWrong = 65
    case unreachable = 69
    case unfinished = 75
    case notAllowed = 77
    case cannotContinue = 78
    case interrupted = 130
    case terminated = 143

    /// Of several mappings the worst in this order is the command's.
    private static let order: [ExitCode] = [
        .unexpected, .rolledBack, .notPromoted, .cannotContinue, .notAllowed, .dataWrong, .usage, .unreachable,
        .unfinished, .done,
    ]

    static func worst(of codes: [ExitCode]) -> ExitCode {
        order.first(where: codes.contains) ?? codes.first ?? .done
    }
}
