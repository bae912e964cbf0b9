import Foundation
import FuzzChecks
import Testing

/// Every input of the fuzzers' corpus, those that once broke something among them.
@Suite(.serialized) struct CorpusTests {
    private static func inputs(_ name: String) throws -> [(name: String, bytes: [UInt8])] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpus/\(name)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.map { ($0.lastPathComponent, [UInt8](try Data(contentsOf: $0))) }
    }

    private func replay(_ name: String, _ check: ([UInt8]) throws -> Void) throws {
        let inputs = try Self.inputs(name)
        #expect(inputs.count >= 20, "the corpus of \(name) is there")
        for input in inputs { #expect(throws: Never.self, "\(name)/\(input.name)") { try check(input.bytes) } }
    }

    @Test func `answers to bulk requests`() throws { try replay("BulkResponse", Checks.bulkResponse) }
    @Test func `rows`() throws { try replay("Rows", Checks.row) }
    @Test func `what a server sends`() throws { try replay("Wire", Checks.wire) }
    @Test func `mappings`() throws { try replay("Mappings", Checks.mapping) }
}
