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

    static let description = SourceDescription(benchmarking: columns)

    static func rows(_ count: Int) -> FixedRows {
        var random = Random(state: 42)
        return FixedRows((0..<count).map { row($0, &random) })
    }

    private static func row(_ id: Int, _ random: inout Random) -> [[UInt8]?] {
        let attributes =
            "{\"eco\": false, \"dims\": {\"d\": \(random.below(200)), \"h\": 12, \"w\": 99}, \"color\": \"silver\", "
            + "\"material\": \"carbon fibre\", \"variants\": [\"v1\", \"v22\"], \"weight_g\": \(random.below(9000))}"
        let tags = (0...random.below(5)).map { _ in Array("tag-\(random.below(200))".utf8) }
        return [
            Binary.integer(Int64(id)), (0..<16).map { _ in UInt8(random.below(256)) }, Texts.words(8, &random),
            Texts.words(60, &random), random.below(10) > 0 ? Texts.words(2, &random) : nil,
            Binary.price(1 + random.below(5000), random.below(100)),
            random.below(10) > 5 ? Binary.price(random.below(80), 50) : nil,
            Binary.integer(Int32(random.below(5000))), [random.below(10) > 0 ? 1 : 0], Binary.array(of: 25, tags),
            [1] + Array(attributes.utf8),
            random.below(5) > 0 ? Binary.double(Double(100 + random.below(400)) / 100) : nil,
            Binary.double(Double(random.below(180_000_000) - 90_000_000) / 1e6),
            Binary.double(Double(random.below(360_000_000) - 180_000_000) / 1e6),
            Binary.integer(Int64(500_000_000_123_456 + id * 7_777_777)),
            random.below(20) > 0 ? Binary.integer(Int64(800_000_000_000_000 + id * 999_983)) : nil,
        ]
    }
}
