import Foundation
import Testing

/// Memory is bounded by readers × (2 FETCH + 3 × largest row) + permits × body, however many rows there are.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct MemoryTests {
    @Test func `five rows of 60 MB among small ones arrive, within the memory that is promised`() async throws {
        try await Workbench.use(.sandbox) { bench in
            try await bench.makeNotes(rows: 1000)
            try await bench.sql(
                """
                alter table notes alter body set storage external;
                update notes set body = (select string_agg(md5(n::text), '') from generate_series(1, 1875000) as n)
                where id in (1, 300, 301, 700, 1000)
                """)
            let report = try await peak(of: ["run", "notes", "--quiet"], bench)
            #expect(report.status == 0, "\(report.errors)")
            // Three times the row for the reader, a body of 64 MiB for each of four permits, the rest.
            let megabytes = (Int(report.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? .max) / 1_000_000
            #expect(megabytes <= 60 * 3 + 67 * 4 + 64, "peak memory was \(megabytes) MB")
            try await bench.expectDocuments(Workbench.notesQuery, in: "\(bench.prefix)notes", pageSize: 100)
        }
    }

    /// A cluster that is far away is given as many bodies as shorten the copy.
    @Test func `a container of 128 MB is enough, however slow the answers are`() async throws {
        let slow = try await Sandbox.start(faults: "POST *_bulk late 200")
        try await Workbench.use(.sandbox, at: slow.address) { bench in
            try await bench.makeNotes(rows: 60_000)
            try await bench.sql("update notes set body = repeat(md5(id::text), 80 + id::int % 20)")
            let result = try await peak(of: ["run", "notes", "--quiet", "--report", "report.json"], bench)
            #expect(result.status == 0, "\(result.errors)")
            let bytes = Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? .max
            #expect(bytes <= 128_000_000, "peak memory was \(bytes)")
            try await bench.expectNotes()
        }
        await slow.stop()
    }

    /// Runs the command under a small process whose only child it is, and prints the child's peak memory in bytes.
    private func peak(of arguments: [String], _ bench: Workbench) async throws -> ChildProcess.Result {
        guard let python = Servers.program("python3") else { throw Failure("no python3 in PATH") }
        let script = """
            import resource, subprocess, sys
            code = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
            print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
            sys.exit(code)
            """
        return await
            (try ChildProcess(
                python, ["-c", script, Servers.reindex] + arguments, environment: bench.environment, in: bench.folder))
            .wait()
    }
}
