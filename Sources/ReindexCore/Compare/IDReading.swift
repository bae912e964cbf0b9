/// Reads a key back out of the `_id` that was made of it.
///
/// Parts of an `_id` of several columns are joined with `:`, and have `%` and `:` escaped (``ValueWriter/identity(_:of:)``).
struct IDReading: Sendable {
    /// For each column of the key the part that it is in.
    private let parts: [Int]

    /// Types whose text in an `_id` is what PostgreSQL reads.
    private static let plainTypes: Set<String> = [
        "int2", "int4", "int8", "oid", "numeric", "uuid", "text", "varchar", "bpchar", "citext", "name", "date",
        "timestamp", "timestamptz", "bool",
    ]

    /// nil where `_id` is made of other columns than the key's, or of a type that is not read back.
    init?(_ plan: ReindexPlan) {
        let key = plan.source.keyColumns.map { plan.source.columns[$0] }
        let id = plan.mapping.document.id.isEmpty ? key.map(\.name) : plan.mapping.document.id
        let parts = key.compactMap { id.firstIndex(of: $0.name) }
        guard id.count == key.count, Set(parts).count == key.count else { return nil }
        for column in key {
            switch column.type.underlying {
            case .base(let name) where Self.plainTypes.contains(name): break
            case .enumeration: break
            default: return nil
            }
        }
        self.parts = parts
    }

    /// - Returns: a text for each column of the key; nil where the `_id` has another number of parts.
    func key(_ id: [UInt8]) -> [String]? {
        guard !id.contains(0) else { return nil }
        guard parts.count > 1 else { return [String(decoding: id, as: UTF8.self)] }
        let found = id.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard found.count == parts.count else { return nil }
        let texts = found.map { String(decoding: Self.unescaped($0), as: UTF8.self) }
        return parts.map { texts[$0] }
    }

    private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.starts(with: "3A".utf8) || rest.starts(with: "25".utf8) {
                plain.append(rest.first == UInt8(ascii: "3") ? UInt8(ascii: ":") : byte)
                rest = rest.dropFirst(2)
            } else {
                plain.append(byte)
            }
        }
        return plain
    }
}
