/// A value of a field as searches compare it.
enum FieldValue: Hashable, Comparable, Sendable {
    /// Whole numbers, dates in milliseconds since 1970, booleans as 0 and 1.
    case whole(Int)
    case fraction(Double)
    case text(String)
    case address([UInt8])

    /// Reads a value as a field of this kind keeps it; nil for what the field does not hold.
    init?(_ json: JSON, field: Field) {
        guard let text = json.text else { return nil }
        switch field.kind {
        case _ where field.kind.isWhole:
            guard let number = Int(text) ?? Double(text).flatMap({ Int(exactly: $0.rounded(.towardZero)) }) else {
                return nil
            }
            self = .whole(number)
        case _ where field.kind.isFraction:
            guard let number = Double(text) else { return nil }
            self = .fraction(field.kind == .double || field.kind == .scaledFloat ? number : Double(Float(number)))
        case _ where field.kind.isDate:
            guard let time = field.dateFormat.milliseconds(text) else { return nil }
            self = .whole(time)
        case .boolean: self = .whole(text == "true" ? 1 : 0)
        case .ip:
            guard let address = IPAddress(text) else { return nil }
            self = .address(address.bytes)
        case .keyword:
            if let limit = field.ignoreAbove, text.utf16.count > limit { return nil }
            self = .text(text)
        case .wildcard: self = .text(text)
        default: return nil
        }
    }

    /// As `sort` answers it.
    var json: JSON {
        switch self {
        case .whole(let number): JSON(number)
        case .fraction(let number):
            number.isFinite ? JSON(number) : .string(number < 0 ? "-Infinity" : "Infinity")
        case .text(let text): .string(text)
        case .address(let bytes): .string(FieldValue.addressText(bytes))
        }
    }

    static func < (left: FieldValue, right: FieldValue) -> Bool {
        switch (left, right) {
        case (.whole(let left), .whole(let right)): left < right
        case (.fraction(let left), .fraction(let right)): left < right
        case (.whole(let left), .fraction(let right)): Double(left) < right
        case (.fraction(let left), .whole(let right)): left < Double(right)
        case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.address(let left), .address(let right)): left.lexicographicallyPrecedes(right)
        default: false
        }
    }

    private static func addressText(_ bytes: [UInt8]) -> String {
        if bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] {
            return bytes.suffix(4).map(String.init).joined(separator: ".")
        }
        return stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }
}

/// Splits text into lower-case words, much as OpenSearch's standard analyzer does.
enum Words {
    static func split(_ text: String) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        let scalars = Array(text.unicodeScalars)
        for (place, scalar) in scalars.enumerated() {
            if isPart(scalar) || joins(scalars, at: place) {
                word.append(scalar)
            } else if !word.isEmpty {
                words.append(String(word).lowercased())
                word = String.UnicodeScalarView()
            }
        }
        if !word.isEmpty { words.append(String(word).lowercased()) }
        return words
    }

    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || scalar.properties.generalCategory == .nonspacingMark
    }

    /// An apostrophe or a point between letters, a point or a comma between digits: parts of one word.
    private static func joins(_ scalars: [Unicode.Scalar], at place: Int) -> Bool {
        guard place > 0, place + 1 < scalars.count else { return false }
        let (before, after) = (scalars[place - 1], scalars[place + 1])
        let areLetters = before.properties.isAlphabetic && after.properties.isAlphabetic
        let areDigits = before.properties.numericType != nil && after.properties.numericType != nil
        switch scalars[place] {
        case "'", "\u{2019}": return areLetters
        case ".": return areLetters || areDigits
        case ",": return areDigits
        default: return false
        }
    }
}
