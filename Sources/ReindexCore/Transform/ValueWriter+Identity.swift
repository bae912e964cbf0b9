/// Why a row has no `_id` that OpenSearch takes.
enum IdentityProblem {
    /// Index into the parts.
    case null(Int)
    case empty
    case tooLong
    case notUTF8(Int)
    case value(Int)
}

/// `_id` and routing in the action line. One bad action line fails its whole request, so nothing unchecked goes there.
extension ValueWriter {
    /// OpenSearch's limit for an `_id`, in bytes of UTF-8.
    static let maxIDBytes = 512

    /// Writes the parts of an `_id` as the inside of a JSON string, joined with `:`.
    ///
    /// Of several parts those that are strings have `%` and `:` escaped, so that different keys never share an `_id`.
    mutating func identity(_ steps: [EncodingStep], of fields: UnsafePointer<FieldBytes>) -> IdentityProblem? {
        var length = steps.count - 1
        for index in steps.indices {
            let step = steps[index]
            guard let value = unsafe BinaryValue(fields[Int(step.column)]) else { return .null(index) }
            makeRoom(Self.room(forValueOf: value.count))
            if index > 0 { out.put(UInt8(ascii: ":")) }
            let written: Int?
            if step.scalar == .int8, value.count == 8, steps.count == 1 {
                out.putInteger(value.int64())
                return nil
            } else if let text = Self.rawText(value, step.scalar) {
                guard text.count <= Self.maxIDBytes else { return .tooLong }
                guard Self.isUTF8(text) else { return .notUTF8(index) }
                written = steps.count == 1 ? putText(text) : putTextPart(text)
            } else {
                written = putOther(value, step, isPart: steps.count > 1)
            }
            guard let written else { return .value(index) }
            length += written
        }
        if length > Self.maxIDBytes { return .tooLong }
        return length == 0 ? .empty : nil
    }

    /// The value of a routing as the inside of a JSON string; any length.
    mutating func routing(_ value: BinaryValue, as step: EncodingStep) -> IdentityProblem? {
        makeRoom(Self.room(forValueOf: value.count))
        if let text = Self.rawText(value, step.scalar) {
            guard Self.isUTF8(text) else { return .notUTF8(0) }
            if text.count <= Self.chunk { out.putEscaped(text) } else { longText(text) }
            return nil
        }
        return putOther(value, step, isPart: false) == nil ? .value(0) : nil
    }

    private mutating func putText(_ text: BinaryValue) -> Int {
        out.putEscaped(text)
        return text.count
    }

    private mutating func putTextPart(_ text: BinaryValue) -> Int {
        var length = 0
        for index in 0..<text.count {
            switch text[index] {
            case UInt8(ascii: "%"): out.put("%25")
            case UInt8(ascii: ":"): out.put("%3A")
            default:
                out.putEscaped(text.slice(index, 1))
                length += 1
                continue
            }
            length += 3
        }
        return length
    }

    /// Everything else has a JSON form that needs no escaping, once its quotation marks are off.
    private mutating func putOther(_ value: BinaryValue, _ step: EncodingStep, isPart: Bool) -> Int? {
        let start = position
        spellsEverything = true
        defer { spellsEverything = false }
        guard write(value, as: step) == .written else { return nil }
        let json = written(since: start)
        guard json.first == UInt8(ascii: "\"") else { return json.count }
        rewind(to: start)
        let text = Array(json[1..<json.count - 1])
        makeRoom(Self.room(forValueOf: text.count))
        return unsafe text.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            let inside = unsafe BinaryValue(start: start, count: bytes.count)
            if isPart { return putTextPart(inside) }
            out.put(inside)
            return inside.count
        }
    }

    /// The text itself, of the types that are text and may need escaping.
    @inline(__always) private static func rawText(_ value: BinaryValue, _ form: ScalarForm) -> BinaryValue? {
        switch form {
        case .text: value
        case .versionedText where value.count >= 1 && value[0] == 1: value.dropFirst(1)
        case .byteCharacter where value.count == 1 && value[0] < 0x80: value[0] == 0 ? value.slice(0, 0) : value
        default: nil
        }
    }

    private static func isUTF8(_ text: BinaryValue) -> Bool {
        for index in 0..<text.count where text[index] >= 0x80 {
            return String(validating: text.bytes, as: UTF8.self) != nil
        }
        return true
    }
}
