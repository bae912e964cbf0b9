/// Dates and times as ISO 8601, which is what OpenSearch's `strict_date_optional_time` reads.
///
/// PostgreSQL counts days or microseconds from 2000-01-01; its largest and smallest counts are the infinities. Years
/// over 9999 carry a sign (`+10000-01-01`), as OpenSearch asks for; years BC are in no use there and become null.
extension ValueWriter {
    private static let microsecondsADay: Int64 = 86_400_000_000
    /// Days from 0000-03-01, where a year's leap day is its last day, to 2000-01-01.
    private static let epochDays: Int64 = 730_425

    @inline(__always) mutating func timestamp(_ microseconds: Int64, isUTC: Bool) -> ValueOutcome {
        guard microseconds != .max, microseconds != .min else { return infinite(microseconds > 0) }
        var days = microseconds / Self.microsecondsADay
        var rest = microseconds &- days &* Self.microsecondsADay
        if rest < 0 {
            rest &+= Self.microsecondsADay
            days &-= 1
        }
        var cursor = out
        cursor.put(UInt8(ascii: "\""))
        guard Self.putDate(days, spellsEverything, &cursor) else { return unrepresentable("a year BC") }
        cursor.put(UInt8(ascii: "T"))
        Self.putTime(rest, &cursor)
        if isUTC { cursor.put(UInt8(ascii: "Z")) }
        cursor.put(UInt8(ascii: "\""))
        out = cursor
        return .written
    }

    mutating func date(_ value: BinaryValue) -> ValueOutcome {
        guard value.count == 4 else { return malformed("date") }
        let days = value.int32()
        guard days != .max, days != .min else { return infinite(days > 0) }
        var cursor = out
        cursor.put(UInt8(ascii: "\""))
        guard Self.putDate(Int64(days), spellsEverything, &cursor) else { return unrepresentable("a year BC") }
        cursor.put(UInt8(ascii: "\""))
        out = cursor
        return .written
    }

    mutating func time(_ value: BinaryValue) -> ValueOutcome {
        guard value.count == 8, Self.isTimeOfDay(value.int64()) else { return malformed("time") }
        out.put(UInt8(ascii: "\""))
        Self.putTime(value.int64(), &out)
        out.put(UInt8(ascii: "\""))
        return .written
    }

    /// The zone in seconds west of Greenwich, with seconds only where it has some.
    mutating func timetz(_ value: BinaryValue) -> ValueOutcome {
        guard value.count == 12, Self.isTimeOfDay(value.int64()) else { return malformed("timetz") }
        let zone = Int64(value.int32(at: 8))
        guard zone.magnitude < 86_400 else { return malformed("timetz") }
        out.put(UInt8(ascii: "\""))
        Self.putTime(value.int64(), &out)
        out.put(UInt8(ascii: zone > 0 ? "-" : "+"))
        let seconds = UInt32(zone.magnitude)
        out.putTwoDigits(seconds / 3600)
        out.put(UInt8(ascii: ":"))
        out.putTwoDigits(seconds / 60 % 60)
        if seconds % 60 != 0 {
            out.put(UInt8(ascii: ":"))
            out.putTwoDigits(seconds % 60)
        }
        out.put(UInt8(ascii: "\""))
        return .written
    }

    /// As PostgreSQL prints it with `IntervalStyle = iso_8601`: `P1Y2M3DT4H5M6.7S`, `P-1Y`, `PT0S`.
    mutating func interval(_ value: BinaryValue) -> ValueOutcome {
        guard value.count == 16 else { return malformed("interval") }
        let time = value.int64(at: 0), days = value.int32(at: 8), months = value.int32(at: 12)
        if time == .max, days == .max, months == .max { return infinite(true) }
        if time == .min, days == .min, months == .min { return infinite(false) }
        out.put("\"P")
        putPart(Int64(months / 12), UInt8(ascii: "Y"))
        putPart(Int64(months % 12), UInt8(ascii: "M"))
        putPart(Int64(days), UInt8(ascii: "D"))
        if time != 0 || (days == 0 && months == 0) { out.put(UInt8(ascii: "T")) }
        putPart(time / 3_600_000_000, UInt8(ascii: "H"))
        putPart(time / 60_000_000 % 60, UInt8(ascii: "M"))
        putSeconds(time % 60_000_000, isAlone: time == 0 && days == 0 && months == 0)
        out.put(UInt8(ascii: "\""))
        return .written
    }

    private mutating func putPart(_ amount: Int64, _ unit: UInt8) {
        guard amount != 0 else { return }
        out.putInteger(amount)
        out.put(unit)
    }

    private mutating func putSeconds(_ microseconds: Int64, isAlone: Bool) {
        guard microseconds != 0 || isAlone else { return }
        if microseconds < 0 { out.put(UInt8(ascii: "-")) }
        out.putInteger(microseconds.magnitude / 1_000_000)
        let fraction = UInt32(microseconds.magnitude % 1_000_000)
        if fraction != 0 {
            out.put(UInt8(ascii: "."))
            let digits = Digits.eight(fraction * 100)
            out.put(digits, count: 8 - Digits.trailingZeros(digits))
        }
        out.put(UInt8(ascii: "S"))
    }

    @inline(never) private mutating func infinite(_ isPositive: Bool) -> ValueOutcome {
        isPositive ? spell("infinity", or: "infinity") : spell("-infinity", or: "-infinity")
    }

    /// 24:00:00 is a time in PostgreSQL.
    private static func isTimeOfDay(_ microseconds: Int64) -> Bool { (0...microsecondsADay).contains(microseconds) }

    @inline(__always) private static func putTime(_ microseconds: Int64, _ cursor: inout ByteCursor) {
        let whole = UInt32(truncatingIfNeeded: microseconds / 1_000_000)
        let fraction = UInt32(truncatingIfNeeded: microseconds &- Int64(whole) &* 1_000_000)
        let minutes = whole / 60
        cursor.putTwoDigits(minutes / 60)
        cursor.put(UInt8(ascii: ":"))
        cursor.putTwoDigits(minutes % 60)
        cursor.put(UInt8(ascii: ":"))
        cursor.putTwoDigits(whole &- minutes &* 60)
        cursor.put(UInt8(ascii: "."))
        cursor.put(Digits.eight(fraction &* 100), count: 6)
    }

    /// The civil date of a day, by counting in eras of 400 years from March on. Source: Howard Hinnant,
    /// "chrono-Compatible Low-Level Date Algorithms".
    /// - Returns: false for a year BC that is not to be written.
    @inline(__always) private static func putDate(_ days: Int64, _ takesBC: Bool, _ cursor: inout ByteCursor) -> Bool {
        let shifted = days &+ epochDays
        let era = (shifted >= 0 ? shifted : shifted &- 146_096) / 146_097
        let dayOfEra = UInt32(truncatingIfNeeded: shifted &- era &* 146_097)
        let yearOfEra = (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36524 &- dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let monthFromMarch = (5 &* dayOfYear &+ 2) / 153
        let day = dayOfYear &- (153 &* monthFromMarch &+ 2) / 5 &+ 1
        let month = monthFromMarch < 10 ? monthFromMarch &+ 3 : monthFromMarch &- 9
        let year = Int64(yearOfEra) &+ era &* 400 &+ (month <= 2 ? 1 : 0)
        if year >= 1, year <= 9999 {
            cursor.putFourDigits(UInt32(truncatingIfNeeded: year))
        } else if year > 9999 {
            cursor.put(UInt8(ascii: "+"))
            cursor.putInteger(year)
        } else {
            guard takesBC else { return false }
            cursor.put(UInt8(ascii: "-"))
            if year > -10_000 {
                cursor.putFourDigits(UInt32(year.magnitude))
            } else {
                cursor.putInteger(year.magnitude)
            }
        }
        cursor.put(UInt8(ascii: "-"))
        cursor.putTwoDigits(month)
        cursor.put(UInt8(ascii: "-"))
        cursor.putTwoDigits(day)
        return true
    }
}
