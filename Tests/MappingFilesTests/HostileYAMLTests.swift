import Foundation
import MappingFiles
import Testing

/// YAML that is made to explode, or is not YAML at all: told with its place, and soon.
@Suite struct HostileYAMLTests {
    @Test(
        .timeLimit(.minutes(10)),
        arguments: [
            (String(repeating: "[", count: 100_000), "products.yaml:1:33 nested more than 32 deep"),
            (String(repeating: "{a: ", count: 100_000), "products.yaml:1:129 nested more than 32 deep"),
            (String(repeating: "- ", count: 100_000), "products.yaml:1:65 nested more than 32 deep"),
            (
                "a: &a [x]\nb: [*a, *a]\n",
                "products.yaml:1:4 the anchor &a is not allowed here (write the value out; a text that begins with & * or ! needs quotes)"
            ),
            (
                "alias: *a\n",
                "products.yaml:1:8 the alias *a is not allowed here (write the value out; a text that begins with & * or ! needs quotes)"
            ),
            (
                "alias: !!binary x\n",
                "products.yaml:1:8 the tag tag:yaml.org,2002:binary is not allowed here (write the value out; a text that begins with & * or ! needs quotes)"
            ),
            ("? [a]\n: b\n", "products.yaml:1:3 a key must be a single word here"),
            (
                "alias: a\n---\nalias: b\n",
                "products.yaml:2:1 a second document begins here (one file is one mapping: put it into a file of its own, without ---)"
            ),
            ("", "products.yaml is empty (see docs/mapping.md for its keys)"),
            ("# only words\n", "products.yaml is empty (see docs/mapping.md for its keys)"),
            ("load:\n\tgzip: auto\n", "products.yaml:2:1 found character that cannot start any token"),
            ("alias: a\nbody: \"x\n", "products.yaml:3:1 found unexpected end of stream"),
            ("alias: \u{1}\n", "products.yaml:1 control characters are not allowed"),
            (
                "words",
                "products.yaml:1:1 is a single value, not a section (write its keys below it, indented, or as {key: value})"
            ),
        ])
    func `it is refused with its place`(text: String, expected: String) throws {
        #expect(try errors(in: text) == [expected])
    }

    @Test func `bytes that are not UTF-8 are told with their line`() throws {
        let folder = try TemporaryMappings()
        try folder.write("products.yaml", Data("alias: a\nbody: ".utf8) + Data([0xC3, 0x28, 0x0A]))
        #expect(folder.errors() == ["products.yaml:2 invalid trailing UTF-8 octet"])
    }

    @Test func `a file of ten megabytes is not read`() throws {
        let folder = try TemporaryMappings()
        try folder.write("products.yaml", Data(repeating: UInt8(ascii: "#"), count: 10 << 20))
        #expect(folder.errors() == ["products.yaml has 10485760 bytes, more than 1048576"])
    }

    @Test(.timeLimit(.minutes(10))) func `a mebibyte of short unknown keys ends soon`() throws {
        let text = smallest + (0..<90_000).map { "k\($0): 1\n" }.joined()
        #expect(try errors(in: text).count == 50)
    }

    @Test(.timeLimit(.minutes(10))) func `a mebibyte of fields ends soon`() throws {
        let fields = (0..<60_000).map { "    f\($0): c\n" }.joined()
        #expect(try mapping(smallest + "document:\n  fields:\n" + fields).document.fields.count == 60_000)
    }
}
