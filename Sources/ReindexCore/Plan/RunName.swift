internal import FoundationEssentials

/// The names a run makes: its id, and the index it fills.
package enum RunName {
    /// `20261122-101112-ab12`: UTC, then 16 random bits, so that two runs of one second differ.
    package static func id(microseconds: Int64, random: UInt16) -> String {
        let digits = Timestamp.text(microseconds: microseconds).filter(\.isNumber)
        let hex = String(random, radix: 16)
        let (day, time) = (digits.prefix(8), digits.dropFirst(8).prefix(6))
        return "\(day)-\(time)-" + String(repeating: "0", count: 4 - hex.count) + hex
    }

    /// `<alias, lower case>-<run>`: index names are lower case, aliases need not be.
    package static func index(alias: String, run: String) -> String { "\(alias.lowercased())-\(run)" }

    /// Every index of an alias, and perhaps those of another whose name begins with this one's: `_meta` tells.
    package static func pattern(alias: String) -> String { index(alias: alias, run: "*") }
}

/// Points in time as the checkpoints and reports write them: `2026-11-22T10:11:12.345678Z`.
package enum Timestamp {
    package static func text(microseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
        let text = date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: false))
        let fraction = String(microseconds % 1_000_000 + 1_000_000).dropFirst()
        return text.dropLast() + "." + fraction + "Z"
    }

    /// Microseconds since 1970, or nil where the text is not one of ours.
    package static func microseconds(_ text: String) -> Int64? {
        guard let date = try? Date(String(text.prefix(19)) + "Z", strategy: .iso8601) else { return nil }
        let fraction = Int64(text.dropFirst(20).prefix(6)) ?? 0
        return Int64(date.timeIntervalSince1970) * 1_000_000 + fraction
    }
}
