internal import FoundationEssentials

/// Makes a `Decodable` value of a tree without a text in between: what Foundation's decoder would make of its JSON.
///
/// What was stored by any version is read the same way, and refused with the same kind of error at the same place. A tree
/// inside is taken as it is. Writing the bytes and Foundation's decoder behind it took 7% of a short run's CPU.
final class JSONValueDecoder: Decoder {
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    fileprivate let node: JSONValue
    /// Where the node lies, as a chain: a path is made for errors alone.
    private let parent: JSONValueDecoder?
    private let key: (any CodingKey)?

    fileprivate init(_ node: JSONValue, _ key: (any CodingKey)? = nil, in parent: JSONValueDecoder? = nil) {
        self.node = node
        self.key = key
        self.parent = parent
    }

    static func decode<T: Decodable>(_ type: T.Type, from tree: JSONValue) throws -> T {
        try JSONValueDecoder(tree).decode(type)
    }

    var codingPath: [any CodingKey] {
        guard let key else { return [] }
        return (parent?.codingPath ?? []) + [key]
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = node else { throw mismatch([String: JSONValue].self) }
        return KeyedDecodingContainer(KeyedContainer(members: members, decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = node else { throw mismatch([JSONValue].self) }
        return UnkeyedContainer(elements: elements, decoder: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    /// Values that have a form of their own, in the order of how many a run's documents have; nil for all others.
    private func plain(_ type: any Decodable.Type) throws -> Any? {
        switch type {
        case is JSONValue.Type: node
        case is String.Type: try text()
        case is Int.Type: try integer(Int.self)
        case is Bool.Type: try bool()
        case is Double.Type: try number(Double.self)
        case is Int64.Type: try integer(Int64.self)
        case is Data.Type: try data()
        case is Float.Type: try number(Float.self)
        case let type as any FixedWidthInteger.Type: try integer(type)
        default: nil
        }
    }

    private func text() throws -> String {
        guard case .string(let value) = node else { throw mismatch(String.self) }
        return value
    }

    private func bool() throws -> Bool {
        guard case .bool(let value) = node else { throw mismatch(Bool.self) }
        return value
    }

    private func number<Number: BinaryFloatingPoint>(_ type: Number.Type) throws -> Number {
        guard let number = node.double else { throw mismatch(type) }
        let value = Number(number)
        guard value.isFinite else { throw corruption("the number does not fit in \(type)") }
        return value
    }

    /// A number that is whole is an integer, however it was written.
    private func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer {
        let value: Integer?
        switch node {
        case .integer(let whole): value = Integer(exactly: whole)
        case .number(let number): value = Integer(exactly: number)
        default: throw mismatch(type)
        }
        guard let value else { throw corruption("the number does not fit in \(type)") }
        return value
    }

    private func data() throws -> Data {
        guard let data = Data(base64Encoded: try text()) else { throw corruption("this is not Base64") }
        return data
    }

    private func mismatch(_ type: Any.Type) -> DecodingError {
        let context = DecodingError.Context(codingPath: codingPath, debugDescription: "this is no \(type)")
        return node == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    private func corruption(_ why: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: codingPath, debugDescription: why))
    }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { node == .null }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if let value = try plain(type), let value = value as? T { return value }
        return try T(from: self)
    }
}

// MARK: - Containers

private struct KeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let members: [String: JSONValue]
    let decoder: JSONValueDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try member(key).decodeNil() }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try member(key).decode(type) }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        guard let node = members[key.stringValue], node != .null else { return nil }
        return try JSONValueDecoder(node, key, in: decoder).decode(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try member(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try member(key).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { optionalMember(PlaceKey.super) }
    func superDecoder(forKey key: Key) -> any Decoder { optionalMember(key) }

    private func member(_ key: Key) throws -> JSONValueDecoder {
        guard let node = members[key.stringValue] else {
            let context = DecodingError.Context(codingPath: codingPath, debugDescription: "there is no such member")
            throw DecodingError.keyNotFound(key, context)
        }
        return JSONValueDecoder(node, key, in: decoder)
    }

    private func optionalMember(_ key: any CodingKey) -> JSONValueDecoder {
        JSONValueDecoder(members[key.stringValue] ?? .null, key, in: decoder)
    }
}

private struct UnkeyedContainer: UnkeyedDecodingContainer {
    let elements: [JSONValue]
    let decoder: JSONValueDecoder
    private(set) var currentIndex = 0

    init(elements: [JSONValue], decoder: JSONValueDecoder) {
        self.elements = elements
        self.decoder = decoder
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    /// Anything but null is left for the call that follows.
    mutating func decodeNil() throws -> Bool {
        guard try element(Never.self).decodeNil() else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next(type) { try $0.decode(type) } }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next(KeyedDecodingContainer<Nested>.self) { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next((any UnkeyedDecodingContainer).self) { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try next((any Decoder).self) { $0 } }

    /// An element that cannot be read is not passed.
    private mutating func next<T>(_ type: Any.Type, _ read: (JSONValueDecoder) throws -> T) throws -> T {
        let value = try read(element(type))
        currentIndex += 1
        return value
    }

    private func element(_ type: Any.Type) throws -> JSONValueDecoder {
        let key = PlaceKey(intValue: currentIndex)
        guard !isAtEnd else {
            let context = DecodingError.Context(
                codingPath: codingPath + [key], debugDescription: "the array has \(elements.count) elements")
            throw DecodingError.valueNotFound(type, context)
        }
        return JSONValueDecoder(elements[currentIndex], key, in: decoder)
    }
}

/// Where no type of keys names the place; the names are Foundation's.
private struct PlaceKey: CodingKey {
    static let `super` = PlaceKey(stringValue: "super")

    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "Index \(intValue)"
        self.intValue = intValue
    }
}
