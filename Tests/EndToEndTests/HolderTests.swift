import Foundation
import Testing

/// One holder at a time, on a real index: who lives is left alone, who sleeps is replaced and cannot come back.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"), .serialized)
struct HolderTests {
    /// One small body at a time: such a run takes some seconds.
    private static let slowly = ["run", "notes", "--body-size", "16KiB", "--max-in-flight", "1"]

    private func withNotes(on target: Servers.Target, _ test: (inout Workbench) async throws -> Void) async throws {
        let slow = target == .sandbox ? try await Sandbox.start(faults: "POST *_bulk late 25") : nil
        try await Workbench.use(target, at: slow?.address) { bench in
            try await bench.makeNotes(rows: slow == nil ? 30_000 : 10_000)
            try await test(&bench)
        }
        await slow?.stop()
    }

    @Test(arguments: RunTests.targets)
    func `a second run is refused while the first one lives, or waits for it`(target: Servers.Target) async throws {
        try await withNotes(on: target) { bench in
            let first = try bench.start(Self.slowly + ["--lease", "3s"])
            try await bench.waitForFirstDocuments()
            let second = try await bench.reindex("run", "notes")
            #expect(second.status == 75, "\(second.errors)")
            #expect(second.errors.contains("process \(first.id) on "), "\(second.errors)")
            let third = try await bench.reindex("run", "notes", "--wait-for", "5m")
            let result = await first.wait()
            #expect(result.status == 0, "\(result.errors)")
            #expect(third.status == 0, "\(third.errors)")
            try await bench.expectNotes()
        }
    }

    /// The other one goes on with its index, or begins anew after the rows have changed.
    @Test(arguments: RunTests.targets, [false, true])
    func `a holder that slept while another one finished changes nothing, and ends by itself`(
        target: Servers.Target, beginsAnew: Bool
    ) async throws {
        try await withNotes(on: target) { bench in
            let sleeper = try bench.start(Self.slowly + ["--lease", "3s"])
            try await bench.waitForFirstDocuments()
            sleeper.signal(SIGSTOP)
            let began = ContinuousClock.now
            if beginsAnew {
                try await bench.sql("update notes set title = 'Changed ' || id where id % 7 = 0")
                try await bench.succeed("run", "notes", "--fresh")
            } else {
                try await bench.succeed("run", "notes", "--quiet")
            }
            let serving = try await bench.alias("e2e-notes")
            // Three leases.
            try await Task.sleep(for: max(.zero, .seconds(9) - (ContinuousClock.now - began)))
            sleeper.signal(SIGCONT)
            let result = await sleeper.wait()
            #expect(result.status == 75, "\(result.errors)")
            #expect(result.errors.contains("taken over"), "\(result.errors)")
            #expect(try await bench.alias("e2e-notes") == serving)
            try await bench.expectNotes()
        }
    }

    /// Two folders stand for two machines: the second one learns of the first by the mark in its index.
    @Test(arguments: RunTests.targets)
    func `a holder with its checkpoints in a folder is seen from another machine`(
        target: Servers.Target
    ) async throws {
        try await withNotes(on: target) { bench in
            let proxy = try HoldingProxy(for: bench.openSearch)
            proxy.hold(.before) { $0.path.contains("/_bulk") && $0.body.contains(#""_id":"1000""#) }
            let first = try bench.start(
                Self.slowly + ["--lease", "3s", "--checkpoints", "here"], with: ["OPENSEARCH_URL": proxy.address])
            #expect(try await proxy.isHolding(within: .seconds(30)) { false }, "\(first.errorsSoFar)")
            for place in [["--checkpoints", "there"], []] {
                let second = await (try bench.start(["run", "notes"] + place)).wait()
                #expect(second.status == 75, "\(second.errors)")
                #expect(second.errors.contains("process \(first.id) on "), "\(second.errors)")
            }
            // It sleeps for a lease, another machine goes ahead, and it must not come back.
            first.signal(SIGSTOP)
            try await bench.succeed("run", "notes", "--quiet", "--checkpoints", "there")
            let serving = try await bench.alias("e2e-notes")
            proxy.release()
            first.signal(SIGCONT)
            let result = await first.wait()
            proxy.stop()
            #expect(result.status == 75, "\(result.errors)")
            #expect(try await bench.alias("e2e-notes") == serving)
            try await bench.expectNotes()
        }
    }

    /// After the rollback the alias stands where the sleeper saw it: its writer alias alone refuses the call.
    @Test(arguments: RunTests.targets)
    func `a holder that was stopped before its promotion cannot promote after a rollback`(
        target: Servers.Target
    ) async throws {
        try await withNotes(on: target) { bench in
            try await bench.succeed("run", "notes", "--quiet")
            let old = try await bench.alias("e2e-notes")
            try await bench.sql("update notes set title = 'later' where id = 5")
            let proxy = try HoldingProxy(for: bench.openSearch)
            let alias = "\"alias\":\"\(bench.prefix)notes\""
            proxy.hold(.before) { $0.path.hasPrefix("/_aliases") && $0.body.contains(alias) }
            let sleeper = try bench.start(
                ["run", "notes", "--quiet", "--lease", "3s"], with: ["OPENSEARCH_URL": proxy.address])
            #expect(try await proxy.isHolding(within: .seconds(60)) { false }, "\(sleeper.errorsSoFar)")
            sleeper.signal(SIGSTOP)
            try await bench.succeed("run", "notes", "--quiet", "--wait-for", "1m")
            #expect(try await bench.alias("e2e-notes") != old)
            try await bench.succeed("rollback", "notes", "--no-catch-up")
            #expect(try await bench.alias("e2e-notes") == old)
            proxy.release()
            sleeper.signal(SIGCONT)
            let result = await sleeper.wait()
            proxy.stop()
            #expect(result.status != 0, "\(result.output)")
            #expect(try await bench.alias("e2e-notes") == old)
            try await bench.succeed("catch-up", "notes")
            try await bench.expectNotes()
        }
    }

    /// Two folders and the cluster's own checkpoints, at the same moment: at most one goes on.
    @Test(arguments: RunTests.targets)
    func `of several that begin at once, from several machines, one goes on`(target: Servers.Target) async throws {
        try await withNotes(on: target) { bench in
            for round in 1...5 {
                try await bench.sql("update notes set title = 'Round \(round), ' || id")
                let before = Set(try await bench.indices())
                let processes = try [["--checkpoints", "here"], ["--checkpoints", "there"], []].map {
                    try bench.start(["run", "notes", "--quiet"] + $0)
                }
                var results: [ChildProcess.Result] = []
                for process in processes { results.append(await process.wait()) }
                // 4: one that went on with what an earlier round left is older than what serves by now.
                #expect(results.allSatisfy { [0, 4, 75].contains($0.status) }, "\(results.map(\.errors))")
                #expect(results.contains { $0.status == 0 }, "\(results.map(\.errors))")
                // One that came late may have begun when the first had ended; two at once may not have.
                for result in results where result.status == 75 {
                    #expect(result.errors.contains("is being reindexed by process"), "\(result.errors)")
                }
                try await bench.expectNotes()
                for index in before.subtracting(try await bench.alias("e2e-notes")) {
                    try await bench.ask("DELETE", index)
                }
            }
        }
    }

    @Test(arguments: RunTests.targets)
    func `a run that was left half-way does not displace one that began later elsewhere`(
        target: Servers.Target
    ) async throws {
        try await withNotes(on: target) { bench in
            let proxy = try HoldingProxy(for: bench.openSearch)
            proxy.hold(.before) { $0.path.contains("/_bulk") && $0.body.contains(#""_id":"1000""#) }
            let left = try bench.start(
                Self.slowly + ["--checkpoints", "here"], with: ["OPENSEARCH_URL": proxy.address])
            #expect(try await proxy.isHolding(within: .seconds(30)) { false }, "\(left.errorsSoFar)")
            left.signal(SIGKILL)
            _ = await left.wait()
            proxy.stop()
            try await bench.sql("update notes set title = 'New ' || id where id < 100")
            // Its process is gone, on this boot: nobody waits a lease for it.
            try await bench.succeed("run", "notes", "--quiet")
            let serving = try await bench.alias("e2e-notes")
            let resumed = try await bench.reindex("--resume", "notes", "--checkpoints", "here")
            #expect([4, 75, 78].contains(resumed.status), "\(resumed.errors)")
            #expect(try await bench.alias("e2e-notes") == serving)
            try await bench.expectNotes()
        }
    }

    /// It was refused before the kill, corrected, and taken when it was sent again: neither lost nor counted as refused.
    @Test(arguments: RunTests.targets)
    func `a rejection of before a kill is no rejection any more`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 3000, more: "max_rejected: 1")
            try bench.write(
                #"{"settings": {"number_of_replicas": 0}, "mappings": {"dynamic": false, "properties": {"body": {"type": "integer"}}}}"#,
                to: "notes.index.json")
            try await bench.sql("update notes set body = case when id = 20 then 'words' else '7' end")
            let proxy = try HoldingProxy(for: bench.openSearch)
            proxy.hold(.after) { $0.path.contains("/rejected-") }
            let killed = try bench.start(Self.slowly, with: ["OPENSEARCH_URL": proxy.address])
            #expect(try await proxy.isHolding(within: .seconds(30)) { false }, "\(killed.errorsSoFar)")
            killed.signal(SIGKILL)
            _ = await killed.wait()
            proxy.stop()
            try await bench.sql("update notes set body = '8' where id = 20")
            try await bench.succeed("--resume", "notes", "--quiet")
            try await bench.expectNotes()
        }
    }

    @Test(arguments: RunTests.targets)
    func `a holder whose process was killed is not waited for`(target: Servers.Target) async throws {
        try await withNotes(on: target) { bench in
            let killed = try bench.start(Self.slowly + ["--lease", "10m"])
            try await bench.waitForFirstDocuments()
            killed.signal(SIGKILL)
            _ = await killed.wait()
            // With a lease of ten minutes the test's own time limit would be over.
            try await bench.succeed("run", "notes", "--quiet")
            try await bench.expectNotes()
        }
    }
}

extension Workbench {
    /// Until the run that is going on has written a checkpoint that has passed some documents.
    func waitForFirstDocuments() async throws {
        for _ in 0..<1200 {
            let status = try await reindex("status", "notes", "--json")
            let isActive = status.output.contains(/"state"\s*:\s*"active"/)
            if isActive, status.output.contains(/"documents"\s*:\s*[1-9]/) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure("no document was acknowledged")
    }
}
