import ReindexCore
import Testing

@Suite struct NestedEncodingTests {
    private func int4(_ value: Int32) -> [UInt8] { Binary.integer(value) }

    @Test func `arrays have nulls and dimensions`() throws {
        let fixture = Fixture(.array(of: .base("int4")))
        #expect(try fixture.value(Binary.array([], [])) == "[]")
        #expect(try fixture.value(Binary.array([3], [int4(1), nil, int4(-2)])) == "[1,null,-2]")
        #expect(try fixture.value(Binary.array([2, 2], (1...4).map { int4($0) })) == "[[1,2],[3,4]]")
        #expect(try fixture.value(Binary.array([1, 1, 2], [int4(1), nil])) == "[[[1,null]]]")
        let texts = Fixture(.array(of: .base("text")))
        #expect(try texts.value(Binary.array([2], [Binary.text("a\""), nil])) == #"["a\"",null]"#)
    }

    @Test func `an array that promises more than it has is malformed`() throws {
        let fixture = Fixture(.array(of: .base("int4")))
        #expect(try fixture.value(Binary.array([.max], [])) == "malformed_value")
        #expect(try fixture.value(Binary.array([65_536, 65_536, 65_536, 65_536], [int4(1)])) == "malformed_value")
        #expect(try fixture.value(Binary.array([.max, 0], [])) == "malformed_value")
        #expect(try fixture.value(Binary.array([2], [int4(1)])) == "malformed_value")
        #expect(try fixture.value(Binary.array([1], [int4(1), int4(2)])) == "malformed_value")
        #expect(try fixture.value(Binary.array([1], [[1, 2]])) == "malformed_value")
    }

    @Test func `ranges are OpenSearch's range objects`() throws {
        let fixture = Fixture(.range("int4range", of: .base("int4")))
        #expect(try fixture.value([0x02] + Binary.field(int4(1)) + Binary.field(int4(9))) == #"{"gte":1,"lt":9}"#)
        #expect(try fixture.value([0x04] + Binary.field(int4(1)) + Binary.field(int4(9))) == #"{"gt":1,"lte":9}"#)
        #expect(try fixture.value([0x08] + Binary.field(int4(9))) == #"{"lt":9}"#)
        #expect(try fixture.value([0x18]) == "{}")
        #expect(try fixture.value([0x01]) == "null")
        #expect(try fixture.value([0x02] + Binary.field(int4(1))) == "malformed_value")
        let dates = Fixture(.range("daterange", of: .base("date")))
        #expect(
            try dates.value([0x02] + Binary.field(Binary.integer(Int32(0))) + Binary.field(Binary.integer(Int32.max)))
                == #"{"gte":"2000-01-01"}"#)
        #expect(try dates.value([0x12] + Binary.field(Binary.integer(Int32(-800_000)))) == "null")
    }

    @Test func `multiranges are arrays of them`() throws {
        let fixture = Fixture(.multirange("int4multirange", of: .base("int4")))
        let range = [0x02] + Binary.field(int4(1)) + Binary.field(int4(9))
        #expect(try fixture.value(Binary.integer(Int32(0))) == "[]")
        #expect(
            try fixture.value(Binary.integer(Int32(2)) + Binary.field(range) + Binary.field([0x18]))
                == #"[{"gte":1,"lt":9},{}]"#)
    }

    @Test func `composites are objects that keep their nulls`() throws {
        let fields = [
            Column(name: "a\"b", type: .base("text")), Column(name: "n", type: .domain("d", over: .base("int4"))),
        ]
        let fixture = Fixture(.array(of: .composite("t", fields: fields)))
        let value = Binary.composite([Binary.text("x"), nil])
        #expect(try fixture.value(Binary.array([1], [value])) == #"[{"a\"b":"x","n":null}]"#)
        #expect(try fixture.value(Binary.array([1], [Binary.composite([nil])])) == "malformed_value")
    }

    @Test func `what JSON cannot hold is null inside of arrays too, and counted`() throws {
        let fixture = Fixture(.array(of: .base("float8")))
        let encoded = try fixture.encode([
            [Binary.integer(Int64(1)), Binary.array([2], [Binary.double(.nan), Binary.double(1.5)])]
        ])
        #expect(encoded.documents == [#"{"value":[null,1.5]}"#] && encoded.replacedValues == 1)
    }

    @Test func `hstore and vectors`() throws {
        let pairs =
            Binary.integer(Int32(2)) + Binary.field(Binary.text("k\n")) + Binary.field(Binary.text("v"))
            + Binary.field(Binary.text("z")) + Binary.field(nil)
        #expect(try Fixture(.base("hstore")).value(pairs) == #"{"k\n":"v","z":null}"#)
        let vector = Binary.integer(UInt16(3)) + [0, 0] + [1, -2.5, 0.1].flatMap { Binary.float($0) }
        #expect(try Fixture(.base("vector")).value(vector) == "[1.0,-2.5,0.1]")
        let half =
            Binary.integer(UInt16(3)) + [0, 0] + [0x3C00, 0xC100, 0x0001].flatMap { Binary.integer(UInt16($0)) }
        #expect(try Fixture(.base("halfvec")).value(half) == "[1.0,-2.5,5.9604645e-08]")
    }

    @Test func `addresses are printed as PostgreSQL prints them`() throws {
        func inet(_ address: [UInt8], _ prefix: UInt8, isCIDR: Bool = false) throws -> String {
            try Fixture(.base("inet")).value(
                [address.count == 4 ? 2 : 3, prefix, isCIDR ? 1 : 0, UInt8(address.count)] + address)
        }
        func v6(_ groups: [UInt16]) -> [UInt8] { groups.flatMap { Binary.integer($0) } }
        #expect(try inet([10, 0, 255, 1], 32) == #""10.0.255.1""#)
        #expect(try inet([10, 0, 255, 1], 24) == #""10.0.255.1/24""#)
        #expect(try inet([10, 0, 0, 1], 32, isCIDR: true) == #""10.0.0.1/32""#)
        #expect(try inet(v6([0x2001, 0xDB8, 0, 0, 1, 0, 0, 1]), 128) == #""2001:db8::1:0:0:1""#)
        #expect(try inet(v6([0, 0, 0, 0, 0, 0, 0, 1]), 128) == #""::1""#)
        #expect(try inet(v6([0xFE80, 0, 0, 0, 0, 0, 0, 0]), 10) == #""fe80::/10""#)
        #expect(try inet(v6([0, 0, 0, 0, 0, 0xFFFF, 0x0102, 0x0304]), 128) == #""::ffff:1.2.3.4""#)
        #expect(try inet(v6([1, 0, 3, 4, 5, 6, 7, 8]), 128) == #""1:0:3:4:5:6:7:8""#)
        #expect(try inet([1, 2, 3], 8) == "malformed_value")
        #expect(try Fixture(.base("macaddr")).value([8, 0, 0x2B, 1, 2, 0xFF]) == #""08:00:2b:01:02:ff""#)
        #expect(try Fixture(.base("pg_lsn")).value(Binary.integer(UInt64(0x16_B374_D848))) == #""16/B374D848""#)
        #expect(try Fixture(.base("tid")).value(Binary.integer(UInt32(7)) + Binary.integer(UInt16(3))) == #""(7,3)""#)
    }

    @Test func `geometry is well-known text, line and circle are objects`() throws {
        func doubles(_ numbers: [Double]) -> [UInt8] { numbers.flatMap { Binary.double($0) } }
        #expect(try Fixture(.base("point")).value(doubles([1, -2.5])) == #""POINT (1.0 -2.5)""#)
        #expect(try Fixture(.base("lseg")).value(doubles([1, 2, 3, 4])) == #""LINESTRING (1.0 2.0, 3.0 4.0)""#)
        #expect(try Fixture(.base("box")).value(doubles([3, 4, 1, 2])) == #""BBOX (1.0, 3.0, 4.0, 2.0)""#)
        let path = Binary.integer(Int32(2)) + doubles([1, 2, 3, 4])
        #expect(try Fixture(.base("path")).value([0] + path) == #""LINESTRING (1.0 2.0, 3.0 4.0)""#)
        #expect(try Fixture(.base("path")).value([1] + path) == #""POLYGON ((1.0 2.0, 3.0 4.0, 1.0 2.0))""#)
        #expect(try Fixture(.base("polygon")).value(path) == #""POLYGON ((1.0 2.0, 3.0 4.0, 1.0 2.0))""#)
        #expect(try Fixture(.base("line")).value(doubles([1, 2, 3])) == #"{"a":1.0,"b":2.0,"c":3.0}"#)
        #expect(try Fixture(.base("circle")).value(doubles([1, 2, 3])) == #"{"x":1.0,"y":2.0,"radius":3.0}"#)
        #expect(try Fixture(.base("point")).value(doubles([1, .infinity])) == "null")
        #expect(try Fixture(.base("polygon")).value(Binary.integer(Int32.max) + doubles([1, 2])) == "malformed_value")
    }
}
