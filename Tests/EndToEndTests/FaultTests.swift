import Foundation
import Testing

/// The stand-in goes wrong in every way it knows, and the run still ends with an index that equals the table.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct FaultTests {
    /// Scripts of `opensearch-sandbox --faults`; `docs/sandbox.md` says how they are read.
    static let ofBulk = [
        "POST *_bulk every=3 times=20 429", "POST *_bulk nth=2 429 1", "POST *_bulk every=2 times=20 429-items 0.5",
        "POST *_bulk every=3 times=10 429-items 1", "POST *_bulk nth=3 times=3 413", "POST *_bulk every=4 times=10 503",
        "POST *_bulk every=5 times=10 cut", "POST *_bulk every=5 times=10 cut-request",
        "POST *_bulk every=5 times=10 apply-then-cut", "POST *_bulk every=5 times=10 hang-up",
        "POST *_bulk every=5 times=10 wrong", "POST *_bulk every=5 times=10 html 502",
        "POST *_bulk every=5 times=10 html 200", "POST *_bulk every=5 times=10 fewer-items",
        "POST *_bulk every=5 times=10 more-items", "POST *_bulk every=5 times=10 repeat-id",
        "POST *_bulk every=7 times=20 late 400", "POST *_bulk every=4 times=3 status 500",
    ]
    static let ofTheRest = [
        "POST /_aliases nth=1 apply-then-cut", "POST /_aliases nth=2 apply-then-cut", "POST /_aliases nth=2 503",
        "POST *_refresh nth=1 503", "GET * every=3 times=10 503", "* * every=11 times=8 503",
        "* * every=13 times=8 cut",
        "* * every=6 times=30 late 100", "PUT *_settings nth=1 apply-then-cut", "GET *_count nth=1 hang-up",
    ]

    @Test(arguments: ofBulk) func `bulk requests`(script: String) async throws {
        try await expectNotes(despite: script)
    }

    @Test(arguments: ofTheRest) func `other requests`(script: String) async throws {
        try await expectNotes(despite: script)
    }

    /// One that is required stops the run, with its progress kept; one that is only good to know is done without, and said.
    @Test func `a 401 in the middle`() async throws {
        let refusal = #"status 401 {"error":{"type":"security_exception","reason":"the token is over"},"status":401}"#
        let sandbox = try await Sandbox.start(faults: "POST *_bulk nth=5 times=1000 \(refusal)")
        try await Workbench.use(.sandbox, at: sandbox.address) { bench in
            try await bench.makeNotes(rows: 3000)
            let run = ["run", "notes", "--body-size", "16KiB", "--max-in-flight", "1"]
            let stopped = await (try bench.start(run)).wait()
            #expect(stopped.status == 77, "\(stopped.errors)")
            #expect(stopped.errors.contains("the token is over"), "\(stopped.errors)")
            let status = try await bench.succeed("status", "notes", "--json").output
            #expect(status.contains(/"documents"\s*:\s*[1-9]/), "\(status)")

            let script = "GET */_stats \(refusal)\nGET /_tasks* \(refusal)\nPOST *_bulk nth=3 times=1 apply-then-cut"
            try await bench.ask("PUT", "_sandbox/faults", script)
            let resumed = await (try bench.start(["--resume", "notes"] + run.dropFirst(2))).wait()
            #expect(resumed.status == 0, "\(resumed.errors)")
            for feature in ["_stats may not be read", "_tasks may not be read"] {
                #expect(resumed.errors.contains(feature), "\(resumed.errors)")
            }
            try await bench.ask("DELETE", "_sandbox/faults")
            try await bench.expectNotes()
        }
        await sandbox.stop()
    }

    private func expectNotes(despite script: String) async throws {
        let sandbox = try await Sandbox.start(faults: script)
        try await Workbench.use(.sandbox, at: sandbox.address) { bench in
            try await bench.makeNotes(rows: 3000)
            // An unfinished run is what the next command continues: a hook tries again on 75 and, before anything began, 69.
            var result = try await bench.reindex("run", "notes", "--body-size", "16KiB", "--quiet")
            for _ in 0..<3 where [69, 75].contains(result.status) {
                result = try await bench.reindex("run", "notes", "--body-size", "16KiB", "--quiet")
            }
            #expect(result.status == 0, "\(script): \(result.errors)")
            try await bench.ask("DELETE", "_sandbox/faults")
            try await bench.expectNotes()
        }
        await sandbox.stop()
    }

    @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
    func `a second signal stops at once, and the run is resumable`(signal: Int32, exit: Int32) async throws {
        let sandbox = try await Sandbox.start(faults: "POST *_bulk times=1 late 30000")
        try await Workbench.use(.sandbox, at: sandbox.address) { bench in
            try await bench.makeNotes(rows: 100)
            let process = try bench.start(["run", "notes"])
            try await bench.waitUntilAFaultActs()
            process.signal(signal)
            try await Task.sleep(for: .milliseconds(300))
            let second = ContinuousClock.now
            process.signal(signal)
            let result = await process.wait()
            #expect(result.status == exit, "\(result.errors)")
            #expect(ContinuousClock.now - second < .seconds(5), "the late answer is not waited for")
            try await bench.succeed("--resume", "notes")
            try await bench.expectNotes()
        }
        await sandbox.stop()
    }
}

extension Workbench {
    /// Until a rule of the fault script has met its first request.
    fileprivate func waitUntilAFaultActs() async throws {
        for _ in 0..<800 {
            if try await ask("GET", "_sandbox/faults").body.contains(#""fired":1"#) { return }
            try await Task.sleep(for: .milliseconds(25))
        }
        throw Failure("no fault acted")
    }
}

extension Sandbox {
    /// A stand-in with a fault script.
    static func start(faults script: String) async throws -> Sandbox {
        let file = FileManager.default.temporaryDirectory.appending(path: "reindex-e2e-\(UUID().uuidString).faults")
        try Data("\(script)\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await start(["--faults", file.path])
    }
}
