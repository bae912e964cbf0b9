import Foundation
import Testing

/// `guard`: others come first, and the status says so.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"), .serialized)
struct GuardTests {
    @Test func `while too many sessions are active the copy is held back, and the report says so`() async throws {
        try await Workbench.use(RunTests.targets.last ?? .sandbox) { bench in
            try await bench.makeSlowNotes(rows: 5000)
            try bench.writeSlowMapping(more: "guard: {postgres: {max_active_sessions: 20}}")
            let other = bench
            let sleepers = (0..<24).map { _ in
                Task { _ = try? await other.sql("select pg_sleep(6)") }
            }
            let process = try bench.start(["run", "notes", "--body-size", "16KiB", "--report", "report.json"])
            for sleeper in sleepers { await sleeper.value }
            try await bench.hurry()
            let result = await process.wait()
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("throttled"), "\(result.output)")
            try await bench.expectNotes()
        }
    }
}
