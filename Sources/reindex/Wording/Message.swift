/// What is told to a person when something went wrong: what failed, where and why in the server's own words, what to do next.
struct Message: Sendable, Hashable {
    var exit: ExitCode
    /// "cannot read products": follows "error: ".
    var summary: String
    /// Indented below; the cause first, the next step last.
    var details: [String]

    init(_ exit: ExitCode, _ summary: String, _ details: String...) {
        self.exit = exit
        self.summary = summary
        self.details = details
    }

    var text: String {
        let lines = details.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: true) }
        return (["error: \(Self.printable(summary))"] + lines.map { "  " + Self.printable(String($0)) })
            .map { $0 + "\n" }.joined()
    }

    /// Servers' words may hold anything: control characters do not reach the terminal, line breaks become blanks.
    static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? replacement(for: $0) : $0 }))
    }

    private static func replacement(for scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar == "\n" || scalar == "\r" || scalar == "\t" ? " " : "\u{FFFD}"
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}
