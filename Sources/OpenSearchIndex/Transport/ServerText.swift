/// Text that a server chose, made fit for a terminal or a log: no control characters, one line, bounded.
enum ServerText {
    static let limit = 600

    static func clean(_ text: String, limit: Int = limit) -> String {
        var result = String.UnicodeScalarView()
        var count = 0
        var pendingSpace = false
        for scalar in text.unicodeScalars {
            if isHarmful(scalar) || scalar.properties.isWhitespace {
                pendingSpace = !result.isEmpty
                continue
            }
            guard count < limit else {
                result.append("…")
                break
            }
            if pendingSpace { result.append(" ") }
            pendingSpace = false
            result.append(scalar)
            count += 1
        }
        return String(result)
    }

    static func clean(_ bytes: [UInt8], limit: Int = limit) -> String {
        // A scalar has at most four bytes; blanks may be dropped, so some more are looked at.
        clean(String(decoding: bytes.prefix(limit * 16), as: UTF8.self), limit: limit)
    }

    /// A body that is no JSON, in a few words.
    static func summary(of body: [UInt8]) -> String {
        let text = clean(body, limit: 4000)
        guard !text.isEmpty else { return "an empty answer" }
        guard text.hasPrefix("<") else { return clean(text, limit: 200) }
        let lower = text.lowercased()
        guard lower.contains("<html") || lower.contains("<!doctype html") else { return "an XML document" }
        guard let title = between("<title>", "</title>", in: text), !title.isEmpty else { return "an HTML page" }
        return "an HTML page titled “\(clean(title, limit: 100))”"
    }

    private static func between(_ opening: String, _ closing: String, in text: String) -> String? {
        let characters = Array(text)
        let lower = characters.map { $0.lowercased() }
        func position(of tag: String, from start: Int) -> Int? {
            let wanted = tag.map { String($0) }
            guard start + wanted.count <= lower.count else { return nil }
            return (start...(lower.count - wanted.count)).first { lower[$0..<$0 + wanted.count].elementsEqual(wanted) }
        }
        guard let begin = position(of: opening, from: 0) else { return nil }
        let inside = begin + opening.count
        guard let end = position(of: closing, from: inside) else { return nil }
        return String(characters[inside..<end])
    }

    /// Controls, and the marks that turn the direction of writing: they can make a line say something else.
    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}
