import Foundation
import Testing

/// The alias call is answered, and the answer is lost: what the alias says is what is told.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct LostAnswerTests {
    /// `REINDEX_TEST_CUTS=20` for the figure in `docs/guarantees.md`.
    private static let cuts = ProcessInfo.processInfo.environment["REINDEX_TEST_CUTS"].flatMap { Int($0) } ?? 2

    @Test(arguments: RunTests.targets) func `an alias call whose answer or request is lost is told as what happened`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 200)
            for number in 0..<Self.cuts {
                for moment in HoldingProxy.Moment.allCases {
                    try await bench.sql("update notes set title = 'cut \(number) \(moment)' where id % 20 = 1")
                    let before = try await bench.alias("e2e-notes")
                    let proxy = try HoldingProxy(for: bench.openSearch)
                    defer { proxy.stop() }
                    let alias = #""alias":"\#(bench.prefix)notes""#
                    proxy.hold(moment) { $0.path.hasPrefix("/_aliases") && $0.body.contains(alias) }
                    let run = try bench.start(["run", "notes", "--quiet"], with: ["OPENSEARCH_URL": proxy.address])
                    #expect(
                        try await proxy.isHolding(within: .seconds(60), unless: { !run.isRunning }),
                        "\(run.errorsSoFar)")
                    proxy.release()
                    let result = await run.wait()
                    let now = try await bench.alias("e2e-notes")
                    // 0 says that the alias has moved; anything else, that it has not.
                    #expect((result.status == 0) == (now != before), "\(moment): \(result.status) \(result.errors)")
                    #expect(now.count == 1 && result.status == 0, "\(moment): \(result.errors)")
                    try await bench.expectNotes()
                }
            }
        }
    }
}
