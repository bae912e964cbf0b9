import ReindexCore
import Testing

@Suite struct JSONValueTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test func `whole numbers of 64 bits are exact`() throws {
        #expect(try parse("9007199254740993") == .integer(9_007_199_254_740_993))
        #expect(try parse("-9223372036854775808") == .integer(.min))
        #expect(try parse("9223372036854775807") == .integer(.max))
    }

    @Test func `true is not 1 and 0 is not false`() throws {
        #expect(try parse("[true,1,0,false]") == [true, 1, 0, false])
        #expect(try parse("true") != 1)
    }

    @Test func `equal values give equal bytes`() throws {
        let one = try parse(#"{"b":1,"a":[null,{"d":"x/y","c":2.5}]}"#)
        let other = try parse(#"{ "a" : [ null , {"c":2.5,"d":"x\/y"} ], "b":1 }"#)
        #expect(one == other && one.bytes == other.bytes)
        #expect(String(decoding: one.bytes, as: UTF8.self) == #"{"a":[null,{"c":2.5,"d":"x/y"}],"b":1}"#)
    }

    @Test(arguments: ["", "{", "[1,", "nul", "{\"a\":1}x", "\u{1}"]) func `what is not JSON is refused`(text: String) {
        #expect(throws: (any Error).self) { try parse(text) }
    }

    @Test(arguments: [
        "01", "-", "1.", ".5", "1e", "+1", "1e999", "[1 2]", "{a:1}", #""\ud800""#, #""\x""#, "[1,]", "--1", "1.5.2",
    ]) func `what is nearly JSON is refused as well`(text: String) {
        #expect(throws: (any Error).self) { try parse(text) }
    }

    @Test func `numbers keep whether they are whole`() throws {
        #expect(try parse("[-0.5, 1.0, 1e3, 2.50, 1e300]") == [.number(-0.5), 1, 1000, .number(2.5), .number(1e300)])
        #expect(try parse("18446744073709551615") == .number(18_446_744_073_709_551_616))
        #expect(try parse(#""\u00e4\ud83d\ude00\n\/""#) == "ä😀\n/")
        #expect(throws: (any Error).self) { try JSONValue(parsing: [34, 0xC3, 34]) }
    }

    @Test func `a tree is as deep as any document, and no deeper`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try parse(nested(512)) }
        #expect(throws: (any Error).self) { try parse(nested(513)) }
    }

    @Test func `a member is set, replaced and removed`() throws {
        var value: JSONValue = ["a": 1]
        value["b"] = "x"
        value["a"] = nil
        #expect(value == ["b": "x"])
        var text: JSONValue = "text"
        text["a"] = 1
        #expect(text == ["a": 1])
        #expect(value[path: ["b", "c"]] == nil)
        #expect((["a": ["b": 3]] as JSONValue)[path: ["a", "b"]]?.int == 3)
        #expect(("17" as JSONValue).int == 17 && ("x" as JSONValue).int == nil)
    }

    @Test func `a text of more values than memory should hold is refused before it is read`() {
        let text = "[" + String(repeating: "1,", count: JSONValue.maxValueCount) + "1]"
        #expect(throws: TooManyValues.self) { try JSONValue(parsing: Array(text.utf8)) }
        let fits = "[" + String(repeating: "1,", count: 999) + "1]"
        #expect(throws: Never.self) { try JSONValue(parsing: Array(fits.utf8)) }
    }

    @Test func `a stored document that was changed by hand is said to be damaged, with the place`() throws {
        let version = StoredVersion(sequenceNumber: 1, primaryTerm: 1)
        let document = StoredDocument(json: ["sequenceNumber": "many", "primaryTerm": 1], version: version)
        let error = #expect(throws: StoreError.self) { try document.read(StoredVersion.self, "run-products") }
        #expect(error?.kind == .damaged)
        #expect(error?.message.contains("sequenceNumber") == true)
        #expect(error?.doing.contains("run-products") == true)
    }
}
