import Synchronization
import Testing

@testable import ReindexCore

/// Two holders: the older one sleeps at each of its calls, one after another, while another one takes the run over.
@Suite(.timeLimit(.minutes(5))) struct TakeoverTests {
    /// Runs a process that sleeps at its call `number` while `other` happens.
    private func sleeper(
        _ world: RunWorld, at number: Int, beginning: RunOptions.Beginning = .continueOrBegin,
        while other: @escaping @Sendable () async -> Void
    ) async -> (error: (any Error)?, name: String) {
        // Apart from the sleeper's own tasks, which may be cancelled meanwhile.
        let process = ScriptedProcess(meanwhile: {
            if $0 == number, !$1.isEmpty { await Task.detached { await other() }.value }
        })
        let ended = await failure(of: world.process(process, pid: 2) { $1.beginning = beginning })
        return (ended, process.calls.count > number ? process.calls[number] : "none")
    }

    private func isOut(_ error: (any Error)?) -> Bool {
        if case RunError.takenOver? = error { true } else { false }
    }

    @Test func `who slept while another one finished cannot write, promote or undo any more`() async throws {
        for number in 0..<90 {
            let world = RunWorld(rows: 30, seed: number)
            let newer = Mutex<(error: (any Error)?, serving: [String], ended: Bool)>((nil, [], false))
            let (error, name) = await sleeper(world, at: number) {
                world.clock.advance(.seconds(2))
                let error = await failure(of: world.process(pid: 2))
                newer.withLock { $0 = (error, world.cluster.serving("Shop"), true) }
            }
            let (newerError, serving, ended) = newer.withLock { $0 }
            guard ended else { break }
            let comment: Comment = "slept at call \(number), \(name)"
            #expect(newerError == nil, comment)
            world.expectServed(comment)
            #expect(world.record?.state == .promoted, comment)
            // A sleeper that had not begun yet finds a finished run and begins its own.
            if error != nil {
                #expect(isOut(error), "\(String(describing: error)): \(comment)")
                #expect(world.cluster.serving("Shop") == serving, comment)
            } else {
                #expect(number == 0 || name.hasPrefix("store get") || world.cluster.serving("Shop") == serving, comment)
            }
        }
    }

    @Test func `who slept while another one began anew cannot touch the new index`() async throws {
        for number in 0..<90 {
            let world = RunWorld(rows: 30, seed: number)
            let newer = Mutex<(error: (any Error)?, serving: [String], ended: Bool)>((nil, [], false))
            let (error, name) = await sleeper(world, at: number) {
                world.clock.advance(.seconds(2))
                let error = await failure(of: world.process(pid: 2) { $1.beginning = .fresh })
                newer.withLock { $0 = (error, world.cluster.serving("Shop"), true) }
            }
            let (newerError, serving, ended) = newer.withLock { $0 }
            guard ended else { break }
            let comment: Comment = "slept at call \(number), \(name)"
            #expect(newerError == nil, comment)
            world.expectServed(comment)
            if error != nil {
                #expect(isOut(error), "\(String(describing: error)): \(comment)")
                #expect(world.cluster.serving("Shop") == serving, comment)
            }
        }
    }

    @Test func `who slept while giving a run up cannot delete what another one made of it`() async throws {
        for number in 0..<40 {
            let world = RunWorld(rows: 30, seed: number)
            _ = await ending(of: world.process(.dying(at: 3, of: "cluster bulk")))
            world.clock.advance(.seconds(2))
            let newer = Mutex<(error: (any Error)?, serving: [String], ended: Bool)>((nil, [], false))
            let (error, name) = await sleeper(world, at: number, beginning: .fresh) {
                world.clock.advance(.seconds(2))
                let error = await failure(of: world.process(pid: 3))
                newer.withLock { $0 = (error, world.cluster.serving("Shop"), true) }
            }
            let (newerError, serving, ended) = newer.withLock { $0 }
            guard ended else { break }
            let comment: Comment = "slept at call \(number), \(name)"
            #expect(newerError == nil, comment)
            if error != nil { #expect(isOut(error) && world.cluster.serving("Shop") == serving, comment) }
            world.expectServed(comment)
        }
    }

    @Test func `of two that take a dead run over, the later one always wins`() async throws {
        for number in 0..<60 {
            let world = RunWorld(rows: 30, seed: number)
            _ = await ending(of: world.process(.dying(at: 3, of: "cluster bulk")))
            #expect(world.record?.phase == .copy)
            world.clock.advance(.seconds(2))
            let newer = Mutex<(error: (any Error)?, ended: Bool)>((nil, false))
            let (error, name) = await sleeper(world, at: number) {
                world.clock.advance(.seconds(2))
                let error = await failure(of: world.process(pid: 3))
                newer.withLock { $0 = (error, true) }
            }
            let (newerError, ended) = newer.withLock { $0 }
            guard ended else { break }
            #expect(newerError == nil, "slept at call \(number), \(name)")
            #expect(error == nil || isOut(error), "\(String(describing: error)) at call \(number), \(name)")
            world.expectServed("slept at call \(number), \(name)")
        }
    }

    @Test(arguments: 0..<30) func `two at the same time: one of them finishes, and the index is whole`(seed: Int)
        async throws
    {
        let world = RunWorld(rows: 120, seed: seed)
        _ = await ending(of: world.process(.dying(at: 2 + seed % 12, of: "cluster bulk")))
        world.clock.advance(.seconds(2))
        async let one = failure(of: world.process(pid: 2))
        async let other = failure(of: world.process(pid: 3))
        let errors = await [one, other]
        #expect(errors.contains { $0 == nil }, "\(errors), seed \(seed)")
        #expect(errors.allSatisfy { $0 == nil || isOut($0) }, "\(errors), seed \(seed)")
        world.expectServed("seed \(seed)")
    }

    // MARK: The index and the mapping

    private func interrupted(_ world: RunWorld) async -> RunRecord? {
        _ = await ending(of: world.process(.dying(at: 6, of: "cluster bulk")))
        world.clock.advance(.seconds(2))
        return world.record
    }

    @Test func `a changed mapping is refused with the field's name, and nothing is touched`() async throws {
        let world = RunWorld()
        let before = await interrupted(world)
        for beginning in [RunOptions.Beginning.continueOrBegin, .continueOnly] {
            let error = await failure(
                of: world.process { mapping, options in
                    mapping.document.keepsNulls = true
                    options.beginning = beginning
                })
            guard case RunError.cannotContinue(_, let differences) = try #require(error) else {
                return unexpected(error)
            }
            #expect(differences.map(\.field) == ["document.nulls"] && world.record == before)
        }
        let fresh = await failure(
            of: world.process { mapping, options in
                mapping.document.keepsNulls = true
                options.abandonsOnMismatch = true
            })
        #expect(fresh == nil && world.cluster.indexNames.count == 1)
        world.expectServed()
    }

    @Test func `an index that was deleted between two processes is not gone on with`() async throws {
        let world = RunWorld()
        let index = await interrupted(world)?.index ?? ""
        world.cluster.change { $0.indices[index] = nil }
        let resume = await failure(of: world.process { $1.beginning = .continueOnly })
        guard case RunError.cannotContinueIndex = try #require(resume) else { return unexpected(resume) }
        #expect(await failure(of: world.process()) == nil)
        world.expectServed()
    }

    @Test func `an index that was made again by others is left alone, and the run begins anew`() async throws {
        let world = RunWorld()
        let index = await interrupted(world)?.index ?? ""
        world.cluster.change {
            $0.indices[index] = .init(uuid: "another", settings: [:], mappings: [:], history: "x")
        }
        #expect(await failure(of: world.process()) == nil)
        #expect(world.cluster[index]?.uuid == "another")
        world.expectServed()
    }

    @Test func `a shard that lost its data is noticed`() async throws {
        let world = RunWorld()
        let index = await interrupted(world)?.index ?? ""
        world.cluster.change {
            $0.indices[index]?.history = "new"
            $0.indices[index]?.documents = [:]
        }
        let resume = await failure(of: world.process { $1.beginning = .continueOnly })
        guard case RunError.cannotContinueIndex(_, let reason) = try #require(resume) else {
            return unexpected(resume)
        }
        #expect(reason.contains("lost its data"))
        #expect(await failure(of: world.process()) == nil)
        world.expectServed()
    }

    @Test func `documents lost in the midst of a run are noticed by the count`() async throws {
        let world = RunWorld()
        let process = ScriptedProcess(meanwhile: { [cluster = world.cluster] _, name in
            guard name == "cluster refresh" else { return }
            cluster.change { state in
                for name in state.indices.keys { state.indices[name]?.documents.removeValue(forKey: "42") }
            }
        })
        let error = await failure(of: world.process(process))
        guard case RunError.countsDiffer(100, 0, 99) = try #require(error) else { return unexpected(error) }
        #expect(world.cluster.serving("Shop").isEmpty)
    }

    @Test func `an index deleted in the midst of a run is said to be lost, and is not made again`() async throws {
        let world = RunWorld()
        let process = ScriptedProcess(meanwhile: { [cluster = world.cluster] _, name in
            if name == "cluster bulk", cluster.bulkCount >= 5 { cluster.change { $0.indices = [:] } }
        })
        let error = await failure(of: world.process(process))
        guard case RunError.indexLost = try #require(error) else { return unexpected(error) }
        #expect(world.cluster.indexNames.isEmpty)
        world.clock.advance(.seconds(2))
        #expect(await self.ended(world) == nil)
        world.expectServed()
    }

    private func ended(_ world: RunWorld) async -> (any Error)? { await failure(of: world.process(pid: 2)) }

    @Test func `an alias that somebody moves at the same moment is not taken from them`() async throws {
        let world = RunWorld()
        world.cluster.serve("shop-old", as: "Shop")
        let process = ScriptedProcess(meanwhile: { [cluster = world.cluster] _, name in
            guard name == "cluster updateAliases" else { return }
            cluster.change { $0.indices["shop-old"]?.aliases["Shop"] = nil }
            cluster.serve("hotfix", as: "Shop")
        })
        let error = await failure(of: world.process(process))
        guard case RunError.notPromoted = try #require(error) else { return unexpected(error) }
        #expect(world.cluster.serving("Shop") == ["hotfix"])
    }

    @Test func `a first promotion beside somebody's new alias leaves one write index`() async throws {
        let world = RunWorld()
        let process = ScriptedProcess(meanwhile: { [cluster = world.cluster] _, name in
            if name == "cluster updateAliases" { cluster.serve("first", as: "Shop") }
        })
        let error = await failure(of: world.process(process))
        guard case RunError.notPromoted = try #require(error) else { return unexpected(error) }
        #expect(world.cluster.serving("Shop") == ["first"])
    }
}
