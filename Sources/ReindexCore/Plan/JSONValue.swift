internal import FoundationEssentials

/// JSON outside of the hot path: index bodies, settings, small responses. Numbers keep whether they were whole.
///
/// Whole numbers up to 64 bits are exact; beyond that and with a fraction they are doubles.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// More than any answer or record needs; each takes about 60 bytes of memory.
    package static let maxValueCount = 1_000_000

    /// - Throws: ``TooManyValues`` beyond ``maxValueCount``, ``BulkResponse/Malformed`` for what is not JSON.
    package init(parsing bytes: [UInt8]) throws {
        // Behind each value but the last stands one of these; inside texts they only make the bound stricter by chance.
        let separators = bytes.count { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
        guard separators < Self.maxValueCount else { throw TooManyValues() }
        var scanner = JSONScanner(bytes, maxDepth: JSONScanner.maxTreeDepth)
        self = try scanner.tree()
        try scanner.end()
    }

    package init(encoding value: some Encodable) throws {
        self = try JSONValueEncoder.value(of: value)
    }

    package func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try JSONValueDecoder.decode(type, from: self)
    }

    /// For people: indented, keys sorted, slashes as they are.
    package var prettyBytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        // Encoding fails for NaN and infinity alone, which no JSON text can have brought.
        return (try? [UInt8](encoder.encode(self))) ?? [UInt8]("null".utf8)
    }

    package subscript(key: String) -> JSONValue? {
        get { if case .object(let members) = self { members[key] } else { nil } }
        set {
            guard case .object(var members) = self else {
                self = .object(newValue.map { [key: $0] } ?? [:])
                return
            }
            members[key] = newValue
            self = .object(members)
        }
    }

    package subscript(path path: [String]) -> JSONValue? {
        path.reduce(self as JSONValue?) { value, key in value?[key] }
    }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var object: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }

    package var int: Int? {
        switch self {
        case .integer(let value): Int(value)
        case .string(let text): Int(text)
        default: nil
        }
    }

    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}

/// A text that would take a hundred times its size as a tree.
package struct TooManyValues: Error {}

extension JSONValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            // First, for most values are, and each attempt that fails throws.
            self = .string(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { $1 })
    }
}
