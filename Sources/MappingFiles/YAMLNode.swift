/// A YAML value with its place in the file: all that mapping files use of YAML.
struct YAMLNode {
    enum Content {
        case scalar(String, style: ScalarStyle)
        case list([YAMLNode])
        case map([Member])
    }

    /// How a scalar is written. Only a plain one can be a number, a boolean or null.
    enum ScalarStyle {
        case plain, quoted
        /// `|`: keeps its line breaks, so that a place in the text has a line in the file.
        case literal
        /// `>`
        case folded
    }

    struct Member {
        let name: String
        let nameMark: YAMLMark
        let value: YAMLNode
    }

    let content: Content
    /// Where the value begins; for `|` and `>` the place of that sign.
    let mark: YAMLMark

    /// Nothing, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, .plain) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// "a list", for messages.
    var kindName: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a single value"
        case .list: "a list"
        case .map: "a section"
        }
    }

    /// The line of the first character of a scalar's text.
    var firstTextLine: Int {
        switch content {
        case .scalar(_, .literal), .scalar(_, .folded): mark.line + 1
        default: mark.line
        }
    }
}

/// A place in a file: line and column from 1, the column in characters.
struct YAMLMark: Hashable {
    var line: Int
    var column: Int
}
