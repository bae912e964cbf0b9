/// The key columns of a row: where they are, and when two of them are equal.
///
/// PostgreSQL's `=` on the key types is equality of bytes, but for a few: a numeric's display scale, the zeros and NaNs
/// of floats, the padding of `char(n)`. ``appendIdentity(of:to:)`` writes bytes that are equal exactly where the keys are.
struct RowKey: Sendable {
    private enum Form: Sendable { case bytes, numeric, float4, float8, padded }

    /// Indexes into the row.
    let indexes: [Int]
    private let forms: [Form]
    private let steps: [EncodingStep]

    init(columns: [Column], indexes: [Int]) {
        self.indexes = indexes
        forms = indexes.map { index in
            guard case .base(let name) = columns[index].type.underlying else { return .bytes }
            return switch name {
            case "numeric": .numeric
            case "float4": .float4
            case "float8": .float8
            case "bpchar": .padded
            default: .bytes
            }
        }
        steps = indexes.map { index in
            var step = EncodingStep(.column)
            if case .scalar(let form) = ColumnRule(for: columns[index].type).shape { step.scalar = form }
            return step
        }
    }

    /// Appends the identity of a row's key; of the columns in `fields`.
    func appendIdentity(of fields: UnsafePointer<FieldBytes>, to identity: inout [UInt8]) {
        for (index, form) in zip(indexes, forms) {
            guard let value = unsafe BinaryValue(fields[index]) else {
                identity += [0xFF, 0xFF, 0xFF, 0xFF]
                continue
            }
            Self.append(value, form, to: &identity)
        }
    }

    func identity(of place: KeyPlace) -> [UInt8] {
        var identity: [UInt8] = []
        for (value, form) in zip(place.values, forms) {
            unsafe value.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return Self.appendCount(0, to: &identity) }
                unsafe Self.append(BinaryValue(start: start, count: bytes.count), form, to: &identity)
            }
        }
        return identity
    }

    /// The key's values, and the same for people. A null is empty, and `null` for people.
    func place(of fields: UnsafePointer<FieldBytes>) -> KeyPlace {
        var values: [[UInt8]] = []
        var texts: [String] = []
        for (index, step) in zip(indexes, steps) {
            let value = unsafe BinaryValue(fields[index])
            values.append(value.map(\.bytes) ?? [])
            texts.append(value.map { PlainText.of($0, as: step) } ?? "null")
        }
        return KeyPlace(values: values, text: texts)
    }

    private static func append(_ value: BinaryValue, _ form: Form, to identity: inout [UInt8]) {
        switch form {
        case .bytes: append(value, to: &identity)
        case .padded:
            var count = value.count
            while count > 0, value[count - 1] == UInt8(ascii: " ") { count -= 1 }
            append(value.slice(0, count), to: &identity)
        case .float4:
            let number: Float? = value.count == 4 ? value.float() : nil
            append(number.map { UInt64($0.isNaN ? Float.nan.bitPattern : ($0 + 0).bitPattern) }, value, to: &identity)
        case .float8:
            let number: Double? = value.count == 8 ? value.double() : nil
            append(number.map { $0.isNaN ? Double.nan.bitPattern : ($0 + 0).bitPattern }, value, to: &identity)
        case .numeric: appendNumeric(value, to: &identity)
        }
    }

    private static func append(_ value: BinaryValue, to identity: inout [UInt8]) {
        appendCount(value.count, to: &identity)
        identity += value.bytes
    }

    private static func append(_ bits: UInt64?, _ value: BinaryValue, to identity: inout [UInt8]) {
        guard let bits else { return append(value, to: &identity) }
        appendCount(8, to: &identity)
        for shift in stride(from: 56, through: 0, by: -8) {
            identity.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
    }

    private static func appendCount(_ count: Int, to identity: inout [UInt8]) {
        for shift in [24, 16, 8, 0] { identity.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }

    /// Weight, sign and digits, without the zeros behind them and without the display scale.
    private static func appendNumeric(_ value: BinaryValue, to identity: inout [UInt8]) {
        guard value.count >= 8, value.count == 8 + 2 * Int(value.uint16()) else { return append(value, to: &identity) }
        var digitCount = Int(value.uint16())
        while digitCount > 0, value.uint16(at: 6 + 2 * digitCount) == 0 { digitCount -= 1 }
        let isZero = digitCount == 0 && value.uint16(at: 4) & 0x8000 == 0
        appendCount(4 + 2 * digitCount, to: &identity)
        identity += isZero ? [0, 0, 0, 0] : value.slice(2, 4).bytes
        identity += value.slice(8, 2 * digitCount).bytes
    }
}

extension BinaryValue {
    /// nil for SQL null.
    @inline(__always) init?(_ field: FieldBytes) {
        guard let start = unsafe field.start else { return nil }
        unsafe self.init(start: start, count: field.count)
    }

    var bytes: [UInt8] { unsafe [UInt8](UnsafeBufferPointer(start: start, count: count)) }
}
