import ReindexCore
import Testing

@Suite struct DocumentTemplateTests {
    private let one = Binary.integer(Int64(1))

    @Test func `an item is an action line with the epoch and a document line`() throws {
        let fixture = Fixture(["id": .base("int8"), "title": .base("text")])
        let encoded = try fixture.encode([[Binary.integer(Int64(42)), Binary.text("a \"b\"")]])
        #expect(
            encoded.lines == [
                #"{"index":{"_id":"42","version":7,"version_type":"external_gte"}}"#, #"{"id":42,"title":"a \"b\""}"#,
            ])
        #expect(encoded.itemCount == 1 && encoded.rejections.isEmpty)
    }

    @Test func `own names come first, then fields in the file's order, dotted siblings in one object`() throws {
        var fixture = Fixture([
            "id": .base("int8"), "brand": .base("text"), "brand_id": .base("int4"), "n": .base("int2"),
        ])
        fixture.rules.fields = [
            .init(name: "brand.name", value: .column("brand")), .init(name: "kind", value: .constant("product")),
            .init(name: "brand.id", value: .column("brand_id")),
        ]
        let row = [one, Binary.text("Acme"), Binary.integer(Int32(9)), Binary.integer(Int16(-3))]
        #expect(
            try fixture.encode([row]).documents == [#"{"id":1,"n":-3,"brand":{"name":"Acme","id":9},"kind":"product"}"#]
        )
    }

    @Test func `nulls are left out or kept, and an object without members is left out with them`() throws {
        var fixture = Fixture(["id": .base("int8"), "a": .base("text"), "b": .base("text")])
        fixture.rules.fields = [.init(name: "x.y.a", value: .column("a")), .init(name: "x.b", value: .column("b"))]
        #expect(try fixture.encode([[one, nil, nil]]).documents == [#"{"id":1}"#])
        #expect(try fixture.encode([[one, nil, Binary.text("q")]]).documents == [#"{"id":1,"x":{"b":"q"}}"#])
        fixture.rules.keepsNulls = true
        #expect(try fixture.encode([[one, nil, nil]]).documents == [#"{"id":1,"x":{"y":{"a":null},"b":null}}"#])
    }

    @Test func `a document may be empty`() throws {
        var fixture = Fixture(["id": .base("int8")])
        fixture.rules.omit = ["id"]
        #expect(try fixture.encode([[one]]).documents == ["{}"])
    }

    @Test func `a geo point is null where one of its columns is`() throws {
        var fixture = Fixture(["id": .base("int8"), "lat": .base("float8"), "lon": .base("numeric")])
        fixture.rules.fields = [.init(name: "location", value: .geoPoint(latitude: "lat", longitude: "lon"))]
        let lon = Binary.numeric([13, 5000], weight: 0, scale: 1)
        #expect(
            try fixture.encode([[one, Binary.double(52.25), lon]]).documents
                == [#"{"id":1,"location":{"lat":52.25,"lon":13.5}}"#])
        #expect(try fixture.encode([[one, Binary.double(52.25), nil]]).documents == [#"{"id":1}"#])
        let notANumber = try fixture.encode([[one, Binary.double(.nan), lon]])
        #expect(notANumber.documents == [#"{"id":1}"#] && notANumber.replacedValues == 1)
        fixture.rules.keepsNulls = true
        #expect(try fixture.encode([[one, nil, lon]]).documents == [#"{"id":1,"location":null}"#])
    }

    @Test func `an _id of several columns escapes its separator inside strings`() throws {
        var fixture = Fixture(["a": .base("text"), "b": .base("int4"), "c": .base("uuid")])
        fixture.keyColumns = [0, 1, 2]
        let row = [Binary.text("x:y%\"z"), Binary.integer(Int32(-5)), [UInt8](repeating: 0xAB, count: 16)]
        let action = try fixture.encode([row]).actions[0]
        #expect(action.hasPrefix(#"{"index":{"_id":"x%3Ay%25\"z:-5:abababab-abab-abab-abab-abababababab","version""#))
    }

    @Test func `an _id of one column is its text as it is`() throws {
        var fixture = Fixture(["a": .base("text")])
        fixture.rules.id = ["a"]
        #expect(try fixture.encode([[Binary.text("x:y%z")]]).actions[0].contains(#""_id":"x:y%z""#))
    }

    @Test func `routing is written, and an empty or absent one is none`() throws {
        var fixture = Fixture(["id": .base("int8"), "tenant": .base("text")])
        fixture.rules.routing = "tenant"
        let encoded = try fixture.encode([[one, Binary.text("t\n1")], [one, nil], [one, []]])
        #expect(
            encoded.actions[0] == #"{"index":{"_id":"1","routing":"t\n1","version":7,"version_type":"external_gte"}}"#)
        #expect(!encoded.actions[1].contains("routing") && !encoded.actions[2].contains("routing"))
    }

    @Test func `a version column replaces the epoch, and a negative one rejects`() throws {
        var fixture = Fixture(["id": .base("int8"), "revision": .base("int4")])
        fixture.rules.version = "revision"
        let encoded = try fixture.encode([
            [one, Binary.integer(Int32(12))], [one, Binary.integer(Int32(-1))], [one, nil],
        ])
        #expect(encoded.actions == [#"{"index":{"_id":"1","version":12,"version_type":"external_gte"}}"#])
        #expect(encoded.rejections.map(\.type) == ["invalid_version", "invalid_version"])
    }

    @Test func `an _id that is null, empty, too long or no UTF-8 is rejected with its key`() throws {
        var fixture = Fixture(["id": .base("int8"), "name": .base("text")])
        fixture.rules.id = ["name"]
        let encoded = try fixture.encode([
            [one, nil], [one, []], [one, [UInt8](repeating: 0x61, count: 513)], [one, [0x61, 0xFF]],
            [one, [UInt8](repeating: 0x61, count: 512)],
        ])
        #expect(encoded.rejections.map(\.type) == ["id_null", "id_empty", "id_too_long", "invalid_utf8"])
        #expect(encoded.rejections.allSatisfy { $0.key == ["1"] && $0.column == "name" })
        #expect(encoded.itemCount == 1)
    }

    @Test func `children are nested in the query's order without their parent's columns`() throws {
        var fixture = Fixture(["id": .base("int8")])
        fixture.children = [
            ChildDescription(
                name: "reviews",
                columns: [
                    Column(name: "product_id", type: .base("int8")), Column(name: "rating", type: .base("int2")),
                ],
                parentColumns: [0])
        ]
        func review(_ parent: Int64, _ rating: Int16) -> [[UInt8]?] {
            [Binary.integer(parent), Binary.integer(rating)]
        }
        let encoded = try fixture.encode(
            [[one], [Binary.integer(Int64(2))], [Binary.integer(Int64(3))]],
            children: [[review(3, 5), review(1, 2), review(3, 4), review(99, 1), review(1, 1)]])
        #expect(
            encoded.documents == [
                #"{"id":1,"reviews":[{"rating":2},{"rating":1}]}"#, #"{"id":2,"reviews":[]}"#,
                #"{"id":3,"reviews":[{"rating":5},{"rating":4}]}"#,
            ])
    }

    @Test func `children of a numeric key match whatever its scale`() throws {
        var fixture = Fixture(["id": .base("numeric")])
        fixture.children = [
            ChildDescription(
                name: "c",
                columns: [Column(name: "p", type: .base("numeric")), Column(name: "x", type: .base("int2"))],
                parentColumns: [0])
        ]
        let encoded = try fixture.encode(
            [[Binary.numeric([1], weight: 0, scale: 0)]],
            children: [[[Binary.numeric([1], weight: 0, scale: 2), Binary.integer(Int16(4))]]])
        #expect(encoded.documents == [#"{"id":1,"c":[{"x":4}]}"#])
    }

    @Test func `a bad value rejects its document alone, with key and column`() throws {
        let fixture = Fixture(["id": .base("int8"), "n": .base("int4"), "j": .base("json")])
        let good = [one, Binary.integer(Int32(1)), Binary.text("{}")]
        let encoded = try fixture.encode([
            good, [Binary.integer(Int64(2)), [1, 2, 3], nil],
            [Binary.integer(Int64(3)), nil, Binary.text("{\"a\":1,\"a\":2}")],
            good,
        ])
        #expect(encoded.itemCount == 2 && encoded.documents == [#"{"id":1,"n":1,"j":{}}"#, #"{"id":1,"n":1,"j":{}}"#])
        #expect(encoded.rejections.map(\.type) == ["malformed_value", "invalid_json"])
        #expect(encoded.rejections.map(\.column) == ["n", "j"])
        #expect(encoded.rejections.map(\.key) == [["2"], ["3"]])
        #expect(encoded.rejections.map(\.id) == ["2", "3"])
    }

    @Test func `a preview is the item of one row`() throws {
        let fixture = Fixture(["id": .base("int8")])
        let rows = FetchedRows(rows: FixtureRows([[one], [Binary.integer(Int64(8))]]))
        let preview = try fixture.template().preview(ofRow: 1, in: rows, epoch: Epoch(version: 3))
        let action = #"{"index":{"_id":"8","version":3,"version_type":"external_gte"}}"#
        #expect(preview == .item(action: action, document: #"{"id":8}"#))
    }

    @Test func `a field of many megabytes does not reserve six times its size`() throws {
        let fixture = Fixture(.base("text"))
        let long = [UInt8](repeating: UInt8(ascii: "\n"), count: 3_000_001)
        let encoded = try fixture.encode([[one, long]])
        #expect(encoded.documents[0].utf8.count == 2 * long.count + #"{"value":""}"#.utf8.count)
    }
}
