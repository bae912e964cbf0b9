import Testing

@testable import Sandbox

@Suite struct ArgumentsTests {
    @Test func `options take their value behind a sign or as the next word`() throws {
        let arguments = try Arguments(["--port", "0", "--user=me:secret", "--discard", "--max-content-length", "10"])
        #expect(arguments.port == 0 && arguments.isDiscarding && arguments.maxContentLength == 10)
        #expect(arguments.credentials == "Basic bWU6c2VjcmV0")
    }

    @Test(arguments: [["--port"], ["--port", "x"], ["--port", "70000"], ["--nonsense"], ["--distribution", "solr"]])
    func `a wrong word is refused`(words: [String]) {
        #expect(throws: Arguments.Problem.self) { try Arguments(words) }
    }
}

@Suite struct InflateTests {
    // gzip of "hello\n"
    private let hello: [UInt8] = [
        0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xE7, 0x02, 0, 0x20, 0x30, 0x3A, 0x36,
        0x06, 0,
        0, 0,
    ]

    @Test func `a gzip body is inflated`() throws {
        #expect(try Inflate.gzip(hello, limit: 100) == Array("hello\n".utf8))
    }

    @Test func `the limit is that of the inflated body`() {
        #expect(throws: Inflate.Failure.tooLarge) { try Inflate.gzip(hello, limit: 3) }
    }

    @Test func `half a gzip body is malformed`() {
        #expect(throws: Inflate.Failure.malformed) { try Inflate.gzip(Array(hello.prefix(14)), limit: 100) }
    }
}
