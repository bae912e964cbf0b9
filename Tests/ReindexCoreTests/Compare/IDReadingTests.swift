import Testing

@testable import ReindexCore

@Suite struct IDReadingTests {
    private func reading(_ types: [PostgresType], key: [Int], id: [String] = []) -> IDReading? {
        var mapping = Mapping.scripted
        mapping.document.id = id
        var source = SourceDescription.scripted
        source.columns = types.enumerated().map { Column(name: "c\($0)", type: $1) }
        source.keyColumns = key
        return IDReading(
            ReindexPlan(mapping: mapping, source: source, cluster: .scripted, templates: [], serving: []))
    }

    private func key(_ id: String, _ reading: IDReading?) throws -> [String]? {
        try #require(reading).key(Array(id.utf8))
    }

    @Test func `an _id of one column is its text, whatever is in it`() throws {
        let text = reading([.base("text")], key: [0])
        #expect(try key("a:b%3Ac", text) == ["a:b%3Ac"])
        #expect(try key("\0", text) == nil, "PostgreSQL has no such text")
    }

    @Test func `parts are told apart, and what was escaped is as it was`() throws {
        let two = reading([.base("int8"), .base("text")], key: [0, 1])
        #expect(try key("7:a%3Ab%25", two) == ["7", "a:b%"])
        #expect(try key("7:%253A", two) == ["7", "%3A"])
        #expect(try key("7:", two) == ["7", ""])
        #expect(try key("7", two) == nil)
        #expect(try key("7:a:b", two) == nil)
    }

    @Test func `the order is the key's, and not that of the _id`() throws {
        let turned = reading([.base("int8"), .base("text")], key: [0, 1], id: ["c1", "c0"])
        #expect(try key("a%3A:7", turned) == ["7", "a:"])
    }

    @Test func `other columns than the key's, and types that are written in another way, are not read`() {
        #expect(reading([.base("int8"), .base("text")], key: [0], id: ["c1"]) == nil)
        #expect(reading([.base("int8"), .base("text")], key: [0, 1], id: ["c1"]) == nil)
        #expect(reading([.base("int8"), .base("text")], key: [0], id: ["c0", "c1"]) == nil)
        #expect(reading([.base("bytea")], key: [0]) == nil)
        #expect(reading([.array(of: .base("int8"))], key: [0]) == nil)
        #expect(reading([.enumeration("mood")], key: [0]) != nil)
        #expect(reading([.domain("sku", over: .base("text"))], key: [0]) != nil)
    }
}
