internal import FoundationEssentials

/// Makes the tree of an `Encodable` value without a text in between: what parsing its JSON would give.
///
/// A tree in it, as a run's record has one of its mapping, is taken as it is. Foundation's encoder with the parsing behind
/// it took 3% of a run's CPU.
final class JSONValueEncoder: Encoder {
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    /// What was encoded; an object or array is filled by its containers.
    private var result: Node?

    private init(_ path: [any CodingKey]) { codingPath = path }

    static func value(of value: some Encodable) throws -> JSONValue {
        try node(of: value, []).value
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        let object = result as? ObjectNode ?? ObjectNode()
        result = object
        return KeyedEncodingContainer(KeyedContainer(object: object, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        let array = result as? ArrayNode ?? ArrayNode()
        result = array
        return UnkeyedContainer(array: array, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleContainer(encoder: self) }

    fileprivate static func node(of value: some Encodable, _ path: @autoclosure () -> [any CodingKey]) throws -> Node {
        if let plain = try plain(value, path) { return Node(plain) }
        let encoder = JSONValueEncoder(path())
        try value.encode(to: encoder)
        // As Foundation has it, a value that encodes nothing is an empty object.
        return encoder.result ?? ObjectNode()
    }

    /// Values that have a form of their own: in a run's documents, no others that Foundation has one for.
    private static func plain(_ value: some Encodable, _ path: () -> [any CodingKey]) throws -> JSONValue? {
        switch value {
        case let value as JSONValue: value
        case let value as String: .string(value)
        case let value as Bool: .bool(value)
        case let value as Int: .integer(Int64(value))
        case let value as Int64: .integer(value)
        case let value as Data: .string(value.base64EncodedString())
        case let value as Double: try number(value, path)
        case let value as Float: try number(Double(value.description) ?? Double(value), path)
        case let value as any FixedWidthInteger:
            Int64(exactly: value).map { .integer($0) } ?? .number(Double(value.description) ?? 0)
        default: nil
        }
    }

    /// Whole where it is, as ``JSONScanner`` reads it.
    private static func number(_ value: Double, _ path: () -> [any CodingKey]) throws -> JSONValue {
        guard value.isFinite else {
            let context = EncodingError.Context(codingPath: path(), debugDescription: "\(value) has no form in JSON")
            throw EncodingError.invalidValue(value, context)
        }
        if let whole = Int64(exactly: value), value.magnitude <= 9_007_199_254_740_992 { return .integer(whole) }
        return .number(value)
    }

    // MARK: - What is being filled

    fileprivate class Node {
        private let plain: JSONValue
        init(_ value: JSONValue) { plain = value }
        var value: JSONValue { plain }
    }

    fileprivate final class ObjectNode: Node {
        var members: [String: Node] = [:]
        init() { super.init(.null) }
        override var value: JSONValue { .object(members.mapValues(\.value)) }
    }

    fileprivate final class ArrayNode: Node {
        var elements: [Node] = []
        init() { super.init(.null) }
        override var value: JSONValue { .array(elements.map(\.value)) }
    }

    // MARK: - Containers

    private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let object: ObjectNode
        let codingPath: [any CodingKey]

        func encodeNil(forKey key: Key) { object.members[key.stringValue] = Node(.null) }

        func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
            object.members[key.stringValue] = try JSONValueEncoder.node(of: value, codingPath + [key])
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            let nested = object.members[key.stringValue] as? ObjectNode ?? ObjectNode()
            object.members[key.stringValue] = nested
            return KeyedEncodingContainer(
                KeyedContainer<Nested>(object: nested, codingPath: codingPath + [key]))
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            let nested = object.members[key.stringValue] as? ArrayNode ?? ArrayNode()
            object.members[key.stringValue] = nested
            return UnkeyedContainer(array: nested, codingPath: codingPath + [key])
        }

        func superEncoder() -> any Encoder { preconditionFailure("no class is encoded here") }
        func superEncoder(forKey key: Key) -> any Encoder { preconditionFailure("no class is encoded here") }
    }

    private struct UnkeyedContainer: UnkeyedEncodingContainer {
        let array: ArrayNode
        let codingPath: [any CodingKey]
        var count: Int { array.elements.count }

        func encodeNil() { array.elements.append(Node(.null)) }

        func encode<Value: Encodable>(_ value: Value) throws {
            array.elements.append(try JSONValueEncoder.node(of: value, codingPath))
        }

        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            let nested = ObjectNode()
            array.elements.append(nested)
            return KeyedEncodingContainer(KeyedContainer<Nested>(object: nested, codingPath: codingPath))
        }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            let nested = ArrayNode()
            array.elements.append(nested)
            return UnkeyedContainer(array: nested, codingPath: codingPath)
        }

        func superEncoder() -> any Encoder { preconditionFailure("no class is encoded here") }
    }

    private struct SingleContainer: SingleValueEncodingContainer {
        let encoder: JSONValueEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }

        func encodeNil() { encoder.result = Node(.null) }

        func encode<Value: Encodable>(_ value: Value) throws {
            encoder.result = try JSONValueEncoder.node(of: value, codingPath)
        }
    }
}
