/// A pattern in which `*` stands for any characters, none included.
struct Wildcard {
    private let parts: [Substring]
    let text: String

    init(_ text: String) {
        self.text = text
        parts = text.split(separator: "*", omittingEmptySubsequences: false)
    }

    /// Whether the text holds a `*` at all.
    var isPattern: Bool { parts.count > 1 }

    func matches(_ name: String) -> Bool {
        guard let first = parts.first, let last = parts.last, isPattern else { return name == text }
        guard name.count >= first.count + last.count, name.hasPrefix(first), name.hasSuffix(last) else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.end(ofFirst: part) else { return false }
            rest = rest[found...]
        }
        return true
    }
}

extension Substring {
    /// The place behind the first occurrence of a text.
    fileprivate func end(ofFirst text: Substring) -> Index? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
