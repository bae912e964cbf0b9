import Foundation
import ReindexCore
import Testing

/// The decoder reads what a server sent: whatever the bytes are, it writes one line of JSON or rejects the document.
@Suite struct MalformedValueTests {
    private static let names = [
        "bool", "int2", "int4", "int8", "oid", "xid8", "float4", "float8", "numeric", "text", "char", "ltree", "uuid",
        "bytea", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "json", "jsonb", "inet", "macaddr",
        "bit",
        "tid", "pg_lsn", "point", "lseg", "path", "box", "polygon", "line", "circle", "hstore", "vector", "halfvec",
    ]

    private static var types: [PostgresType] {
        let bases = names.map { PostgresType.base($0) }
        let fields = [Column(name: "a", type: .base("numeric")), Column(name: "b", type: .array(of: .base("json")))]
        return bases + bases.map { .array(of: $0) } + [
            .range("r", of: .base("int4")), .multirange("m", of: .base("numeric")), .composite("c", fields: fields),
            .array(of: .composite("c", fields: fields)), .array(of: .range("r", of: .base("timestamptz"))),
        ]
    }

    private func check(_ type: PostgresType, _ values: [[UInt8]]) throws {
        let encoded = try Fixture(type).encode(values.map { [Binary.integer(Int64(1)), $0] })
        #expect(encoded.itemCount + encoded.rejections.count == values.count)
        #expect(encoded.lines.count == 2 * encoded.itemCount)
        // Foundation reads neither what is no UTF-8 nor numbers of more than 308 digits; only the latter is JSON.
        for document in encoded.documents where !document.contains("\u{FFFD}") && document.utf8.count < 300 {
            #expect(throws: Never.self, "\(type): \(document)") {
                try JSONSerialization.jsonObject(with: Data(document.utf8))
            }
        }
    }

    @Test(arguments: 0..<2) func `random bytes of every length are one line of JSON or a rejection`(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        for type in Self.types {
            try check(
                type, (0..<40).map { length in (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) } })
            // Small numbers look like counts and lengths.
            try check(
                type,
                (0..<40).map { length in
                    (0..<length).map { _ in [0, 0, 0, 1, 2, 4, 8, 0xFF].randomElement(using: &random) ?? 0 }
                })
        }
    }

    @Test func `a valid value cut anywhere, or with one byte changed, is one line of JSON or a rejection`() throws {
        let array = Binary.array([2, 1], [Binary.field(nil), nil]),
            range = [0x02] + Binary.field([0, 0, 0, 1]) + Binary.field([0, 0, 0, 9])
        let numeric = Binary.numeric([12, 3400, 5], weight: 1, scale: 5)
        let inner = Binary.array([1], [Binary.text(#"{"a":[1,{"b":null}]}"#)])
        let samples: [(PostgresType, [UInt8])] = [
            (.array(of: .base("int4")), array), (.range("r", of: .base("int4")), range), (.base("numeric"), numeric),
            (
                .composite(
                    "c",
                    fields: [
                        Column(name: "a", type: .base("numeric")), Column(name: "b", type: .array(of: .base("json"))),
                    ]),
                Binary.composite([numeric, inner])
            ),
            (.multirange("m", of: .base("int4")), Binary.integer(Int32(1)) + Binary.field(range)),
            (
                .base("hstore"),
                Binary.integer(Int32(1)) + Binary.field(Binary.text("k")) + Binary.field(Binary.text("v"))
            ),
        ]
        for (type, value) in samples {
            try check(type, value.indices.map { Array(value[..<$0]) } + [value])
            for index in value.indices {
                try check(
                    type,
                    ([0, 1, 0x7F, 0x80, 0xFF] as [UInt8]).map { byte in
                        var changed = value
                        changed[index] = byte
                        return changed
                    })
            }
        }
    }
}
