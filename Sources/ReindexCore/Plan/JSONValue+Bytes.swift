extension JSONValue {
    /// Keys sorted, so that equal values give equal bytes.
    ///
    /// Byte for byte what Foundation's encoder makes of it with sorted keys and slashes as they are: fingerprints of runs
    /// that an earlier version began are digests of these. By hand, because that encoder took 2% of a run's CPU.
    package var bytes: [UInt8] {
        var writer = JSONWriter()
        // NaN and infinity, which no JSON text can have brought, have no form.
        return writer.write(self) ? writer.bytes : Array("null".utf8)
    }
}

/// Writes a tree as JSON without blanks.
private struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    /// - Returns: false where a number has no form in JSON.
    mutating func write(_ value: JSONValue) -> Bool {
        switch value {
        case .null: put("null")
        case .bool(let value): put(value ? "true" : "false")
        case .integer(let value): put(value.description)
        case .number(let value):
            guard value.isFinite else { return false }
            let text = value.description
            put(text.hasSuffix(".0") ? text.dropLast(2) : text[...])
        case .string(let value): put(quoted: value)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                guard write(element) else { return false }
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            // By their bytes, as Foundation does, and not by String's order.
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                put(quoted: member.key)
                bytes.append(UInt8(ascii: ":"))
                guard write(member.value) else { return false }
            }
            bytes.append(UInt8(ascii: "}"))
        }
        return true
    }

    private mutating func put(_ text: some StringProtocol) { bytes.append(contentsOf: text.utf8) }

    private mutating func put(quoted text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 8: put("\\b")
            case 9: put("\\t")
            case 10: put("\\n")
            case 12: put("\\f")
            case 13: put("\\r")
            case 0..<0x20: put((byte < 16 ? "\\u000" : "\\u00") + String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
