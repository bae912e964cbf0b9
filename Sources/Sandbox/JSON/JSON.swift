/// A JSON value that keeps the order of members and the digits of numbers.
///
/// Numbers stay text, so that `1.50` is answered as it was sent; ``raw(_:)`` carries a `_source` byte for byte.
enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    case object(JSONObject)
    case raw([UInt8])

    /// The text of a string; nil for everything else.
    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    var array: [JSON]? {
        if case .array(let array) = self { array } else { nil }
    }

    /// A string, number or boolean as OpenSearch reads it where it expects a string; nil for the rest.
    var text: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object, .raw: nil
        }
    }

    /// A boolean, or its spelling as a string.
    var bool: Bool? {
        switch text {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// A whole number, or its spelling as a string.
    var int: Int? { text.flatMap { Int($0) } }

    /// The value as a list: an array's elements, or the value alone.
    var elements: [JSON] { array ?? [self] }

    subscript(_ key: String) -> JSON? { object?[key] }
}

// Deliberately not by nil: where a JSON? is expected, `nil` would come to mean a JSON null.
extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringInterpolation,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(JSONObject(elements.map { JSONObject.Member(key: $0.0, value: $0.1) }))
    }

    init(arrayLiteral elements: JSON...) { self = .array(elements) }

    init(stringLiteral value: String) { self = .string(value) }

    init(integerLiteral value: Int) { self = .number(String(value)) }

    init(booleanLiteral value: Bool) { self = .bool(value) }

    init(_ value: some BinaryInteger) { self = .number(String(value)) }

    init(_ value: Double) { self = .number("\(value)") }
}

/// The members of a JSON object in their order.
struct JSONObject: Sendable, Equatable {
    struct Member: Sendable, Equatable {
        var key: String
        var value: JSON
    }

    var members: [Member]

    init(_ members: [Member] = []) { self.members = members }

    var isEmpty: Bool { members.isEmpty }

    var keys: [String] { members.map(\.key) }

    /// Reads the member, replaces it in its place, appends it, or (nil) removes it.
    subscript(_ key: String) -> JSON? {
        get { members.first { $0.key == key }?.value }
        set {
            let place = members.firstIndex { $0.key == key }
            switch (place, newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append(Member(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// The same members in the order of their names, as OpenSearch lists properties and settings.
    var sorted: JSONObject { JSONObject(members.sorted { $0.key < $1.key }) }
}
