/// One or more formats of a date field, separated by `||`.
struct DateFormat: Sendable, Equatable {
    private enum Form: Sendable, Equatable {
        case optionalTime
        case epochMilliseconds
        case epochSeconds
        case pattern([Character])
    }

    let text: String
    private let forms: [Form]

    /// `strict_date_optional_time||epoch_millis`, what a date field has when it names none.
    static let standard = DateFormat()

    private init() { (text, forms) = ("strict_date_optional_time||epoch_millis", [.optionalTime, .epochMilliseconds]) }

    private static let patterns = [
        "date": "yyyy-MM-dd", "strict_date": "yyyy-MM-dd", "basic_date": "yyyyMMdd", "year": "yyyy",
        "strict_year": "yyyy",
        "year_month": "yyyy-MM", "strict_year_month": "yyyy-MM",
        "strict_date_hour_minute_second": "yyyy-MM-dd'T'HH:mm:ss",
        "date_hour_minute_second": "yyyy-MM-dd'T'HH:mm:ss",
    ]

    init(_ text: String) throws(APIError) {
        self.text = text
        var forms: [Form] = []
        for part in text.split(separator: "|") {
            switch part {
            case "strict_date_optional_time", "date_optional_time", "strict_date_optional_time_nanos", "iso8601",
                "strict_date_time", "date_time", "strict_date_time_no_millis", "date_time_no_millis":
                forms.append(.optionalTime)
            case "epoch_millis": forms.append(.epochMilliseconds)
            case "epoch_second": forms.append(.epochSeconds)
            default:
                let pattern = Array(DateFormat.patterns[String(part)] ?? String(part))
                if let unknown = DatePattern.unknownLetter(in: pattern) {
                    throw .notImplemented("[\(unknown)] in the date format [\(text)]")
                }
                forms.append(.pattern(pattern))
            }
        }
        self.forms = forms
    }

    /// Milliseconds since 1970; nil for text of no format.
    func milliseconds(_ value: String) -> Int? {
        for form in forms {
            let result: Int? =
                switch form {
                case .optionalTime: OptionalTime.milliseconds(value)
                case .epochMilliseconds: DateFormat.epoch(value, factor: 1)
                case .epochSeconds: DateFormat.epoch(value, factor: 1000)
                case .pattern(let pattern): DatePattern.milliseconds(value, pattern)
                }
            if let result { return result }
        }
        return nil
    }

    private static func epoch(_ value: String, factor: Int) -> Int? {
        let digits = value.utf8.drop { $0 == UInt8(ascii: "-") }
        guard value.utf8.count - digits.count <= 1, let first = digits.first, (0x30...0x39).contains(first),
            digits.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") })
        else { return nil }
        if let whole = Int(value) {
            let (result, overflow) = whole.multipliedReportingOverflow(by: factor)
            return overflow ? nil : result
        }
        return Double(value).flatMap { Int(exactly: ($0 * Double(factor)).rounded(.down)) }
    }
}

/// Days and times as milliseconds since 1970.
enum Calendar {
    /// Nil for a day or a time that does not exist.
    static func milliseconds(
        year: Int, month: Int = 1, day: Int = 1, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0,
        offsetMinutes: Int = 0
    ) -> Int? {
        guard (1...12).contains(month), day >= 1, day <= length(ofMonth: month, year), (0..<24).contains(hour),
            (0..<60).contains(minute), (0..<60).contains(second)
        else { return nil }
        // Days from civil, by Howard Hinnant: years begin in March, eras have 400 years.
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return (((days * 24 + hour) * 60 + minute - offsetMinutes) * 60 + second) * 1000 + millisecond
    }

    private static func length(ofMonth month: Int, _ year: Int) -> Int {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return [4, 6, 9, 11].contains(month) ? 30 : 31
    }
}
