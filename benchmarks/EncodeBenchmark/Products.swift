import ReindexCore

/// The wide products table of 16 columns, and rows for it that are the same each time.
enum Products {
    static let columns: [Column] = [
        Column(name: "id", type: .base("int8")), Column(name: "sku", type: .base("uuid")),
        Column(name: "title", type: .base("text")), Column(name: "description", type: .base("text")),
        Column(name: "brand", type: .base("text")), Column(name: "price", type: .base("numeric")),
        Column(name: "discount", type: .base("numeric")), Column(name: "stock", type: .base("int4")),
        Column(name: "active", type: .base("bool")), Column(name: "tags", type: .array(of: .base("text"))),
        Column(name: "attributes", type: .base("jsonb")), Column(name: "rating", type: .base("float8")),
        Column(name: "lat", type: .base("float8")), Column(name: "lon", type: .base("float8")),
        Column(name: "created_at", type: .base("timestamptz")), Column(name: "updated_at", type: .base("timestamptz")),
    ]

    static var rules: DocumentRules {
        var rules = DocumentRules()
        rules.fields = [.init(name: "location", value: .geoPoint(latitude: "lat", longitude: "lon"))]
        return rules
    }

    static let description = SourceDescription(
        columns: columns, keyColumns: [0], children: [], keyProof: .checkedWhileReading, estimatedRows: nil,
        estimatedRowWidth: nil, isOrderedByIndex: true, queryPlan: [], hasLargeValues: false,
        server: ServerDescription(
            version: "15", versionNumber: 150_000, database: "", systemIdentifier: nil, encoding: "UTF8",
            isReplica: false, collationVersions: [:]),
        warnings: [])
}

/// Rows in PostgreSQL's binary format, in one piece of memory as libpq keeps them.
final class ProductRows: RowStorage, @unchecked Sendable {
    // Sendable because it does not change after init.
    let rowCount: Int
    let columnCount = Products.columns.count
    let byteCount: Int
    private let bytes: UnsafeMutablePointer<UInt8>
    private let fields: UnsafeMutablePointer<FieldBytes>

    init(rowCount: Int) {
        self.rowCount = rowCount
        var random = Random(state: 42)
        let values = (0..<rowCount).flatMap { Self.row($0, &random) }
        byteCount = values.reduce(0) { $0 + ($1?.count ?? 0) }
        bytes = .allocate(capacity: byteCount)
        fields = .allocate(capacity: values.count)
        var offset = 0
        for (index, value) in values.enumerated() {
            (fields + index).initialize(
                to: FieldBytes(start: value.map { _ in UnsafePointer(bytes) + offset }, count: value?.count ?? 0))
            (bytes + offset).initialize(from: value ?? [], count: value?.count ?? 0)
            offset += value?.count ?? 0
        }
    }

    deinit {
        bytes.deallocate()
        fields.deallocate()
    }

    func copyFields(ofRow row: Int, to target: UnsafeMutablePointer<FieldBytes>) {
        target.update(from: fields + row * columnCount, count: columnCount)
    }

    private static func row(_ id: Int, _ random: inout Random) -> [[UInt8]?] {
        let attributes =
            "{\"eco\": false, \"dims\": {\"d\": \(random.below(200)), \"h\": 12, \"w\": 99}, \"color\": \"silver\", "
            + "\"material\": \"carbon fibre\", \"variants\": [\"v1\", \"v22\"], \"weight_g\": \(random.below(9000))}"
        let tags = (0...random.below(5)).map { _ in Array("tag-\(random.below(200))".utf8) }
        return [
            integer(Int64(id)), (0..<16).map { _ in UInt8(random.below(256)) }, words(8, &random),
            words(60, &random), random.below(10) > 0 ? words(2, &random) : nil,
            price(1 + random.below(5000), random.below(100)), random.below(10) > 5 ? price(random.below(80), 50) : nil,
            integer(Int32(random.below(5000))), [random.below(10) > 0 ? 1 : 0], array(tags),
            [1] + Array(attributes.utf8),
            random.below(5) > 0 ? double(Double(100 + random.below(400)) / 100) : nil,
            double(Double(random.below(180_000_000) - 90_000_000) / 1e6),
            double(Double(random.below(360_000_000) - 180_000_000) / 1e6),
            integer(Int64(500_000_000_123_456 + id * 7_777_777)),
            random.below(20) > 0 ? integer(Int64(800_000_000_000_000 + id * 999_983)) : nil,
        ]
    }

    private static func integer(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) }
    }
    private static func double(_ value: Double) -> [UInt8] { integer(value.bitPattern) }

    private static func price(_ whole: Int, _ cents: Int) -> [UInt8] {
        integer(Int16(2)) + integer(Int16(0)) + integer(Int16(0)) + integer(Int16(2)) + integer(Int16(whole))
            + integer(Int16(cents * 100))
    }

    private static func array(_ elements: [[UInt8]]) -> [UInt8] {
        integer(Int32(1)) + integer(Int32(0)) + integer(Int32(25)) + integer(Int32(elements.count)) + integer(Int32(1))
            + elements.flatMap { integer(Int32($0.count)) + $0 }
    }

    /// Words of a shop; one in fifty has a character that JSON escapes, as many one that is not ASCII.
    private static func words(_ count: Int, _ random: inout Random) -> [UInt8] {
        let syllables = ["ka", "lo", "mi", "ren", "tor", "vel", "sa", "dun", "fi", "gra", "het", "ion", "jar", "ku"]
        let words = (0..<count).map { _ -> String in
            switch random.below(100) {
            case 0: "5\" wide"
            case 1: "line\nbreak"
            case 2: "Größe"
            case 3: "日本語"
            default: (0...random.below(3)).map { _ in syllables[random.below(syllables.count)] }.joined()
            }
        }
        return Array(words.joined(separator: " ").utf8)
    }
}

/// Numbers that are the same each time: a linear congruential generator's upper bits.
struct Random {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
