import MappingFiles
import Testing

@Suite struct CanaryFileTests {
    private static let gate = "gate: {canaries: searches.ndjson}\n"

    @Test(
        arguments: [
            ("", "searches.ndjson holds no search"),
            ("{", "searches.ndjson:1:2 is not JSON"),
            ("[]", "searches.ndjson:1 is not a JSON object"),
            (#"{"search": {}}"#, "searches.ndjson:1 name: is missing"),
            (#"{"name": "a"}"#, "searches.ndjson:1 search: is missing"),
            (
                #"{"name": "a", "serach": {}}"#,
                "searches.ndjson:1 serach: is not a key of a canary (did you mean search?)"
            ),
            (
                "{\"name\": \"a\", \"search\": {}}\n{\"name\": \"a\", \"search\": {}}",
                "searches.ndjson:2 name: is the name of two canaries"
            ),
            (
                #"{"name": "a", "search": {}, "expect": {"hits": [42]}}"#,
                "searches.ndjson:1 expect.hits: is not a list of _ids as texts"
            ),
            (
                #"{"name": "a", "search": {}, "expect": {"minimum": -1}}"#,
                "searches.ndjson:1 expect.minimum: is not a whole number of hits"
            ),
            (
                #"{"name": "a", "search": {}, "expect": {"order": true}}"#,
                "searches.ndjson:1 expect.order: is not a key of a canary's expect (did you mean ordered?)"
            ),
        ])
    func `a wrong canary is told with its line`(text: String, expected: String) throws {
        let folder = try TemporaryMappings(["searches.ndjson": text, "products.yaml": smallest + Self.gate])
        let errors = folder.errors()
        #expect(errors.contains { $0.hasPrefix(expected) }, "\(errors)")
    }
}
