/// Digits without a table and without a branch a digit: four or eight at a time in one 64-bit word.
enum Digits {
    private static let zeros: UInt64 = 0x3030_3030_3030_3030

    /// `value`, below 100,000,000, as eight ASCII digits; the first one is the word's lowest byte.
    @inline(__always) static func eight(_ value: UInt32) -> UInt64 {
        let upper = value / 10_000
        var word = UInt64(upper) | UInt64(value &- upper &* 10_000) &<< 32
        let hundreds = ((word &* 10_486) &>> 20) & 0x0000_007F_0000_007F
        word = hundreds | (word &- hundreds &* 100) &<< 16
        let tens = ((word &* 103) &>> 10) & 0x000F_000F_000F_000F
        word = tens | (word &- tens &* 10) &<< 8
        return word | zeros
    }

    /// `value`, below 10,000, as four ASCII digits.
    @inline(__always) static func four(_ value: UInt32) -> UInt64 {
        let hundreds = (value &* 10_486) &>> 20
        let word = hundreds | (value &- hundreds &* 100) &<< 16
        let tens = ((word &* 103) &>> 10) & 0x000F_000F
        return UInt64(tens | (word &- tens &* 10) &<< 8 | 0x3030_3030)
    }

    /// `value`, below 100, as two ASCII digits.
    @inline(__always) static func two(_ value: UInt32) -> UInt64 {
        let tens = (value &* 103) &>> 10
        return UInt64(tens | (value &- tens &* 10) &<< 8 | 0x3030)
    }

    /// How many of eight digits are zeros before the first other one; 7 for the number zero.
    @inline(__always) static func leadingZeros(_ digits: UInt64) -> Int {
        min((digits ^ zeros).trailingZeroBitCount, 56) &>> 3
    }

    /// How many of eight digits are zeros behind the last other one; 8 for the number zero.
    @inline(__always) static func trailingZeros(_ digits: UInt64) -> Int {
        (digits ^ zeros).leadingZeroBitCount &>> 3
    }

    /// 32 bits as eight hexadecimal digits in lower case.
    @inline(__always) static func hexadecimal(_ value: UInt32) -> UInt64 {
        var word = UInt64(value)
        word = (word & 0xFFFF) &<< 32 | word &>> 16
        word = (word & 0x0000_00FF_0000_00FF) &<< 16 | (word &>> 8) & 0x0000_00FF_0000_00FF
        word = (word & 0x000F_000F_000F_000F) &<< 8 | (word &>> 4) & 0x000F_000F_000F_000F
        let letters = ((word &+ 0x0606_0606_0606_0606) &>> 4) & 0x0101_0101_0101_0101
        return word &+ zeros &+ letters &* 0x27
    }
}

extension ByteCursor {
    @inline(__always) mutating func putTwoDigits(_ value: UInt32) { put(Digits.two(value), count: 2) }

    @inline(__always) mutating func putFourDigits(_ value: UInt32) { put(Digits.four(value), count: 4) }

    /// Up to 20 digits.
    @inline(__always) mutating func putInteger(_ value: UInt64) {
        if value < 100_000_000 {
            let digits = Digits.eight(UInt32(truncatingIfNeeded: value))
            let skipped = Digits.leadingZeros(digits)
            put(digits &>> UInt64(skipped &* 8), count: 8 &- skipped)
        } else {
            putLongInteger(value)
        }
    }

    /// Up to 20 bytes.
    @inline(__always) mutating func putInteger(_ value: Int64) {
        if value < 0 { put(UInt8(ascii: "-")) }
        putInteger(value.magnitude)
    }

    @inline(never) private mutating func putLongInteger(_ value: UInt64) {
        let upper = value / 100_000_000
        putInteger(upper)
        put(Digits.eight(UInt32(truncatingIfNeeded: value &- upper &* 100_000_000)), count: 8)
    }

    /// Eight hexadecimal digits.
    @inline(__always) mutating func putHexadecimal(_ value: UInt32) { put(Digits.hexadecimal(value), count: 8) }
}
