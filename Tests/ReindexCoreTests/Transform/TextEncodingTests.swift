import ReindexCore
import Testing

@Suite struct TextEncodingTests {
    /// What JSON asks for, one byte after the other.
    private func naive(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\""): Array("\\\"".utf8)
            case UInt8(ascii: "\\"): Array("\\\\".utf8)
            case 0x08: Array("\\b".utf8)
            case 0x0C: Array("\\f".utf8)
            case 0x0A: Array("\\n".utf8)
            case 0x0D: Array("\\r".utf8)
            case 0x09: Array("\\t".utf8)
            case 0..<0x20: Array((byte < 16 ? "\\u000" : "\\u00").utf8) + Array(String(byte, radix: 16).utf8)
            default: [byte]
            }
        }
    }

    /// The bytes between the quotation marks of the one value of one row.
    private func encode(_ bytes: [UInt8]) throws -> [UInt8] {
        let rows = FetchedRows(rows: FixtureRows([[Binary.integer(Int64(1)), bytes]]))
        let batch = RowBatch(
            fetched: rows, firstRow: 0, endRow: 1, epoch: Epoch(version: 1), slice: 0,
            end: KeyPlace(values: [], text: []))
        let body = try Fixture(.base("text")).template().encode(batch).body
        let item = body.withBytes(ofItems: 0..<1) { [UInt8]($0) }
        let start = try #require(item.firstIndex(of: UInt8(ascii: "\n"))) + 1 + "{\"value\":\"".utf8.count
        return [UInt8](item[start..<item.count - "\"}\n".utf8.count])
    }

    @Test(arguments: 0..<64) func `escaping equals a naive escaper, at every length and place of a special byte`(
        seed: Int
    ) throws {
        var random = SplitMix(state: UInt64(seed))
        // Whatever comes before moves what follows to another place within 16 bytes.
        let specials: [[UInt8]] = [
            [0], [0x1F], [0x20], [0x22], [0x5C], [0x0A], [0x7F], [0x80], [0xFF], [0xC3], [0xE2, 0x80, 0xA8],
            [0xF0, 0x9F, 0x9A, 0x80], [0x22, 0x5C, 0x22], [0xED, 0xA0, 0x80],
        ]
        for length in 0..<50 {
            var bytes = (0..<length).map { _ in UInt8.random(in: 0x23...0x5B, using: &random) }
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let special = specials.randomElement(using: &random) ?? []
                bytes.insert(contentsOf: special, at: Int.random(in: 0...bytes.count, using: &random))
            }
            #expect(try encode(bytes) == naive(bytes))
        }
    }

    @Test(arguments: 0..<20) func `escaping of any bytes equals a naive escaper across the pieces of long text`(
        seed: Int
    ) throws {
        var random = SplitMix(state: UInt64(seed) + 1000)
        let count = [4095, 4096, 4097, 8192, 12_000].randomElement(using: &random) ?? 0
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(try encode(bytes) == naive(bytes))
    }

    @Test func `U+2028, emoji and delete pass as they are`() throws {
        #expect(try Fixture(.base("text")).value(Binary.text("a\u{2028}b\u{7F}🚀é")) == "\"a\u{2028}b\u{7F}🚀é\"")
    }

    @Test(arguments: ["text", "varchar", "name", "citext", "xml"])
    func `text types are their bytes`(type: String) throws {
        #expect(try Fixture(.base(type)).value(Binary.text("<a>\t</a>")) == #""<a>\t</a>""#)
        #expect(try Fixture(.base(type)).value([]) == #""""#)
    }

    @Test func `char(n) keeps its padding, as to_jsonb does`() throws {
        #expect(try Fixture(.base("bpchar")).value(Binary.text("ab  ")) == #""ab  ""#)
    }

    @Test func `the one-byte char is empty for zero and octal beyond ASCII`() throws {
        let char = Fixture(.base("char"))
        #expect(try char.value([0x41]) == #""A""#)
        #expect(try char.value([0]) == #""""#)
        #expect(try char.value([0xFE]) == #""\\376""#)
    }

    @Test func `uuid, bytea, bits and versioned text`() throws {
        let bytes: [UInt8] = [
            0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0xFE, 0xDC, 0xBA, 0x98, 0x76, 0x54, 0x32, 0x10,
        ]
        #expect(try Fixture(.base("uuid")).value(bytes) == #""01234567-89ab-cdef-fedc-ba9876543210""#)
        #expect(try Fixture(.base("bytea")).value(Binary.text("f")) == #""Zg==""#)
        #expect(try Fixture(.base("bytea")).value(Binary.text("fo")) == #""Zm8=""#)
        #expect(try Fixture(.base("bytea")).value(Binary.text("foobar")) == #""Zm9vYmFy""#)
        #expect(try Fixture(.base("bytea")).value([]) == #""""#)
        #expect(
            try Fixture(.base("varbit")).value(Binary.integer(Int32(10)) + [0b1010_0000, 0b0100_0000])
                == #""1010000001""#)
        #expect(try Fixture(.base("ltree")).value([1] + Binary.text("a.b")) == #""a.b""#)
        #expect(try Fixture(.base("ltree")).value([2] + Binary.text("a.b")) == "malformed_value")
    }

    @Test func `long bytea and bits equal their short forms put together`() throws {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let long = try Fixture(.base("bytea")).value(bytes)
        let pieces = try stride(from: 0, to: bytes.count, by: 9).map { start in
            try Fixture(.base("bytea")).value(Array(bytes[start..<min(start + 9, bytes.count)])).dropFirst().dropLast()
        }
        #expect(long == "\"" + pieces.joined() + "\"")
        let bits = try Fixture(.base("bit")).value(Binary.integer(Int32(80_000)) + bytes)
        #expect(
            bits == "\"" + bytes.map { byte in String(String(256 + Int(byte), radix: 2).dropFirst()) }.joined() + "\"")
    }
}
