import ReindexCore

/// A type to be measured, and values of it.
struct TypeSample {
    let name: String
    let type: PostgresType
    let value: (inout Random) -> [UInt8]

    init(_ name: String, _ type: PostgresType? = nil, value: @escaping (inout Random) -> [UInt8]) {
        self.name = name
        self.type = type ?? .base(name)
        self.value = value
    }

    static var all: [TypeSample] { numbers + texts + times + network + geometries + nested }

    private static var numbers: [TypeSample] {
        [
            TypeSample("bool") { [UInt8($0.below(2))] },
            TypeSample("int2") { Binary.integer(Int16($0.below(30_000) - 15_000)) },
            TypeSample("int4") { Binary.integer(Int32($0.below(2_000_000) - 1_000_000)) },
            TypeSample("int8") { Binary.integer(Int64($0.below(1 << 30)) * 4_001) },
            TypeSample("oid") { Binary.integer(UInt32($0.below(1 << 30))) },
            TypeSample("xid8") { Binary.integer(UInt64($0.below(1 << 30)) * 4_001) },
            TypeSample("float4") { Binary.integer((Float($0.below(1 << 30)) / 977).bitPattern) },
            TypeSample("float8") { Binary.double(Double($0.below(180_000_000) - 90_000_000) / 1e6) },
            TypeSample("float8-17-digits", .base("float8")) { Binary.double(Double($0.below(1 << 30)) / 977) },
            TypeSample("numeric") { Binary.price(1 + $0.below(5000), $0.below(100)) },
        ]
    }

    private static var texts: [TypeSample] {
        [
            TypeSample("text-12-bytes", .base("text")) { random in
                (0..<12).map { _ in UInt8(ascii: "a") + UInt8(random.below(26)) }
            },
            TypeSample("text-400-bytes", .base("text")) { Texts.words(60, &$0) },
            TypeSample("char") { [UInt8(ascii: "a") + UInt8($0.below(26))] },
            TypeSample("ltree") { [1] + Binary.text("top.\($0.below(100)).leaf_\($0.below(1000))") },
            TypeSample("enum", .enumeration("mood")) { Binary.text(["sad", "ok", "happy"][$0.below(3)]) },
            TypeSample("uuid") { $0.bytes(16) },
            TypeSample("bytea") { $0.bytes(100) },
            TypeSample("json") { Binary.text(object(&$0)) },
            TypeSample("jsonb") { [1] + Binary.text(object(&$0)) },
            TypeSample("varbit") { Binary.integer(Int32(16)) + $0.bytes(2) },
        ]
    }

    private static var times: [TypeSample] {
        [
            TypeSample("date") { Binary.integer(Int32($0.below(20_000) - 5_000)) },
            TypeSample("time") { Binary.integer(Int64($0.below(86_400)) * 1_000_000 + 123_456) },
            TypeSample("timetz") {
                Binary.integer(Int64($0.below(86_400)) * 1_000_000 + 123_456) + Binary.integer(Int32(-7_200))
            },
            TypeSample("timestamp") { instant(&$0) },
            TypeSample("timestamptz") { instant(&$0) },
            TypeSample("interval") {
                Binary.integer(Int64($0.below(86_400)) * 1_000_000) + Binary.integer(Int32($0.below(30)))
                    + Binary.integer(Int32($0.below(50)))
            },
        ]
    }

    private static var network: [TypeSample] {
        [
            TypeSample("inet") { [2, 32, 0, 4] + $0.bytes(4) },
            TypeSample("inet-v6", .base("inet")) { [3, 128, 0, 16] + $0.bytes(16) },
            TypeSample("macaddr") { $0.bytes(6) },
            TypeSample("tid") { Binary.integer(UInt32($0.below(1 << 20))) + Binary.integer(UInt16($0.below(200))) },
            TypeSample("pg_lsn") { Binary.integer(UInt64($0.below(1 << 30)) * 4_001) },
        ]
    }

    private static var geometries: [TypeSample] {
        [
            TypeSample("point") { doubles(2, &$0) }, TypeSample("lseg") { doubles(4, &$0) },
            TypeSample("box") { doubles(4, &$0) }, TypeSample("line") { doubles(3, &$0) },
            TypeSample("circle") { doubles(3, &$0) },
            TypeSample("path") { [0] + Binary.integer(Int32(4)) + doubles(8, &$0) },
            TypeSample("polygon") { Binary.integer(Int32(4)) + doubles(8, &$0) },
        ]
    }

    private static var nested: [TypeSample] {
        [
            TypeSample("int4-array-of-5", .array(of: .base("int4"))) { random in
                Binary.array(of: 23, (0..<5).map { _ in Binary.integer(Int32(random.below(1 << 20))) })
            },
            TypeSample("text-array-of-3", .array(of: .base("text"))) { random in
                Binary.array(of: 25, (0..<3).map { _ in Binary.text("tag-\(random.below(200))") })
            },
            TypeSample("int4range", .range("int4range", of: .base("int4"))) { range(&$0) },
            TypeSample("int4multirange", .multirange("int4multirange", of: .base("int4"))) {
                Binary.integer(Int32(2)) + Binary.field(range(&$0)) + Binary.field(range(&$0))
            },
            TypeSample("composite", .composite("pair", fields: pair)) {
                Binary.integer(Int32(2)) + Binary.integer(Int32(23))
                    + Binary.field(Binary.integer(Int32($0.below(1000))))
                    + Binary.integer(Int32(25)) + Binary.field(Texts.words(2, &$0))
            },
            TypeSample("hstore") {
                Binary.integer(Int32(2)) + Binary.field(Binary.text("colour")) + Binary.field(Texts.words(1, &$0))
                    + Binary.field(Binary.text("size")) + Binary.field(Binary.text("\($0.below(60))"))
            },
            TypeSample("vector-of-16", .base("vector")) { random in
                Binary.integer(UInt16(16)) + [0, 0]
                    + (0..<16).flatMap { _ in Binary.integer((Float(random.below(2_000) - 1_000) / 977).bitPattern) }
            },
            TypeSample("halfvec-of-16", .base("halfvec")) { random in
                Binary.integer(UInt16(16)) + [0, 0]
                    + (0..<16).flatMap { _ in Binary.integer(UInt16(0x3000 + random.below(0x1000))) }
            },
        ]
    }

    private static let pair = [Column(name: "n", type: .base("int4")), Column(name: "word", type: .base("text"))]

    private static func object(_ random: inout Random) -> String {
        "{\"dims\": {\"d\": \(random.below(200)), \"h\": 12, \"w\": 99}, \"color\": \"silver\", "
            + "\"material\": \"carbon fibre\", \"variants\": [\"v1\", \"v22\"], \"weight_g\": \(random.below(9000))}"
    }

    private static func instant(_ random: inout Random) -> [UInt8] {
        Binary.integer(Int64(500_000_000_123_456) + Int64(random.below(1 << 30)) * 300_007)
    }

    private static func doubles(_ count: Int, _ random: inout Random) -> [UInt8] {
        (0..<count).flatMap { _ in Binary.double(Double(random.below(180_000_000) - 90_000_000) / 1e6) }
    }

    private static func range(_ random: inout Random) -> [UInt8] {
        let from = Int32(random.below(1000))
        return [0x02] + Binary.field(Binary.integer(from)) + Binary.field(Binary.integer(from + 10))
    }
}
