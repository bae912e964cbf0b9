import ReindexCore
import Testing

@Suite struct JSONEncodingTests {
    private func json(_ text: String) throws -> String { try Fixture(.base("json")).value(Binary.text(text)) }
    private func jsonb(_ text: String) throws -> String { try Fixture(.base("jsonb")).value([1] + Binary.text(text)) }

    @Test func `json keeps its text but for line breaks outside of strings`() throws {
        #expect(try json("{\n  \"a\" :\r\n\t[1, 2.50,\n-3e2] }") == "{   \"a\" :  \t[1, 2.50, -3e2] }")
        #expect(try json(#"{"a":"x\ny"}"#) == #"{"a":"x\ny"}"#)
        #expect(try json(" null ") == " null ")
    }

    @Test(arguments: [
        "{}", "[]", "[[],{}]", "true", "false", "0", "-0", "1.5e+10", #""""#, #""\u00e9\\\"\/""#, #"{"":{"":[]}}"#,
        #"{"a":1,"b":{"a":1}}"#, #"[{"a":1},{"a":1}]"#, "1e308", "1.7976931348623157e308", "0e999", "0.0001e311",
        "1e-999",
    ])
    func `valid json passes`(text: String) throws { #expect(try json(text) == text) }

    @Test(arguments: [
        "", " ", "{", "}", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "[1 2]", "nul", "truefalse", "01",
        "1.", ".5",
        "1e", "-", "\"", "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"", "[1]]", "1 1", "\"a\u{0}b\"", "[\"a\"", "{\"a\":1",
        "\"\\",
    ])
    func `what is no json is rejected`(text: String) throws { #expect(try json(text) == "invalid_json") }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"[{"x":{"b":1,"c":2,"b":3}}]"#, #"{"a":1,"\u0061":2}"#, #"{"\ud83d\ude80":1,"🚀":2}"#,
        #"{"\n":1,"\u000a":1}"#, #"{"":1,"":2}"#,
    ])
    func `a key that stands twice in one object is rejected at any level`(text: String) throws {
        #expect(try json(text) == "invalid_json")
    }

    @Test func `keys of large objects are compared too`() throws {
        let members = (0..<5000).map { "\"key\($0)\":\($0)" }
        #expect(try json("{" + members.joined(separator: ",") + "}").hasPrefix("{\"key0\""))
        #expect(try json("{" + (members + ["\"key77\":0"]).joined(separator: ",") + "}") == "invalid_json")
    }

    @Test(arguments: ["1e309", "-1e309", "1.8e308", "[123e400]", "{\"a\":1" + String(repeating: "0", count: 309) + "}"])
    func `a number that no double holds is rejected`(text: String) throws {
        #expect(try json(text) == "invalid_json")
    }

    @Test func `depth is limited in json and jsonb`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try json(nested(199)) == nested(199))
        #expect(try json(nested(200)) == "invalid_json")
        #expect(try json(nested(100_000)) == "invalid_json")
        #expect(try jsonb(nested(199)) == nested(199))
        #expect(try jsonb(nested(200)) == "invalid_json")
    }

    @Test func `jsonb is its text behind the version`() throws {
        #expect(try jsonb(#"{"a": [1, "x"]}"#) == #"{"a": [1, "x"]}"#)
        let long = "[\"" + String(repeating: "é", count: 5000) + "\"]"
        #expect(try jsonb(long) == long)
        #expect(try jsonb("1" + String(repeating: "0", count: 309)) == "invalid_json")
        #expect(try Fixture(.base("jsonb")).value([2] + Binary.text("{}")) == "malformed_value")
    }

    @Test func `a line break never gets into a document`() throws {
        #expect(try jsonb("{\n}") == "{ }")
        #expect(try jsonb("\"a\nb\"") == "invalid_json")
    }

    @Test func `the reason names the place and not the value`() throws {
        let encoded = try Fixture(.base("json")).encode([
            [Binary.integer(Int64(1)), Binary.text(#"{"secret":1,"secret":2}"#)]
        ])
        #expect(encoded.rejections[0].reason == "a key stands twice in one object, the second time at byte 13")
        #expect(encoded.rejections[0].column == "value")
    }
}
