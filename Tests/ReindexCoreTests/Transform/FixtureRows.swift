import ReindexCore

/// Rows of a test in PostgreSQL's binary format, at addresses that do not move.
final class FixtureRows: RowStorage, @unchecked Sendable {
    let rowCount: Int
    let columnCount: Int
    let byteCount: Int
    private let bytes: UnsafeMutablePointer<UInt8>
    private var fields: [(offset: Int, count: Int)?] = []

    init(_ rows: [[[UInt8]?]]) {
        rowCount = rows.count
        columnCount = rows.first?.count ?? 0
        let all = rows.flatMap { $0 }
        byteCount = all.reduce(0) { $0 + ($1?.count ?? 0) }
        bytes = .allocate(capacity: max(byteCount, 1))
        var offset = 0
        for value in all {
            guard let value else {
                fields.append(nil)
                continue
            }
            (bytes + offset).initialize(from: value, count: value.count)
            fields.append((offset, value.count))
            offset += value.count
        }
    }

    deinit { bytes.deallocate() }

    func copyFields(ofRow row: Int, to target: UnsafeMutablePointer<FieldBytes>) {
        for column in 0..<columnCount {
            let field = fields[row * columnCount + column]
            let start = field.map { UnsafePointer(bytes) + $0.offset }
            (target + column).initialize(to: FieldBytes(start: start, count: field?.count ?? 0))
        }
    }
}

/// Values in PostgreSQL's binary format.
enum Binary {
    static func integer(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) }
    }
    static func double(_ value: Double) -> [UInt8] { integer(value.bitPattern) }
    static func float(_ value: Float) -> [UInt8] { integer(value.bitPattern) }
    static func text(_ value: String) -> [UInt8] { Array(value.utf8) }

    /// A length and the bytes, or the length -1.
    static func field(_ value: [UInt8]?) -> [UInt8] {
        guard let value else { return integer(Int32(-1)) }
        return integer(Int32(value.count)) + value
    }

    static func array(_ sizes: [Int32], _ elements: [[UInt8]?]) -> [UInt8] {
        integer(Int32(sizes.count)) + integer(Int32(1)) + integer(Int32(0))
            + sizes.flatMap { integer($0) + integer(Int32(1)) } + elements.flatMap(field)
    }

    static func composite(_ fields: [[UInt8]?]) -> [UInt8] {
        integer(Int32(fields.count)) + fields.flatMap { integer(Int32(25)) + field($0) }
    }

    static func numeric(_ digits: [UInt16], weight: Int16, sign: UInt16 = 0, scale: UInt16) -> [UInt8] {
        integer(UInt16(digits.count)) + integer(weight) + integer(sign) + integer(scale)
            + digits.flatMap { integer($0) }
    }
}

/// A template over columns of these types, and what it makes of rows.
struct Fixture {
    var columns: [Column]
    var rules = DocumentRules()
    var children: [ChildDescription] = []
    var keyColumns = [0]

    /// One column `id` of type int8, and one column `value` of this type.
    init(_ type: PostgresType) {
        columns = [Column(name: "id", type: .base("int8")), Column(name: "value", type: type)]
        rules.keepsNulls = true
        rules.omit = ["id"]
    }

    init(_ columns: KeyValuePairs<String, PostgresType>) {
        self.columns = columns.map { Column(name: $0, type: $1) }
    }

    var description: SourceDescription {
        SourceDescription(
            columns: columns, keyColumns: keyColumns, children: children, keyProof: .checkedWhileReading,
            estimatedRows: nil, estimatedRowWidth: nil, isOrderedByIndex: true, queryPlan: [], hasLargeValues: false,
            server: ServerDescription(
                version: "15", versionNumber: 150_000, database: "d", systemIdentifier: nil, encoding: "UTF8",
                isReplica: false, collationVersions: [:]),
            warnings: [])
    }

    func template() throws(TemplateError) -> DocumentTemplate {
        try DocumentTemplate(description: description, rules: rules)
    }

    func encode(_ rows: [[[UInt8]?]], children: [[[[UInt8]?]]] = []) throws -> Encoded {
        let fetched = FetchedRows(rows: FixtureRows(rows), children: children.map { FixtureRows($0) })
        let batch = RowBatch(
            fetched: fetched, firstRow: 0, endRow: rows.count, epoch: Epoch(version: 7), slice: 0,
            end: KeyPlace(values: [], text: []))
        return Encoded(try template().encode(batch))
    }

    /// The JSON that one value becomes, or the type of its rejection.
    func value(_ bytes: [UInt8]?) throws -> String {
        let encoded = try encode([[Binary.integer(Int64(1)), bytes]])
        if let rejection = encoded.rejections.first { return rejection.type }
        return String(encoded.documents[0].dropFirst("{\"value\":".count).dropLast())
    }
}

struct Encoded {
    let lines: [String]
    let rejections: [Rejection]
    let replacedValues: Int
    let itemCount: Int

    init(_ batch: EncodedBatch) {
        let text = batch.body.withBytes(ofItems: 0..<batch.body.itemCount) { String(decoding: $0, as: UTF8.self) }
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        rejections = batch.rejections
        replacedValues = batch.replacedValues
        itemCount = batch.body.itemCount
    }

    var actions: [String] { stride(from: 0, to: lines.count, by: 2).map { lines[$0] } }
    var documents: [String] { stride(from: 1, to: lines.count, by: 2).map { lines[$0] } }
}

/// Random numbers that are the same each time.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
