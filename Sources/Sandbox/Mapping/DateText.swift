/// `strict_date_optional_time`: a year, and as much of the rest of an ISO 8601 time as there is.
enum OptionalTime {
    static func milliseconds(_ value: String) -> Int? {
        var scanner = DateScanner(value)
        guard let year = scanner.year() else { return nil }
        var (month, day, hour, minute, second, millisecond, offset) = (1, 1, 0, 0, 0, 0, 0)
        if scanner.take("-") {
            guard let number = scanner.number(of: 2...2) else { return nil }
            month = number
            if scanner.take("-") {
                guard let number = scanner.number(of: 2...2) else { return nil }
                day = number
            }
        }
        if scanner.take("T"), !scanner.isAtEnd {
            guard let number = scanner.number(of: 2...2) else { return nil }
            hour = number
            if scanner.take(":") {
                guard let number = scanner.number(of: 2...2) else { return nil }
                minute = number
                if scanner.take(":") {
                    guard let number = scanner.number(of: 2...2) else { return nil }
                    second = number
                    if scanner.take(".") || scanner.take(",") {
                        guard let fraction = scanner.milliseconds() else { return nil }
                        millisecond = fraction
                    }
                }
            }
            guard let minutes = scanner.offset() else { return nil }
            offset = minutes
        }
        guard scanner.isAtEnd else { return nil }
        return Calendar.milliseconds(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond,
            offsetMinutes: offset)
    }
}

/// A pattern of letters, as Java's `DateTimeFormatter` reads the common ones.
enum DatePattern {
    /// The first letter that the sandbox does not read.
    static func unknownLetter(in pattern: [Character]) -> Character? {
        var isQuoted = false
        for character in pattern {
            if character == "'" { isQuoted.toggle() }
            if !isQuoted, character.isLetter, !"yuMdHmsSXxZ".contains(character) { return character }
        }
        return nil
    }

    static func milliseconds(_ value: String, _ pattern: [Character]) -> Int? {
        var scanner = DateScanner(value)
        var (year, month, day, hour, minute, second, millisecond, offset) = (1970, 1, 1, 0, 0, 0, 0, 0)
        var place = 0
        while place < pattern.count {
            let letter = pattern[place]
            let count = pattern[place...].prefix { $0 == letter }.count
            place += count
            if letter == "'" {
                let quoted = pattern[place...].prefix { $0 != "'" }
                for character in quoted where !scanner.take(character) { return nil }
                place += quoted.count + 1
                continue
            }
            guard letter.isLetter else {
                for _ in 0..<count where !scanner.take(letter) { return nil }
                continue
            }
            if "XxZ".contains(letter) {
                guard let minutes = scanner.offset() else { return nil }
                offset = minutes
                continue
            }
            if letter == "S" {
                guard let fraction = scanner.milliseconds() else { return nil }
                millisecond = fraction
                continue
            }
            guard let number = scanner.number(of: count == 1 ? 1...9 : count...count) else { return nil }
            switch letter {
            case "y", "u": year = number
            case "M": month = number
            case "d": day = number
            case "H": hour = number
            case "m": minute = number
            default: second = number
            }
        }
        guard scanner.isAtEnd else { return nil }
        return Calendar.milliseconds(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond,
            offsetMinutes: offset)
    }
}

/// Takes numbers, signs and offsets from the front of a text.
struct DateScanner {
    private let characters: [UInt8]
    private var place = 0

    init(_ text: String) { characters = Array(text.utf8) }

    var isAtEnd: Bool { place == characters.count }

    mutating func take(_ character: Character) -> Bool {
        guard place < characters.count, characters[place] == character.asciiValue else { return false }
        place += 1
        return true
    }

    mutating func number(of digits: ClosedRange<Int>) -> Int? {
        let run = characters[place...].prefix { (0x30...0x39).contains($0) }.prefix(digits.upperBound)
        guard digits.contains(run.count) else { return nil }
        place += run.count
        return run.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// Four digits, or a sign and four to nine.
    mutating func year() -> Int? {
        if take("-") { return number(of: 4...9).map { -$0 } }
        if take("+") { return number(of: 4...9) }
        let year = number(of: 4...4)
        if place < characters.count, (0x30...0x39).contains(characters[place]) { return nil }
        return year
    }

    /// One to nine digits behind the point.
    mutating func milliseconds() -> Int? {
        let start = place
        guard let number = number(of: 1...9) else { return nil }
        var scaled = number
        for _ in 0..<max(0, 3 - (place - start)) { scaled *= 10 }
        for _ in 0..<max(0, place - start - 3) { scaled /= 10 }
        return scaled
    }

    /// Minutes east of Greenwich: `Z`, `+02`, `+02:00`, `+0200` or nothing; nil for anything else.
    mutating func offset() -> Int? {
        if isAtEnd || take("Z") { return 0 }
        let sign: Int
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(of: 2...2) else { return nil }
        if isAtEnd { return sign * hours * 60 }
        _ = take(":")
        guard let minutes = number(of: 2...2) else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
