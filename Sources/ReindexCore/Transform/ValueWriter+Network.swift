extension ValueWriter {
    /// inet and cidr as PostgreSQL prints them: the prefix length for a cidr always, for an inet where it is no host.
    ///
    /// network_send: family (2 or 3), prefix length, whether it is a cidr, length of the address, address.
    mutating func inet(_ value: BinaryValue) -> ValueOutcome {
        guard value.count >= 4 else { return malformed("inet") }
        let length = value.count - 4, prefix = value[1], isCIDR = value[2] != 0
        guard Int(value[3]) == length, Int(prefix) <= length * 8,
            (value[0] == 2 && length == 4) || (value[0] == 3 && length == 16)
        else { return malformed("inet") }
        out.put(UInt8(ascii: "\""))
        if length == 4 { putIPv4(value.dropFirst(4)) } else { putIPv6(value.dropFirst(4)) }
        if isCIDR || Int(prefix) < length * 8 {
            out.put(UInt8(ascii: "/"))
            out.putInteger(UInt64(prefix))
        }
        out.put(UInt8(ascii: "\""))
        return .written
    }

    private mutating func putIPv4(_ address: BinaryValue) {
        for index in 0..<4 {
            if index > 0 { out.put(UInt8(ascii: ".")) }
            out.putInteger(UInt64(address[index]))
        }
    }

    /// RFC 5952: the longest run of zero groups, of at least two, is `::`; an embedded IPv4 address is printed as such.
    private mutating func putIPv6(_ address: BinaryValue) {
        let run = Self.longestZeroRun(in: address)
        let holdsIPv4 =
            run.lowerBound == 0
            && (run.count == 6 || (run.count == 5 && address.uint16(at: 10) == 0xFFFF))
        var index = 0
        while index < 8 {
            if index == run.lowerBound, !run.isEmpty {
                out.put("::")
                index = run.upperBound
                continue
            }
            if index > 0, index != run.upperBound || run.isEmpty { out.put(UInt8(ascii: ":")) }
            if holdsIPv4, index == 6 {
                putIPv4(address.slice(12, 4))
                return
            }
            let digits = Digits.hexadecimal(UInt32(address.uint16(at: 2 * index)))
            let skipped = Digits.leadingZeros(digits)
            out.put(digits &>> UInt64(skipped * 8), count: 8 - skipped)
            index += 1
        }
    }

    private static func longestZeroRun(in address: BinaryValue) -> Range<Int> {
        var best = 0..<0
        var start: Int?
        for index in 0...8 {
            if index < 8, address.uint16(at: 2 * index) == 0 {
                start = start ?? index
            } else if let begun = start {
                if index - begun > max(best.count, 1) { best = begun..<index }
                start = nil
            }
        }
        return best
    }

    /// macaddr and macaddr8.
    mutating func macaddr(_ value: BinaryValue) -> ValueOutcome {
        guard value.count == 6 || value.count == 8 else { return malformed("macaddr") }
        out.put(UInt8(ascii: "\""))
        for index in 0..<value.count {
            if index > 0 { out.put(UInt8(ascii: ":")) }
            out.put(Digits.hexadecimal(UInt32(value[index])) >> 48, count: 2)
        }
        out.put(UInt8(ascii: "\""))
        return .written
    }

    /// `(block,offset)`.
    mutating func tid(_ value: BinaryValue) -> ValueOutcome {
        guard value.count == 6 else { return malformed("tid") }
        out.put("\"(")
        out.putInteger(UInt64(value.uint32(at: 0)))
        out.put(UInt8(ascii: ","))
        out.putInteger(UInt64(value.uint16(at: 4)))
        out.put(")\"")
        return .written
    }

    /// pg_lsn: two halves in hexadecimal, `16/B374D848`.
    mutating func lsn(_ value: BinaryValue) -> ValueOutcome {
        guard value.count == 8 else { return malformed("pg_lsn") }
        out.put(UInt8(ascii: "\""))
        putUpperHexadecimal(value.uint32(at: 0))
        out.put(UInt8(ascii: "/"))
        putUpperHexadecimal(value.uint32(at: 4))
        out.put(UInt8(ascii: "\""))
        return .written
    }

    private mutating func putUpperHexadecimal(_ number: UInt32) {
        let digits = Digits.hexadecimal(number)
        // A letter has bit 6, and only a letter: bit 5 makes it lower case.
        let upper = digits & ~((digits & 0x4040_4040_4040_4040) >> 1)
        let skipped = Digits.leadingZeros(digits)
        out.put(upper >> UInt64(skipped * 8), count: 8 - skipped)
    }
}
