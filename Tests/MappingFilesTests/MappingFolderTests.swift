import Foundation
import MappingFiles
import Testing

@Suite struct MappingFolderTests {
    @Test func `a missing mapping is told with the nearest name and all names`() throws {
        let folder = try TemporaryMappings(["products.yaml": smallest, "orders.yaml": ""])
        #expect(
            folder.errors(of: "prodcuts") == [
                "prodcuts.yaml is not there (did you mean products? there are: orders, products)"
            ])
    }

    @Test func `a yml file is told to be renamed`() throws {
        let folder = try TemporaryMappings(["products.yml": smallest])
        #expect(folder.errors() == ["products.yaml is not there (rename products.yml to products.yaml)"])
    }

    @Test func `a folder that is not there is told`() {
        #expect(
            throws: MappingErrors([
                MappingError(
                    file: "/nowhere/mappings", message: "is not there",
                    hint: "mappings are looked for in the folder mappings, or in --mappings DIR")
            ])
        ) { try MappingFolder(path: "/nowhere/mappings").mapping(named: "products") }
    }

    @Test(arguments: ["../products", "a/b", "..", "-x", "", "ä", "a\nb", String(repeating: "a", count: 129)])
    func `a hostile name is refused before any file is opened`(name: String) throws {
        let folder = try TemporaryMappings(["products.yaml": smallest])
        #expect(folder.errors(of: name).first?.contains("is not a mapping's name") == true)
    }

    @Test func `two mappings with one alias are told with both files`() throws {
        let folder = try TemporaryMappings([
            "a.yaml": smallest, "b.yaml": smallest.replacing("alias: products", with: "alias: b\nalso: [c, products]"),
        ])
        #expect(
            folder.errors(of: "a") == [
                "a.yaml:1 alias: products is an alias of b.yaml too (an alias belongs to one mapping)"
            ])
        #expect(
            folder.errors(of: "b") == [
                "b.yaml:2 also: products is an alias of a.yaml too (an alias belongs to one mapping)"
            ])
        #expect(throws: MappingErrors.self) { try folder.folder.all() }
    }

    @Test func `a broken neighbour does not stop a mapping`() throws {
        let folder = try TemporaryMappings(["products.yaml": smallest, "broken.yaml": "[[", "empty.yaml": ""])
        #expect(folder.errors() == [])
        #expect(throws: MappingErrors.self) { try folder.folder.all() }
    }

    @Test(arguments: [
        (
            #"{"settings": {}, "aliases": {"a": {}}}"#,
            "body.json aliases: does not belong into the index body (remove it: aliases move at the end of a run; name them as alias and also in products.yaml)"
        ),
        (#"{"mapping": {}}"#, "body.json mapping: is not a key of an index body (did you mean mappings?)"),
        (#"{"mappings": []}"#, "body.json mappings: is not a JSON object"),
        ("[]", "body.json is not a JSON object ({\"settings\": {…}, \"mappings\": {…}})"),
        ("", "body.json:1:1 is not JSON: the file ends where a value should be"),
        ("{\n  \"settings\": {},\n}", "body.json:2:17 is not JSON: a comma before } (remove the comma)"),
        (
            "{\n  // no\n}",
            "body.json:2:3 is not JSON: '/' where a key in double quotes should be (JSON has no comments)"
        ),
        ("{\"ä\": 01}", "body.json:1:7 is not JSON: 01 is not a JSON number"),
        ("{\"a\": 1, \"a\": 2}", "body.json:1:10 is not JSON: the key a is here twice"),
        ("{} {}", "body.json:1:4 is not JSON: '{' the end of the value"),
    ])
    func `a wrong index body is told with its own file and place`(body: String, expected: String) throws {
        let folder = try TemporaryMappings(["products.yaml": smallest, "body.json": body])
        #expect(folder.errors() == [expected])
    }

    @Test func `a body that is missing, a folder or too large is told`() throws {
        let folder = try TemporaryMappings(["products.yaml": smallest.replacing("body.json", with: "b.json")])
        #expect(
            folder.errors() == [
                "products.yaml:2:7 body: names b.json, which is not there (the path is relative to the mapping file)"
            ])
        try FileManager.default.createDirectory(atPath: folder.path + "/b.json", withIntermediateDirectories: true)
        #expect(folder.errors() == ["products.yaml:2:7 body: names b.json, which is not a file"])
        try FileManager.default.removeItem(atPath: folder.path + "/b.json")
        try folder.write("b.json", Data(count: (4 << 20) + 1))
        #expect(folder.errors() == ["products.yaml:2:7 body: names b.json, which has 4194305 bytes, more than 4194304"])
    }

    @Test func `files may be links, as a ConfigMap mounts them`() throws {
        let folder = try TemporaryMappings(["products.text": smallest])
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/products.yaml", withDestinationPath: "products.text")
        #expect(folder.errors() == [])
    }
}
