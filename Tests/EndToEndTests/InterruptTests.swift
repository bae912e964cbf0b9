import Foundation
import Testing

/// Whatever ends a run and whenever: the same command continues, and the index equals the table.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"), .serialized)
struct InterruptTests {
    /// How many moments; `REINDEX_TEST_INTERRUPTIONS` for more.
    static let count = Int(Servers.environment["REINDEX_TEST_INTERRUPTIONS"] ?? "") ?? 20
    /// `REINDEX_TEST_SEED` repeats what a failure printed.
    static let seed = UInt64(Servers.environment["REINDEX_TEST_SEED"] ?? "") ?? .random(in: 0...999_999)

    @Test(arguments: RunTests.targets)
    func `stopped at random moments by SIGINT, SIGTERM and SIGKILL, the index equals the table each time`(
        target: Servers.Target
    ) async throws {
        print("interruptions: REINDEX_TEST_SEED=\(Self.seed) on \(target.rawValue)")
        var random = SplitMix(state: Self.seed)
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: target == .sandbox ? 30_000 : 15_000)
            let began = ContinuousClock.now
            try await bench.succeed("run", "notes", "--body-size", "16KiB", "--quiet")
            let whole = ContinuousClock.now - began
            for number in 0..<Self.count {
                let signal = [SIGINT, SIGTERM, SIGKILL][number % 3]
                let moment = whole * Double.random(in: 0...1, using: &random)
                try await interrupt(bench, signal, after: moment, "number \(number) of seed \(Self.seed)")
            }
        }
    }

    /// One new run, ended by the signal, then continued until it is done.
    private func interrupt(_ bench: Workbench, _ signal: Int32, after moment: Duration, _ name: String) async throws {
        let before = try await bench.alias("e2e-notes")
        try await bench.sql("update notes set title = 'Note ' || id || ' of \(name)' where id % 10 = 0")
        let process = try bench.start(["run", "notes", "--body-size", "16KiB", "--quiet"])
        try await Task.sleep(for: moment)
        process.signal(signal)
        let result = await process.wait()
        let now = try await bench.alias("e2e-notes")
        #expect(now.count == 1, "\(name): the alias is on one index, whatever happens")
        let allowed: Set<Int32>
        switch signal {
        // Before the handlers are in place a signal ends a process as it always does; nothing has begun then.
        case SIGINT: allowed = moment < .milliseconds(100) ? [75, 130, 0] : [75, 0]
        case SIGTERM: allowed = moment < .milliseconds(100) ? [75, 143, 0] : [75, 0]
        default: allowed = [137, 0]
        }
        #expect(allowed.contains(result.status), "\(name): ended with \(result.status): \(result.errors)")
        if result.status == 75 {
            #expect(
                result.errors.contains("reindex --resume notes") || result.errors.contains("--resume"),
                "\(name): \(result.errors)")
        }

        try await bench.succeed("--resume", "notes", "--quiet")
        // Nothing may have begun before the signal; then it is the next run's.
        if try await bench.alias("e2e-notes") == before { try await bench.succeed("run", "notes", "--quiet") }
        let after = try await bench.alias("e2e-notes")
        #expect(after.count == 1 && after != before, "\(name): promoted")
        try await bench.expectNotes()
        for index in try await bench.indices() where !after.contains(index) { try await bench.ask("DELETE", index) }
    }
}

/// A random number generator whose run can be repeated. Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom
/// Number Generators", 2014.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
