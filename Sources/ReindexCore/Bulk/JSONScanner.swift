/// Reads JSON bytes in one pass, bounded in depth, without building a tree: for answers that may be large or hostile.
struct JSONScanner {
    typealias Malformed = BulkResponse.Malformed
    static let maxDepth = 64

    private let bytes: [UInt8]
    private var position = 0
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

    /// Consumes `first`, the inside of a string and its closing quote, `then`, a digit 0 or 1, and `last`, where exactly
    /// these bytes come next.
    /// - Parameter isExpected: whether the string, which has no escapes, is the one that should stand there.
    /// - Returns: 200 or 201.
    mutating func take(
        _ first: StaticString, then: StaticString, last: StaticString,
        _ isExpected: (UnsafeBufferPointer<UInt8>) -> Bool
    ) -> Int? {
        let end = unsafe bytes.withUnsafeBufferPointer { buffer -> Int? in
            let start = position + first.utf8CodeUnitCount
            let behind = 1 + then.utf8CodeUnitCount + 1 + last.utf8CodeUnitCount
            guard let base = buffer.baseAddress, start + behind <= buffer.count,
                unsafe Self.isEqual(base + position, first.utf8Start, first.utf8CodeUnitCount)
            else { return nil }
            var end = start
            while end < buffer.count, case let byte = unsafe buffer[end], byte != UInt8(ascii: "\"") {
                guard byte >= 0x20, byte != UInt8(ascii: "\\") else { return nil }
                end += 1
            }
            let digit = end + 1 + then.utf8CodeUnitCount
            guard end + behind <= buffer.count, unsafe buffer[digit] & 0xfe == UInt8(ascii: "0"),
                unsafe Self.isEqual(base + end + 1, then.utf8Start, then.utf8CodeUnitCount),
                unsafe Self.isEqual(base + digit + 1, last.utf8Start, last.utf8CodeUnitCount),
                unsafe isExpected(UnsafeBufferPointer(rebasing: buffer[start..<end]))
            else { return nil }
            return end + behind
        }
        guard let end else { return nil }
        position = end
        return 200 + Int(bytes[end - last.utf8CodeUnitCount - 1] & 1)
    }

    /// Consumes `first`, `then`, a digit 0 or 1, and `last`, where exactly these bytes come next.
    /// - Returns: 200 or 201.
    mutating func take(_ first: UnsafeBufferPointer<UInt8>, then: StaticString, last: StaticString) -> Int? {
        let (middle, end) = (then.utf8CodeUnitCount, last.utf8CodeUnitCount)
        let count = first.count + middle + 1 + end
        guard position + count <= bytes.count, let firstStart = first.baseAddress else { return nil }
        let status = unsafe bytes.withUnsafeBufferPointer { buffer -> Int? in
            guard let base = buffer.baseAddress else { return nil }
            let start = unsafe base + position
            let digit = unsafe start[first.count + middle] &- UInt8(ascii: "0")
            guard digit <= 1, unsafe Self.isEqual(start, firstStart, first.count),
                unsafe Self.isEqual(start + first.count, then.utf8Start, middle),
                unsafe Self.isEqual(start + first.count + middle + 1, last.utf8Start, end)
            else { return nil }
            return 200 + Int(digit)
        }
        if status != nil { position += count }
        return status
    }

    /// By words, the last two of which may overlap.
    @inline(__always)
    private static func isEqual(_ one: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        if count >= 8 {
            var offset = 0
            while offset < count {
                let place = min(offset, count - 8)
                let left = unsafe UnsafeRawPointer(one).loadUnaligned(fromByteOffset: place, as: UInt64.self)
                let right = unsafe UnsafeRawPointer(other).loadUnaligned(fromByteOffset: place, as: UInt64.self)
                guard left == right else { return false }
                offset += 8
            }
            return true
        }
        for offset in 0..<count where unsafe one[offset] != other[offset] { return false }
        return true
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
