/// Whether a numeric field takes a value.
struct NumberCheck {
    let kind: FieldKind
    let coerces: Bool

    /// Why the value is refused, as `caused_by`; nil when it is taken.
    func problem(with value: JSON) -> JSON? {
        switch value {
        case .string(let text):
            // With coerce an empty string is no value at all.
            if !coerces { return illegal("\(kindName) value passed as String") }
            return text.isEmpty ? nil : kind.isWhole ? whole(text, isString: true) : fraction(text)
        case .number(let digits):
            return kind.isWhole ? whole(digits, isString: false) : fraction(digits)
        default:
            return APIError.cause(
                "json_parse_exception",
                "Current token (\(value.token)) not numeric, can not use numeric value accessors")
        }
    }

    private var kindName: String {
        switch kind {
        case .long, .unsignedLong: "Long"
        case .integer: "Integer"
        case .short: "Short"
        case .byte: "Byte"
        case .float: "Float"
        default: "Double"
        }
    }

    private var bounds: (low: Double, high: Double) {
        switch kind {
        case .integer: (-2_147_483_648, 2_147_483_647)
        case .short: (-32_768, 32_767)
        case .byte: (-128, 127)
        case .unsignedLong: (0, 0x1p64)
        default: (-0x1p63, 0x1p63)
        }
    }

    private func whole(_ text: String, isString: Bool) -> JSON? {
        guard let number = Double(text), number.isFinite else {
            return APIError.cause(
                kind == .long ? "illegal_argument_exception" : "number_format_exception",
                "For input string: \"\(text)\"")
        }
        if !coerces, number != number.rounded() {
            return illegal("\(text) cannot be converted to \(kindName) without data loss")
        }
        let cut = number.rounded(.towardZero)
        if kind == .unsignedLong {
            let isInside = number >= 0 && (UInt64(text) != nil || number < bounds.high)
            return isInside ? nil : illegal("Value [\(text)] is out of range for an unsigned long")
        }
        // A double cannot tell 2^63 - 1 from 2^63: digits alone decide there.
        let isInside =
            kind == .long
            ? Int64(text) != nil || (cut >= bounds.low && cut < bounds.high)
            : cut >= bounds.low && cut <= bounds.high
        if isInside { return nil }
        if kind == .byte || isString { return illegal("Value [\(text)] is out of range for \(article)") }
        return APIError.cause("input_coercion_exception", "Numeric value (\(text)) out of range of \(kind.rawValue)")
    }

    private var article: String {
        switch kind {
        case .integer: "an integer"
        default: "a \(kind.rawValue)"
        }
    }

    private func fraction(_ text: String) -> JSON? {
        guard let number = Double(text) else {
            return APIError.cause("number_format_exception", "For input string: \"\(text)\"")
        }
        let isFinite: Bool =
            switch kind {
            case .float: Float(number).isFinite
            case .halfFloat: abs(number) < 65_520
            default: number.isFinite
            }
        if isFinite { return nil }
        let shown = number.isNaN ? "NaN" : number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : "\(number)"
        return illegal(
            "[\(kind.rawValue)] \(kind == .scaledFloat ? "only supports" : "supports only") finite values, but got [\(shown)]"
        )
    }

    private func illegal(_ reason: String) -> JSON { APIError.cause("illegal_argument_exception", reason) }
}
