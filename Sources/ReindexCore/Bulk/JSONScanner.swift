/// Reads JSON bytes in one pass, bounded in depth, without building a tree: for answers that may be large or hostile.
struct JSONScanner {
    typealias Malformed = BulkResponse.Malformed
    static let maxDepth = 64

    let bytes: [UInt8]
    var position = 0
    private var depth = 0
    private let maxDepth: Int

    init(_ bytes: [UInt8], maxDepth: Int = JSONScanner.maxDepth) {
        self.bytes = bytes
        self.maxDepth = maxDepth
    }

    /// Calls `member` for each member with its key; `member` must consume the value.
    mutating func object(_ member: (String, inout JSONScanner) throws(Malformed) -> Void) throws(Malformed) {
        try open("{")
        if try closes("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try member(key, &self)
        } while try continues("}")
    }

    mutating func array(_ element: (inout JSONScanner) throws(Malformed) -> Void) throws(Malformed) {
        try open("[")
        if try closes("]") { return }
        repeat { try element(&self) } while try continues("]")
    }

    mutating func skip() throws(Malformed) {
        switch try peek() {
        case "{": try object { _, reader throws(Malformed) in try reader.skip() }
        case "[": try array { reader throws(Malformed) in try reader.skip() }
        case "\"": _ = try stringBytes()
        case "t": try literal("true")
        case "f": try literal("false")
        case "n": try literal("null")
        default: try number()
        }
    }

    mutating func bool() throws(Malformed) -> Bool {
        if try peek() == "t" {
            try literal("true")
            return true
        }
        try literal("false")
        return false
    }

    mutating func integer() throws(Malformed) -> Int {
        _ = try peek()
        var value = 0
        let start = position
        while position < bytes.count, case let digit = bytes[position] &- 48, digit < 10, position - start < 18 {
            value = value * 10 + Int(digit)
            position += 1
        }
        guard position > start else { throw malformed("a whole number was expected") }
        return value
    }

    mutating func string() throws(Malformed) -> String {
        guard let text = Self.unescaped(try stringBytes()) else { throw malformed("a bad escape in a string") }
        return text
    }

    mutating func optionalString() throws(Malformed) -> String {
        if try peek() == "n" {
            try literal("null")
            return ""
        }
        return try string()
    }

    /// The raw bytes between the quotes.
    mutating func stringBytes() throws(Malformed) -> ArraySlice<UInt8> {
        try expect("\"")
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return bytes[start..<position - 1]
            case UInt8(ascii: "\\"): position += 2
            case 0..<0x20: throw malformed("a control character in a string")
            default: position += 1
            }
        }
        throw malformed("the text ends inside a string")
    }

    /// The bytes of an object with its braces, however deep it is: only where it ends is looked for.
    mutating func rawObject() throws(Malformed) -> Range<Int> {
        guard try peek() == "{" else { throw malformed("an object was expected") }
        let start = position
        var open = 0
        var isInString = false
        let end = unsafe bytes.withUnsafeBufferPointer { bytes -> Int? in
            var place = start
            while place < bytes.count {
                switch unsafe bytes[place] {
                case UInt8(ascii: "\""): isInString.toggle()
                case UInt8(ascii: "\\") where isInString: place += 1
                case UInt8(ascii: "{") where !isInString: open += 1
                case UInt8(ascii: "}") where !isInString:
                    open -= 1
                    if open == 0 { return place + 1 }
                default: break
                }
                place += 1
            }
            return nil
        }
        guard let end else { throw malformed("the text ends inside an object") }
        position = end
        return start..<end
    }

    /// Nothing but white space may follow.
    mutating func end() throws(Malformed) {
        skipSpace()
        guard position == bytes.count else { throw malformed("something follows the value") }
    }

    // MARK: - Steps

    private mutating func open(_ bracket: Unicode.Scalar) throws(Malformed) {
        try expect(bracket)
        depth += 1
        guard depth <= maxDepth else { throw malformed("deeper than \(maxDepth)") }
    }

    private mutating func closes(_ bracket: Unicode.Scalar) throws(Malformed) -> Bool {
        guard try peek() == bracket else { return false }
        position += 1
        depth -= 1
        return true
    }

    private mutating func continues(_ bracket: Unicode.Scalar) throws(Malformed) -> Bool {
        if try closes(bracket) { return false }
        try expect(",")
        return true
    }

    private mutating func expect(_ scalar: Unicode.Scalar) throws(Malformed) {
        guard try peek() == scalar else { throw malformed("'\(scalar)' was expected") }
        position += 1
    }

    mutating func peek() throws(Malformed) -> Unicode.Scalar {
        skipSpace()
        guard position < bytes.count else { throw malformed("the text ends early") }
        return Unicode.Scalar(bytes[position])
    }

    private mutating func skipSpace() {
        while position < bytes.count, case let byte = bytes[position],
            byte == 32 || byte == 10 || byte == 13 || byte == 9
        {
            position += 1
        }
    }

    mutating func literal(_ text: StaticString) throws(Malformed) {
        let end = position + text.utf8CodeUnitCount
        guard end <= bytes.count, bytes[position..<end].elementsEqual(String(describing: text).utf8) else {
            throw malformed("\(text) was expected")
        }
        position = end
    }

    private mutating func number() throws(Malformed) { _ = try numberBytes() }

    mutating func numberBytes() throws(Malformed) -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count, Self.isNumberByte(bytes[position]) { position += 1 }
        guard position > start else { throw malformed("a value was expected") }
        return bytes[start..<position]
    }

    private static func isNumberByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    func malformed(_ reason: String) -> Malformed { Malformed(reason: "\(reason) at byte \(position)") }
}

extension JSONScanner {
    /// The text of raw string bytes, or nil where an escape is not JSON's. A lone surrogate becomes U+FFFD.
    static func unescaped(_ raw: ArraySlice<UInt8>) -> String? {
        guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
        var units: [UInt16] = []
        var text = ""
        var plain: [UInt8] = []
        func flush() {
            text += String(decoding: plain, as: UTF8.self) + String(decoding: units, as: UTF16.self)
            plain.removeAll()
            units.removeAll()
        }
        var rest = raw
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                if !units.isEmpty { flush() }
                plain.append(byte)
                continue
            }
            guard let escape = rest.popFirst() else { return nil }
            if escape == UInt8(ascii: "u") {
                guard let unit = hexadecimal(rest.prefix(4)) else { return nil }
                rest = rest.dropFirst(4)
                if !plain.isEmpty { flush() }
                units.append(unit)
                continue
            }
            guard let character = simpleEscapes[escape] else { return nil }
            if !units.isEmpty { flush() }
            plain.append(character)
        }
        flush()
        return text
    }

    /// Exactly four digits: `UInt16(_:radix:)` would take a sign for one.
    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard digits.count == 4 else { return nil }
        var unit: UInt16 = 0
        for digit in digits {
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            unit = unit << 4 | UInt16(value)
        }
        return unit
    }

    private static let simpleEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"),
        UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]
}
