internal import CEscape

extension ValueWriter {
    /// The shortest decimal that reads back as the same double, always with a fraction or an exponent (`14.0`, `1e+16`).
    @inline(__always) mutating func number(_ value: Double) -> ValueOutcome {
        guard value.isFinite else { return notFinite(value) }
        out.putDouble(value)
        return .written
    }

    /// The shortest decimal that reads back as the same float.
    mutating func number(_ value: Float) -> ValueOutcome {
        guard value.isFinite else { return notFinite(Double(value)) }
        out.putFloat(value)
        return .written
    }

    @inline(never) private mutating func notFinite(_ value: Double) -> ValueOutcome {
        if value.isNaN { return spell("NaN", or: "NaN") }
        return value > 0 ? spell("Infinity", or: "infinity") : spell("-Infinity", or: "-infinity")
    }

    /// numeric: all of its digits, as many behind the point as its display scale says.
    ///
    /// numeric_send: the number of digits to base 10,000, the weight of the first of them, sign, display scale, digits.
    @inline(never) mutating func numeric(_ value: BinaryValue) -> ValueOutcome {
        guard value.count >= 8 else { return malformed("numeric") }
        let digitCount = Int(value.uint16(at: 0)), sign = value.uint16(at: 4), scale = Int(value.uint16(at: 6))
        switch sign {
        case 0, 0x4000: break
        case 0xC000: return spell("NaN", or: "NaN")
        case 0xD000: return spell("Infinity", or: "infinity")
        case 0xF000: return spell("-Infinity", or: "-infinity")
        default: return malformed("numeric")
        }
        let weight = digitCount == 0 ? -1 : Int(value.int16(at: 2))
        guard value.count == 8 + 2 * digitCount, scale <= 0x3FFF else { return malformed("numeric") }
        if weight == 0, scale <= 4, digitCount <= 2 { return shortNumeric(value, isNegative: sign != 0, scale: scale) }
        makeRoom(4 * max(weight + 1, 1) + scale + 16)
        var cursor = out
        if sign != 0, digitCount > 0 { cursor.put(UInt8(ascii: "-")) }
        guard Self.putWhole(value, digitCount, weight, &cursor),
            Self.putFraction(value, digitCount, weight, scale, &cursor)
        else { return malformed("numeric") }
        out = cursor
        return .written
    }

    /// What prices are: up to four digits, and up to four more behind the point.
    @inline(__always) private mutating func shortNumeric(
        _ value: BinaryValue, isNegative: Bool, scale: Int
    ) -> ValueOutcome {
        let whole = UInt32(value.uint16(at: 8)), fraction = value.count > 10 ? UInt32(value.uint16(at: 10)) : 0
        guard whole < 10_000, fraction < 10_000 else { return malformed("numeric") }
        var cursor = out
        if isNegative { cursor.put(UInt8(ascii: "-")) }
        cursor.putInteger(UInt64(whole))
        if scale > 0 {
            cursor.put(UInt8(ascii: "."))
            cursor.put(Digits.four(fraction), count: scale)
        }
        out = cursor
        return .written
    }

    @inline(__always) private static func putWhole(
        _ value: BinaryValue, _ digitCount: Int, _ weight: Int, _ cursor: inout ByteCursor
    ) -> Bool {
        guard weight >= 0 else {
            cursor.put(UInt8(ascii: "0"))
            return true
        }
        let first = UInt64(value.uint16(at: 8))
        guard first < 10_000, first > 0 || weight == 0 else { return false }
        cursor.putInteger(first)
        var index = 1
        while index <= weight {
            let digit = index < digitCount ? UInt32(value.uint16(at: 8 + 2 * index)) : 0
            guard digit < 10_000 else { return false }
            cursor.putFourDigits(digit)
            index += 1
        }
        return true
    }

    @inline(__always) private static func putFraction(
        _ value: BinaryValue, _ digitCount: Int, _ weight: Int, _ scale: Int, _ cursor: inout ByteCursor
    ) -> Bool {
        guard scale > 0 else { return true }
        cursor.put(UInt8(ascii: "."))
        var written = 0
        var index = weight + 1
        while written < scale {
            let digit = index >= 0 && index < digitCount ? UInt32(value.uint16(at: 8 + 2 * index)) : 0
            guard digit < 10_000 else { return false }
            let count = min(4, scale - written)
            cursor.put(Digits.four(digit), count: count)
            written += count
            index += 1
        }
        return true
    }
}
