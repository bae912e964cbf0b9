/// Numbers as people read them.
enum Quantities {
    /// `1,234,567`.
    static func count(_ value: Int) -> String {
        var groups: [String] = []
        var rest = String(abs(value))
        while rest.count > 3 {
            groups.insert(String(rest.suffix(3)), at: 0)
            rest.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([rest] + groups).joined(separator: ",")
    }

    /// `1 document`, `2 documents`.
    static func count(_ value: Int, _ noun: String) -> String { "\(count(value)) \(noun)\(value == 1 ? "" : "s")" }

    /// `3.9 MB`: powers of ten, as disks and networks are sold.
    static func bytes(_ value: Int) -> String {
        var size = Double(value)
        for unit in ["bytes", "kB", "MB", "GB"] {
            if size < 1000 { return unit == "bytes" ? "\(value) bytes" : "\(decimal(size, 1)) \(unit)" }
            size /= 1000
        }
        return "\(decimal(size, 1)) TB"
    }

    /// `0.42 s`, `12.3 s`, `4 min 05 s`, `2 h 07 min`.
    static func duration(_ seconds: Double) -> String {
        if seconds < 10 { return "\(decimal(seconds, 2)) s" }
        if seconds < 60 { return "\(decimal(seconds, 1)) s" }
        let whole = Int(seconds)
        if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
        return "\(whole / 3600) h \(padded(whole / 60 % 60)) min"
    }

    static func rate(_ perSecond: Double) -> String { "\(count(Int(perSecond)))/s" }

    /// A fixed number of digits behind the point, rounded half up.
    static func decimal(_ value: Double, _ digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + count(scaled) }
        let fraction = String(scaled % scale)
        return sign + count(scaled / scale) + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
