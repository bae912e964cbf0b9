import Testing

@testable import ReindexCore

/// The way back, and what is known afterwards: who dies on it, which index it leads to, and which ones are kept.
@Suite(.timeLimit(.minutes(5))) struct RollbackTests {
    private static func rollback(_ world: RunWorld, _ process: ScriptedProcess = .immortal) -> Rollback {
        Rollback(
            target: world.cluster.for(process, clock: world.clock), store: world.store.for(process),
            mapping: .scripted, progress: Progress(clocks: world.clock.clocks), clocks: world.clock.clocks)
    }

    /// A run of another mapping for each number.
    private static func process(_ world: RunWorld, _ number: Int) -> Reindex {
        world.clock.advance(.seconds(2))
        return world.process(pid: 10 + number) { mapping, _ in mapping.document.omit = ["v\(number)"] }
    }

    private static func promote(_ world: RunWorld, _ number: Int) async throws -> String {
        #expect(await failure(of: process(world, number)) == nil)
        return try #require(world.cluster.serving("Shop").first)
    }

    private static func history(_ world: RunWorld, of index: String) -> JSONValue? {
        world.store["history-Shop"]?["runs"]?.array?.last { $0["index"]?.string == index }
    }

    @Test(arguments: [false, true])
    func `who dies on the way back leaves a rollback that is finished, or one that never was`(
        isApplied: Bool
    ) async throws {
        for number in 0..<60 {
            let world = RunWorld(rows: 10, seed: number)
            let first = try await Self.promote(world, 1)
            let second = try await Self.promote(world, 2)
            let process = ScriptedProcess.dying(at: number, isApplied: isApplied)
            _ = try? await Self.rollback(world, process).run(to: nil)
            let comment: Comment = "died at call \(number), \(process.calls.last ?? "")"
            guard process.calls.count > number else { break }
            if world.cluster.serving("Shop") == [second] {
                // The same command again, from any machine.
                #expect(try await Self.rollback(world).run(to: nil).left == second, comment)
            }
            guard case RunError.knownBad(let run, _)? = await failure(of: Self.process(world, 2)) else {
                Issue.record(comment)
                continue
            }
            #expect(second.contains(run), comment)
            #expect(world.cluster.serving("Shop") == [first], comment)
            #expect(world.record?.state == .rolledBack && world.record?.index == second, comment)
            #expect(world.cluster[first]?.settings["index.hidden"] == false, comment)
            #expect(world.cluster[second]?.settings["index.hidden"] == true, comment)
            #expect(Self.history(world, of: second)?["state"]?.string == "rolled-back", comment)
            #expect(world.store["rollback-Shop"] == nil, comment)
        }
    }

    @Test func `a rollback whose call was made is finished by the next one, which goes no further back`() async throws {
        let world = RunWorld(rows: 10)
        _ = try await Self.promote(world, 1)
        let second = try await Self.promote(world, 2)
        let third = try await Self.promote(world, 3)
        _ = try? await Self.rollback(world, .dying(at: 1, of: "cluster updateAliases")).run(to: nil)
        #expect(world.cluster.serving("Shop") == [second] && world.record?.state == .promoted)
        #expect(try await Self.rollback(world).run(to: nil).left == third)
        #expect(world.cluster.serving("Shop") == [second] && world.record?.state == .rolledBack)
    }

    @Test func `an index that is not ours is swapped only`() async throws {
        let world = RunWorld(rows: 10)
        world.cluster.serve("Foreign", as: "Shop", isOurs: false)
        _ = try await Self.promote(world, 1)
        let outcome = try await Self.rollback(world).run(to: nil)
        #expect(!outcome.isOurs && world.cluster.serving("Shop") == ["Foreign"])
        #expect(world.cluster["Foreign"]?.settings.isEmpty == true && world.cluster["Foreign"]?.mappings == [:])
    }

    /// A run that was closed, and a catch-up of the index that serves, both take the record of what was promoted before.
    @Test func `where to go back to is known after a catch-up`() async throws {
        let world = RunWorld(keys: 0..<20, refusing: [])
        let first = try await Self.promote(world, 1)
        let second = try await Self.promote(world, 2)
        world.table.change { $0[3].payload = ScriptedRow.refused }
        guard case RunError.tooManyRejected? = await failure(of: Self.process(world, 3)) else { return unexpected(nil) }
        let closed = try #require(world.record?.index)
        world.table.change { $0[3].payload = "mended" }
        try await Self.reopen(world, second, number: 2, at: .afterRound)
        #expect(await failure(of: Self.process(world, 2)) == nil)
        #expect(world.record?.index == second && world.record?.previousIndices == [first])
        #expect(Self.history(world, of: second)?["promotedAt"] != nil)
        // Nothing but the indices themselves knows it any more.
        world.store.overwrite("history-Shop") { $0 = ["runs": []] }
        var record = try #require(world.record)
        record.previousIndices = nil
        let json = try JSONValue(encoding: record)
        world.store.overwrite("run-Shop") { $0 = json }
        #expect(try await Self.rollback(world).run(to: nil).index.name == first)
        #expect(world.cluster[closed] != nil)
    }

    private static func reopen(_ world: RunWorld, _ index: String, number: Int, at phase: Phase) async throws {
        let process = process(world, number)
        try await Reopening(
            target: world.cluster.for(.immortal, clock: world.clock), store: world.store.for(.immortal),
            clocks: world.clock.clocks
        ).run(index, plan: process.plan, at: phase, isChosen: phase == .lastRound)
    }

    @Test func `an index that was closed in its copy serves with the settings of its body`() async throws {
        for isKept in [true, false] {
            let world = RunWorld(keys: 0..<20, refusing: [])
            let first = try await Self.promote(world, 1)
            world.table.change { $0[3].payload = ScriptedRow.refused }
            guard case RunError.tooManyRejected? = await failure(of: Self.process(world, 2)) else {
                return unexpected(nil)
            }
            let closed = try #require(world.record?.index)
            #expect(world.cluster[closed]?.settings["index.refresh_interval"] == "-1")
            world.table.change { $0[3].payload = "mended" }
            try await Self.reopen(world, first, number: 1, at: .afterRound)
            #expect(await failure(of: Self.process(world, 1)) == nil)
            if !isKept {
                world.cluster.change { $0.indices[closed]?.mappings["_meta"]?["reindex"]?["settingsToRestore"] = nil }
            }
            try await Self.reopen(world, closed, number: 2, at: .lastRound)
            #expect(await failure(of: Self.process(world, 2)) == nil)
            #expect(world.cluster.serving("Shop") == [closed])
            world.expectServed()
        }
    }

    @Test func `what was rolled back is no good one to keep`() async throws {
        let world = RunWorld(rows: 10)
        let first = try await Self.promote(world, 1)
        _ = try await Self.promote(world, 2)
        let third = try await Self.promote(world, 3)
        _ = try await Self.rollback(world).run(to: nil)
        world.clock.advance(.seconds(60))
        var rules = RetainRules()
        (rules.duration, rules.atLeast) = (.seconds(1), 1)
        let verdict = try await Retention(
            target: world.cluster.for(.immortal, clock: world.clock), store: world.store.for(.immortal), alias: "Shop",
            rules: rules, clocks: world.clock.clocks
        ).verdict()
        #expect(verdict.goes.map(\.index) == [third])
        #expect(verdict.stays.map(\.index).contains(first))
    }

    @Test func `a catch-up that was interrupted can be ended, and its index stays as it is`() async throws {
        let world = RunWorld(rows: 10)
        let first = try await Self.promote(world, 1)
        try await Self.reopen(world, first, number: 1, at: .afterRound)
        let process = ScriptedProcess.dying(at: 1, of: "cluster refresh")
        _ = await failure(of: world.process(process) { mapping, _ in mapping.document.omit = ["v1"] })
        let record = try #require(world.record)
        let serving = try #require(
            ServingRun(
                target: world.cluster.for(.immortal, clock: world.clock), store: world.store.for(.immortal),
                record: record, clocks: world.clock.clocks))
        let stored = try await world.store.for(.immortal).get(["run-Shop"])["run-Shop"]
        try await serving.end(stored?.version)
        #expect(world.record?.state == .promoted)
        world.expectServed()
    }

    /// Nobody said so: the alias tells.
    @Test(arguments: [true, false]) func `an alias that was moved by hand ends what follows the promotion`(
        isBack: Bool
    ) async throws {
        let world = RunWorld(rows: 10)
        let first = try await Self.promote(world, 1)
        world.cluster.serve("Elsewhere", as: "Other", isOurs: false)
        let second = try await Self.promote(world, 2)
        // As it was when its watch began.
        var record = try #require(world.record)
        (record.state, record.phase) = (.interrupted, .watch)
        let json = try JSONValue(encoding: record)
        world.store.overwrite("run-Shop") { $0 = json }
        world.cluster.change { state in
            let place = isBack ? first : "Elsewhere"
            state.indices[second]?.aliases["Shop"] = nil
            state.indices[place]?.aliases["Shop"] = AliasPlacement(alias: "Shop", index: place, isWriteIndex: true)
        }
        let ended = await failure(of: Self.process(world, 2))
        if isBack {
            guard case RunError.rolledBack? = ended else { return unexpected(ended) }
            #expect(world.record?.state == .rolledBack)
            guard case RunError.knownBad? = await failure(of: Self.process(world, 2)) else { return unexpected(nil) }
        } else {
            guard case RunError.replaced? = ended else { return unexpected(ended) }
            #expect(world.record?.state == .replaced)
        }
        #expect(Self.history(world, of: second)?["state"]?.string == (isBack ? "rolled-back" : "replaced"))
    }
}
