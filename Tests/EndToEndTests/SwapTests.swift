import Foundation
import Synchronization
import Testing

/// Promotions and rollbacks while others search and write all the while.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct SwapTests {
    /// `REINDEX_TEST_SWAPS=20` for the figures in `docs/guarantees.md`.
    static let swaps = Int(Servers.environment["REINDEX_TEST_SWAPS"] ?? "") ?? 3

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isRaised: Bool { value.load(ordering: .relaxed) }
        func raise() { value.store(true, ordering: .relaxed) }
    }

    private struct Searches: Sendable {
        var count = 0
        var bad: [String] = []
    }

    /// One search after the other through the alias; each has to find what is always there.
    private static func search(_ bench: Workbench, _ isOver: @Sendable () -> Bool) async throws -> Searches {
        var searches = Searches()
        let query = #"{"query": {"range": {"id": {"gte": 381}}}, "size": 1}"#
        while !isOver() {
            let answer = try await bench.ask("POST", "\(bench.prefix)notes/_search", query)
            searches.count += 1
            if answer.status != 200 || !answer.body.contains(#""value":20,"#) {
                searches.bad.append("\(answer.status) \(answer.body.prefix(200))")
            }
        }
        return searches
    }

    @Test(arguments: RunTests.targets)
    func `no search fails or is empty over swaps and rollbacks, and each ends equal to the table`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            // The application writes the first 380; what is searched for stays.
            try await bench.makeNotes(rows: 400, more: "writers: alias")
            try bench.write(
                #"{"settings": {"number_of_replicas": 0}, "mappings": {"dynamic": false, "properties": {"id": {"type": "long"}}}}"#,
                to: "notes.index.json")
            try await bench.succeed("run", "notes")
            let flag = Flag()
            let shared = bench
            async let searches = Self.search(shared) { flag.isRaised }
            async let writes = CatchUpTests.application(shared) { flag.isRaised }
            var rollbacks: [Double] = []
            for _ in 1...Self.swaps {
                let before = try await bench.alias("e2e-notes")
                try await bench.succeed("run", "notes", "--again", "--quiet")
                let new = try await bench.alias("e2e-notes")
                #expect(new.count == 1 && new != before)
                let back = try await bench.succeed("rollback", "notes")
                #expect(try await bench.alias("e2e-notes") == before)
                let seconds = back.output.firstMatch(of: /\(([0-9.]+) (ms|s)\)/).flatMap { match in
                    Double(match.output.1).map { match.output.2 == "ms" ? $0 / 1000 : $0 }
                }
                rollbacks.append(try #require(seconds, "\(back.output)"))
                for index in try await bench.indices() where !before.contains(index) {
                    try await bench.ask("DELETE", index)
                }
            }
            flag.raise()
            let (searched, written) = try await (searches, writes)
            #expect(searched.bad.isEmpty, "\(searched.bad.prefix(3))")
            #expect(searched.count > 10 && written > 0)
            try await bench.expectNotes()
            let slowest = rollbacks.max() ?? 0
            print(
                "\(target.rawValue): \(Self.swaps) swaps and rollbacks, \(searched.count) searches, \(searched.bad.count) failed or empty, "
                    + "\(written) writes, a rollback took at most \(slowest) s")
        }
    }
}
