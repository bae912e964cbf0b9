/// Numbers with units as people write them in mapping files and options: `15m`, `1%`, `9MiB`.
package enum Quantity {
    /// `500ms`, `90s`, `15m`, `48h`, `7d`, or several from large to small: `1h30m`. Whole numbers of at most nine digits.
    package static func duration(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = Substring(text)
        var total = Duration.zero
        var smallestSoFar = Int.max
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let unit = rest.dropFirst(digits.count).prefix { $0.isLetter }
            guard !digits.isEmpty, digits.count <= 9, let count = Int(digits),
                let milliseconds = millisecondsByUnit[String(unit)], milliseconds < smallestSoFar
            else { return nil }
            total += .milliseconds(count * milliseconds)
            smallestSoFar = milliseconds
            rest = rest.dropFirst(digits.count + unit.count)
        }
        return smallestSoFar == Int.max ? nil : total
    }

    /// The shortest text that ``duration(_:)`` reads back as the same whole number of milliseconds.
    package static func text(of duration: Duration) -> String {
        let parts = duration.components
        var milliseconds = Int(parts.seconds) * 1000 + Int(parts.attoseconds / 1_000_000_000_000_000)
        var text = ""
        for unit in ["d", "h", "m", "s", "ms"] {
            guard let size = millisecondsByUnit[unit], milliseconds >= size else { continue }
            text += "\(milliseconds / size)\(unit)"
            milliseconds %= size
        }
        return text.isEmpty ? "0s" : text
    }

    /// `1%`, `0.5%`, `100%`: a share from 0 to 1. The sign is required, so that 0.01 and 1 cannot be mixed up.
    package static func share(_ text: String) -> Double? {
        guard text.last == "%", let percent = plainNumber(text.dropLast()), percent <= 100 else { return nil }
        return percent / 100
    }

    /// `1048576`, `512KiB`, `1MiB`, `9MB` (powers of 1000), `1.5GiB`: a number of bytes.
    package static func byteCount(_ text: String) -> Int? {
        let number = text.prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
        let unit = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
        guard let size = bytesByUnit[unit], let count = plainNumber(number), count * Double(size) < 1e15 else {
            return nil
        }
        return Int(count * Double(size))
    }

    /// Digits with at most one point among them; never `nan`, `1e9` or `0x10`, which Swift's own reading takes.
    private static func plainNumber(_ text: Substring) -> Double? {
        guard let first = text.first, first != ".", text.last != ".", text.count <= 15,
            text.allSatisfy({ ($0.isASCII && $0.isNumber) || $0 == "." })
        else { return nil }
        return Double(text)
    }

    private static let millisecondsByUnit = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
    private static let bytesByUnit = [
        "": 1, "b": 1, "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
    ]
}
