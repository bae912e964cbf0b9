extension JSONScanner {
    /// Deep enough for each document that is written: ``ValueWriter/maxDepth``.
    static let maxTreeDepth = 512

    /// The next value with all that is in it.
    ///
    /// By hand, because a decoder finds out of what kind a value is by errors thrown, which cost a run of a hundred rows a
    /// fifth of its time.
    mutating func tree() throws(Malformed) -> JSONValue {
        switch try peek() {
        case "{":
            var members: [String: JSONValue] = [:]
            try object { key, reader throws(Malformed) in members[key] = try reader.tree() }
            return .object(members)
        case "[":
            var elements: [JSONValue] = []
            try array { reader throws(Malformed) in elements.append(try reader.tree()) }
            return .array(elements)
        case "\"": return .string(try text())
        case "t", "f": return .bool(try bool())
        case "n":
            try literal("null")
            return .null
        default: return try numberValue()
        }
    }

    /// A string that is valid through and through: UTF-8, and no half of a surrogate pair.
    private mutating func text() throws(Malformed) -> String {
        let raw = try stringBytes()
        guard raw.contains(UInt8(ascii: "\\")) else {
            guard let text = String(validating: raw, as: UTF8.self) else { throw malformed("invalid UTF-8") }
            return text
        }
        // Half of a pair becomes U+FFFD: there may be no more of those than the text itself has.
        let count = { (text: String) in text.unicodeScalars.count { $0 == "\u{FFFD}" } }
        guard let escaped = String(validating: raw, as: UTF8.self), let text = Self.unescaped(raw),
            count(text) <= count(escaped)
        else { throw malformed("a bad escape in a string") }
        return text
    }

    /// Whole where it is, in up to 64 bits: `2.0` is 2.
    private mutating func numberValue() throws(Malformed) -> JSONValue {
        let text = try numberText()
        if let whole = Int64(text) { return .integer(whole) }
        guard let number = Double(text), number.isFinite else { throw malformed("a number out of range") }
        if let whole = Int64(exactly: number), number.magnitude <= 9_007_199_254_740_992 { return .integer(whole) }
        return .number(number)
    }

    /// As JSON's grammar has it: `-? (0 | [1-9] [0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
    private mutating func numberText() throws(Malformed) -> String {
        let bytes = try numberBytes()
        var rest = bytes
        func digits() -> Int {
            let count = rest.prefix { (48...57).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let leadsWithZero = rest.first == UInt8(ascii: "0")
        let whole = digits()
        var isNumber = whole == 1 || (whole > 1 && !leadsWithZero)
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            isNumber = digits() > 0 && isNumber
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            isNumber = digits() > 0 && isNumber
        }
        guard isNumber, rest.isEmpty else { throw malformed("a value was expected") }
        return String(decoding: bytes, as: UTF8.self)
    }
}
