internal import CEscape

/// Floating point as the shortest decimal that reads back the same.
///
/// Nearly all numbers that people store have at most 15 significant digits. For those no general algorithm is needed:
/// scaled to a whole number of 15 digits and divided again by an exact power of ten they give the same double, and a
/// division of two exact doubles is correctly rounded (IEEE 754), so the decimal reads back the same. A decimal of 15
/// digits that does is the only one, and without its trailing zeros the shortest. Everything else takes the standard
/// library's `description`, which is the shortest too and has the same form.
extension ByteCursor {
    /// At most 26 bytes. `value` is finite.
    @inline(__always) mutating func putDouble(_ value: Double) {
        if value.sign == .minus { put(UInt8(ascii: "-")) }
        let magnitude = value.magnitude
        if magnitude >= 1e-4, magnitude < 1e15 {
            let places = Self.decimalPlaces(of: magnitude, digits: 15)
            let power = exact_power_of_ten(places)
            let scaled = exact_whole_part(magnitude * power + 0.5)
            if Double(scaled) / power == magnitude {
                putDecimal(scaled, places: places, whole: exact_whole_part(magnitude))
                return
            }
        } else if magnitude == 0 {
            put("0.0")
            return
        }
        putDescription(magnitude.description)
    }

    /// At most 18 bytes. `value` is finite.
    @inline(__always) mutating func putFloat(_ value: Float) {
        if value.sign == .minus { put(UInt8(ascii: "-")) }
        let magnitude = value.magnitude
        if magnitude >= 1e-4, magnitude < 1e7 {
            let double = Double(magnitude)
            // A float's neighbours are far apart: more digits than needed would still read back, so begin with few.
            for digits in 6...9 {
                let places = Self.decimalPlaces(of: double, digits: digits)
                let power = exact_power_of_ten(places)
                let scaled = exact_whole_part(double * power + 0.5)
                if Float(Double(scaled) / power) == magnitude {
                    putDecimal(scaled, places: places, whole: exact_whole_part(Double(scaled) / power))
                    return
                }
            }
        } else if magnitude == 0 {
            put("0.0")
            return
        }
        putDescription(magnitude.description)
    }

    /// How many places behind the point a number from 0.0001 on has when it is given so many significant digits.
    @inline(__always) private static func decimalPlaces(of value: Double, digits: Int) -> Int {
        if value < 1 { return digits &+ (value < 0.01 ? (value < 0.001 ? 3 : 2) : (value < 0.1 ? 1 : 0)) }
        // 1233 / 4096 is log10(2): too small by at most one, which the comparison makes good.
        let exponent = Int(value.bitPattern &>> 52) &- 1023
        let estimate = (exponent &* 1233) &>> 12
        let whole = estimate &+ (value >= exact_power_of_ten(estimate &+ 1) ? 2 : 1)
        return max(digits &- whole, 0)
    }

    /// `scaled` divided by 10 to the power of `places`; `whole` is its whole part. At most 15 digits are a fraction.
    @inline(__always) private mutating func putDecimal(_ scaled: Int64, places: Int, whole: Int64) {
        putInteger(UInt64(bitPattern: whole))
        put(UInt8(ascii: "."))
        var fraction = UInt64(bitPattern: scaled &- whole &* whole_power_of_ten(places))
        var missing = 16 &- places
        while missing < 0 {
            // A number below 0.1: the zeros between the point and its first digit.
            put(UInt8(ascii: "0"))
            missing &+= 1
        }
        fraction &*= UInt64(bitPattern: whole_power_of_ten(missing))
        let upper = fraction / 100_000_000
        let first = Digits.eight(UInt32(truncatingIfNeeded: upper))
        let second = Digits.eight(UInt32(truncatingIfNeeded: fraction &- upper &* 100_000_000))
        let trailing = Digits.trailingZeros(second)
        if trailing < 8 {
            put(first, count: 8)
            put(second, count: 8 &- trailing)
        } else {
            put(first, count: max(8 &- Digits.trailingZeros(first), 1))
        }
    }

    @inline(never) private mutating func putDescription(_ description: String) {
        for byte in description.utf8 { put(byte) }
    }
}
