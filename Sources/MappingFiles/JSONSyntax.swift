/// What is wrong with a JSON text, with its place.
struct JSONSyntaxError: Error {
    let message: String
    /// From 1.
    let line: Int
    /// From 1, in characters.
    let column: Int
    var hint: String?
}

/// Whether bytes are JSON (RFC 8259), for files that people write: with line and column, and doubled keys refused.
///
/// FoundationEssentials reads the values; it names no column, and keeps one of two doubled keys.
struct JSONSyntax {
    private static let greatestDepth = 128
    private let bytes: [UInt8]
    private var offset = 0
    private var depth = 0

    static func check(_ bytes: [UInt8]) throws(JSONSyntaxError) {
        var syntax = JSONSyntax(bytes: bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw syntax.error("begins with a byte order mark") }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            syntax.offset = syntax.firstInvalidOffset()
            throw syntax.error("a byte that is not UTF-8")
        }
        syntax.skipSpace()
        try syntax.value()
        syntax.skipSpace()
        guard syntax.current == nil else { throw syntax.unexpected(after: "the end of the value") }
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipSpace() {
        while let byte = current, [0x20, 0x0A, 0x0D, 0x09].contains(byte) { offset += 1 }
    }

    private mutating func value() throws(JSONSyntaxError) {
        switch current ?? 0 {
        case UInt8(ascii: "{"): try nested { (syntax) throws(JSONSyntaxError) in try syntax.object() }
        case UInt8(ascii: "["): try nested { (syntax) throws(JSONSyntaxError) in try syntax.array() }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default:
            for word in ["true", "false", "null"] where bytes[offset...].starts(with: word.utf8) {
                offset += word.utf8.count
                return
            }
            throw unexpected(after: "where a value should be")
        }
    }

    private mutating func nested(
        _ read: (inout JSONSyntax) throws(JSONSyntaxError) -> Void
    ) throws(JSONSyntaxError) {
        depth += 1
        guard depth <= Self.greatestDepth else { throw error("nested more than \(Self.greatestDepth) deep") }
        offset += 1
        skipSpace()
        try read(&self)
        depth -= 1
    }

    private mutating func object() throws(JSONSyntaxError) {
        var names: Set<[UInt8]> = []
        if current == UInt8(ascii: "}") { return offset += 1 }
        while true {
            guard current == UInt8(ascii: "\"") else {
                throw unexpected(after: "where a key in double quotes should be")
            }
            let start = offset
            let name = try string()
            guard names.insert(name).inserted else {
                offset = start
                throw error("the key \(String(decoding: name, as: UTF8.self)) is here twice")
            }
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw unexpected(after: "where a colon should be") }
            offset += 1
            skipSpace()
            try value()
            if try endOfMember(closedBy: UInt8(ascii: "}")) { return }
        }
    }

    private mutating func array() throws(JSONSyntaxError) {
        if current == UInt8(ascii: "]") { return offset += 1 }
        repeat { try value() } while try !endOfMember(closedBy: UInt8(ascii: "]"))
    }

    /// Passes a comma, or the closing bracket: then it is true.
    private mutating func endOfMember(closedBy bracket: UInt8) throws(JSONSyntaxError) -> Bool {
        skipSpace()
        if current == bracket {
            offset += 1
            return true
        }
        guard current == UInt8(ascii: ",") else {
            throw unexpected(after: "where a comma or \(Character(Unicode.Scalar(bracket))) should be")
        }
        let comma = offset
        offset += 1
        skipSpace()
        if current == bracket {
            offset = comma
            throw error("a comma before \(Character(Unicode.Scalar(bracket)))", hint: "remove the comma")
        }
        return false
    }

    /// - Returns: The bytes between the quotes, escapes as they are written.
    private mutating func string() throws(JSONSyntaxError) -> [UInt8] {
        offset += 1
        let start = offset
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return Array(bytes[start..<offset - 1])
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20:
                throw error("a control character or line break inside a string", hint: "write \\n, \\t or \\u00XX")
            default: offset += 1
            }
        }
        throw error("the file ends inside a string")
    }

    private mutating func escape() throws(JSONSyntaxError) {
        let letter = offset + 1 < bytes.count ? bytes[offset + 1] : 0
        if letter == UInt8(ascii: "u") {
            let digits = bytes[(offset + 2)...].prefix(4)
            guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
                throw error("\\u without four hexadecimal digits")
            }
            offset += 6
        } else if "\"\\/bfnrt".utf8.contains(letter) {
            offset += 2
        } else {
            throw error("an unknown escape after \\")
        }
    }

    private mutating func number() throws(JSONSyntaxError) {
        let start = offset
        while let byte = current, "+-.eE0123456789".utf8.contains(byte) { offset += 1 }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) == nil {
            offset = start
            throw error("\(text.prefix(40)) is not a JSON number")
        }
    }

    private func unexpected(after place: String) -> JSONSyntaxError {
        guard let byte = current else { return error("the file ends \(place)") }
        let isComment = [UInt8(ascii: "/"), UInt8(ascii: "#")].contains(byte)
        let rest = String(decoding: bytes[offset...].prefix(4), as: UTF8.self)
        let hint = isComment ? "JSON has no comments" : byte == UInt8(ascii: "'") ? "JSON's quotes are double" : nil
        return error("'\(rest.first ?? "?")' \(place)", hint: hint)
    }

    /// Decoding replaces what is not UTF-8, so the first difference is the first wrong byte.
    private func firstInvalidOffset() -> Int {
        let valid = String(decoding: bytes, as: UTF8.self).utf8
        return zip(valid, bytes).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
    }

    private func error(_ message: String, hint: String? = nil) -> JSONSyntaxError {
        let before = bytes[..<min(offset, bytes.count)]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let column = String(decoding: before[lineStart...], as: UTF8.self).unicodeScalars.count + 1
        return JSONSyntaxError(
            message: message, line: before.count { $0 == UInt8(ascii: "\n") } + 1, column: column, hint: hint)
    }
}
