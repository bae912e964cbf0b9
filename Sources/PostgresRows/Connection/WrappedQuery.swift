/// SQL of ours around a text of the user's, which is never edited.
struct WrappedQuery: Sendable, Hashable {
    let prefix: String
    let text: String
    let suffix: String

    var sql: String { prefix + text + suffix }

    /// The same as part of a longer statement.
    func preceded(by more: String) -> WrappedQuery { WrappedQuery(prefix: more + prefix, text: text, suffix: suffix) }

    /// Where a position of the server's (characters from 1) lies in the user's text, or nil where it lies in ours.
    ///
    /// What the server finds behind the user's last character is the end of the user's text: something is missing there.
    func userPosition(_ position: Int) -> Int? {
        let length = text.unicodeScalars.count
        guard length > 0 else { return nil }
        let own = position - prefix.unicodeScalars.count
        return own < 1 ? nil : min(own, length)
    }
}

extension String {
    /// `"name"`, with its quotes doubled.
    var quotedIdentifier: String {
        "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
