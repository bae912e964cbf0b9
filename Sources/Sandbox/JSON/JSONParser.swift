/// Reads one JSON value from a range of bytes, as strictly as OpenSearch does: no doubled keys, no leading zeroes, no
/// unescaped controls, valid UTF-8, at most 1,000 levels.
struct JSONParser {
    private let bytes: [UInt8]
    private let end: Int
    private var position: Int
    private var depth = 0

    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    init(_ bytes: [UInt8]) { self.init(bytes, in: bytes.indices) }

    /// The only value of the range; anything but white space behind it is an error.
    mutating func parseDocument() throws(JSONError) -> JSON {
        let value = try parseNext()
        skipSpace()
        guard position == end else { throw unrecognized() }
        return value
    }

    /// The next value; what follows it is left.
    mutating func parseNext() throws(JSONError) -> JSON {
        skipSpace()
        guard position < end else { throw endOfInput("Unexpected end-of-input") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw unrecognized()
        }
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        try descend()
        defer { depth -= 1 }
        position += 1
        var object = JSONObject()
        skipSpace()
        if take(UInt8(ascii: "}")) { return object }
        var seen: Set<String> = []
        while true {
            skipSpace()
            guard position < end else { throw endOfInput("Unexpected end-of-input within/between Object entries") }
            guard bytes[position] == UInt8(ascii: "\"") else {
                throw unexpected("was expecting double-quote to start field name")
            }
            let key = try string()
            try note(key, in: object, &seen)
            skipSpace()
            guard take(UInt8(ascii: ":")) else {
                throw unexpected("was expecting a colon to separate field name and value")
            }
            object.members.append(JSONObject.Member(key: key, value: try parseNext()))
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "}")) { return object }
            throw unexpected("was expecting comma to separate Object entries")
        }
    }

    /// A short object is searched; from 16 members on a set is kept, so that a wide one is not quadratic.
    private func note(_ key: String, in object: JSONObject, _ seen: inout Set<String>) throws(JSONError) {
        var isNew = true
        if object.members.count < 16 {
            isNew = !object.members.contains { $0.key == key }
        } else {
            if seen.isEmpty { seen = Set(object.keys) }
            isNew = seen.insert(key).inserted
        }
        if !isNew { throw JSONError(type: "json_parse_exception", reason: "Duplicate field '\(key)'") }
    }

    private mutating func array() throws(JSONError) -> [JSON] {
        try descend()
        defer { depth -= 1 }
        position += 1
        var array: [JSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return array }
        while true {
            array.append(try parseNext())
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "]")) { return array }
            throw unexpected("was expecting comma to separate Array entries")
        }
    }

    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        while position < end, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\"),
            bytes[position] >= 0x20
        {
            position += 1
        }
        guard position < end else {
            throw endOfInput("Unexpected end-of-input: was expecting closing quote for a string value")
        }
        if bytes[position] == UInt8(ascii: "\"") {
            defer { position += 1 }
            return try text(bytes[start..<position])
        }
        return try escapedString(from: start)
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var unescaped = bytes[start..<position]
        while position < end {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(unescaped)
            case UInt8(ascii: "\\"): try escape(into: &unescaped)
            case 0..<0x20:
                throw JSONError(
                    type: "json_parse_exception",
                    reason:
                        "Illegal unquoted character ((CTRL-CHAR, code \(byte))): has to be escaped using backslash to be "
                        + "included in string value")
            default: unescaped.append(byte)
            }
        }
        throw endOfInput("Unexpected end-of-input: was expecting closing quote for a string value")
    }

    private mutating func escape(into unescaped: inout ArraySlice<UInt8>) throws(JSONError) {
        guard position < end else { throw endOfInput("Unexpected end-of-input in character escape sequence") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): unescaped.append(contentsOf: String(try scalar()).utf8)
        default: throw unexpected("Unrecognized character escape '\(Character(Unicode.Scalar(byte)))'")
        }
    }

    /// A scalar of `\uXXXX`, of two for a pair of surrogates. A lone surrogate, which OpenSearch lets through, becomes U+FFFD.
    private mutating func scalar() throws(JSONError) -> Character {
        let first = try hexDigits()
        if (0xD800..<0xDC00).contains(first), position + 6 <= end, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        {
            let place = position
            position += 2
            let second = try hexDigits()
            if (0xDC00..<0xE000).contains(second) {
                let value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
                return Character(Unicode.Scalar(value) ?? "\u{FFFD}")
            }
            position = place
        }
        return Character(Unicode.Scalar(first) ?? "\u{FFFD}")
    }

    private mutating func hexDigits() throws(JSONError) -> UInt32 {
        guard position + 4 <= end else { throw endOfInput("Unexpected end-of-input in character escape sequence") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw unexpected("expected a hex-digit for character escape sequence")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private mutating func number() throws(JSONError) -> String {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            if position < end, isDigit(bytes[position]) {
                throw JSONError(
                    type: "json_parse_exception", reason: "Invalid numeric value: Leading zeroes not allowed")
            }
        } else {
            try digits()
        }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while position < end, isDigit(bytes[position]) { position += 1 }
        if position == start { throw unexpected("in numeric value") }
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let text = word.description
        guard bytes[position..<end].starts(with: text.utf8) else { throw unrecognized() }
        position += text.utf8.count
        return value
    }

    private func text(_ slice: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw JSONError(type: "json_parse_exception", reason: "Invalid UTF-8 start byte")
        }
        return text
    }

    private mutating func skipSpace() {
        while position < end, isSpace(bytes[position]) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < end, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func descend() throws(JSONError) {
        depth += 1
        if depth > 1000 {
            throw JSONError(
                type: "stream_constraints_exception",
                reason: "Document nesting depth (1001) exceeds the maximum allowed (1000)")
        }
    }

    private func endOfInput(_ reason: String) -> JSONError { JSONError(type: "json_e_o_f_exception", reason: reason) }

    private func unexpected(_ reason: String) -> JSONError {
        guard position < end else { return endOfInput("Unexpected end-of-input: \(reason)") }
        let character = Character(Unicode.Scalar(bytes[position]))
        return JSONError(
            type: "json_parse_exception",
            reason: "Unexpected character ('\(character)' (code \(bytes[position]))): \(reason)")
    }

    private func unrecognized() -> JSONError {
        let token = String(decoding: bytes[position..<end].prefix { $0 > 0x20 }.prefix(64), as: UTF8.self)
        return JSONError(
            type: "json_parse_exception",
            reason:
                "Unrecognized token '\(token)': was expecting (JSON String, Number, Array, Object or token 'null', 'true' "
                + "or 'false')")
    }
}
