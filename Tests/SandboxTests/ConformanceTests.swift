import Testing

@testable import Sandbox

/// The same requests to the sandbox and to a real OpenSearch: where the answers differ, the sandbox is wrong.
///
/// Without REINDEX_TEST_OPENSEARCH only the sandbox is asked, and must know every call.
@Suite struct ConformanceTests {
    @Test(arguments: Conformance.scripts) func `every call of the scripts is known`(script: Conformance.Script) {
        let sandbox = InProcess()
        for step in script.steps {
            let response = sandbox.send(step.filled("conformance-"))
            #expect(response.status != 501, "\(step) answered \(response.parsed)")
        }
    }

    // Skipped where no OpenSearch is named, for there is nothing to compare with.
    @Test(.enabled(if: RealServer.url != nil), arguments: Conformance.scripts)
    func `the sandbox answers as OpenSearch does`(script: Conformance.Script) async throws {
        let prefix = "sandbox-conformance-\(script.name)-\(Int.random(in: 0..<1_000_000))-"
        let (sandbox, real) = (InProcess(), RealServer())
        for step in script.steps.map({ $0.filled(prefix) }) {
            let ours = sandbox.send(step)
            let theirs = try await real.send(step)
            #expect(
                ours.status == theirs.status, "\(step)\n  ours \(ours.parsed.written)\n  theirs \(theirs.json.written)")
            let (left, right) = (Answer.reduced(ours.parsed), Answer.reduced(theirs.json))
            #expect(left == right, "\(step)\n  ours   \(left.written)\n  theirs \(right.written)")
        }
        for name in ["a", "b", "c", "d", "e"] { _ = try await real.send(Step("DELETE", "/\(prefix)\(name)")) }
        for kind in ["_template", "_index_template", "_component_template"] {
            _ = try await real.send(Step("DELETE", "/\(kind)/\(prefix)t"))
        }
    }
}

extension JSON {
    var written: String { String(decoding: JSONWriter.bytes(self), as: UTF8.self) }
}
