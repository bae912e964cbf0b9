import Testing

@testable import ReindexCore

/// A process is ended at each of its calls, one after another; another one goes on. Nothing may be lost or doubled.
@Suite(.timeLimit(.minutes(5))) struct KillTests {
    /// How many calls a whole run makes, and a few more, for the order of calls varies.
    private static func callCount(rows: Int) async -> Int {
        let process = ScriptedProcess.immortal
        let world = RunWorld(rows: rows)
        _ = await ending(of: world.process(process))
        return process.calls.count + 5
    }

    @Test(arguments: [false, true]) func `a process that dies at any call is gone on with`(isApplied: Bool) async throws
    {
        for number in 0..<(await Self.callCount(rows: 30)) {
            let world = RunWorld(rows: 30, seed: number)
            world.cluster.serve("shop-old", as: "Shop")
            let dying = ScriptedProcess.dying(at: number, isApplied: isApplied)
            let first = await ending(of: world.process(dying))
            let name = dying.calls.count > number ? dying.calls[number] : "none"
            let comment: Comment = "died at call \(number), \(name), done: \(isApplied)"
            #expect(world.cluster.serving("Shop").count == 1, comment)
            if case .success = first { #expect(dying.calls.count <= number, comment) }
            // Only the answer to its very last write was lost: there is nothing to go on with.
            guard world.record?.state != .promoted else { continue }
            world.clock.advance(.seconds(2))
            let second = await ending(of: world.process(pid: 2))
            if case .failure(let error) = second { Issue.record("\(error): \(comment)") }
            world.expectServed(comment)
            // What was accepted before the fence lands when it likes.
            world.cluster.landAccepted()
            world.expectServed(comment)
            let served = world.cluster.serving("Shop").first ?? ""
            #expect(Set(world.cluster.indexNames).isSubset(of: [served, "shop-old"]) || name == "none", comment)
            let history = world.store["history-Shop"]?["runs"]?.array ?? []
            #expect(history.last?["index"]?.string == served, comment)
            #expect(world.cluster["shop-old"]?.settings["index.hidden"] == true, comment)
        }
    }

    @Test(arguments: [false, true]) func `an answer lost at any call loses nothing, and most are got over`(
        isApplied: Bool
    )
        async throws
    {
        for number in 0..<(await Self.callCount(rows: 30)) {
            let world = RunWorld(rows: 30, seed: number, refusing: [5, 31])
            let failing = ScriptedProcess.failing(at: number, isApplied: isApplied)
            let allowing: (inout Mapping, inout RunOptions) -> Void = { mapping, _ in mapping.maxRejected = 2 }
            let first = await failure(of: world.process(failing, allowing))
            guard failing.calls.count > number else { continue }
            let name = failing.calls[number]
            let comment: Comment = "call \(number), \(name), done: \(isApplied)"
            let isClaimed = number > (failing.calls.firstIndex(of: "cluster createIndex") ?? .max)
            if isClaimed && (name.hasPrefix("store") || name.hasPrefix("rows") || name == "cluster bulk") {
                #expect(first == nil, comment)
            }
            if name == "cluster updateAliases" && isApplied { #expect(first == nil, comment) }
            if first != nil {
                world.clock.advance(.seconds(2))
                if let error = await failure(of: world.process(pid: 2, allowing)) {
                    Issue.record("\(error): \(comment)")
                }
            }
            world.expectServed(without: [5, 31], comment)
        }
    }

    @Test(arguments: 0..<25) func `however often it dies, the last one ends with the table`(seed: Int) async throws {
        var generator = SplitMix(seed: seed)
        let world = RunWorld(rows: 110, seed: seed, refusing: [3, 88])
        world.cluster.serve("shop-old", as: "Shop")
        var deaths = 0
        while true {
            let at = deaths < 12 ? Int.random(in: 0..<90, using: &generator) : .max
            let isApplied = Bool.random(using: &generator)
            let process = ScriptedProcess.dying(at: at, isApplied: isApplied)
            let ended = await ending(of: world.process(process, pid: deaths) { mapping, _ in mapping.maxRejected = 2 })
            #expect(world.cluster.serving("Shop").count == 1, "seed \(seed)")
            if case .success = ended { break }
            guard deaths <= 12 else {
                Issue.record("\(ended), seed \(seed)")
                break
            }
            deaths += 1
            if Bool.random(using: &generator) { world.cluster.landAccepted() }
            world.clock.advance(.milliseconds(Int.random(in: 0..<3000, using: &generator)))
        }
        world.cluster.landAccepted()
        world.expectServed(without: [3, 88], "seed \(seed)")
    }

    @Test(arguments: 0..<20) func `cancelled at a random moment, it ends and is gone on with`(seed: Int) async throws {
        var generator = SplitMix(seed: seed)
        let world = RunWorld(rows: 100, seed: seed)
        let at = Int.random(in: 0..<70, using: &generator)
        let task = Task {
            await withTaskGroup(of: Void.self) { group in
                let (signal, moment) = AsyncStream<Void>.makeStream()
                let process = ScriptedProcess(meanwhile: { number, _ in if number == at { moment.yield() } })
                group.addTask {
                    _ = await ending(of: world.process(process))
                    moment.finish()
                }
                for await _ in signal { group.cancelAll() }
            }
        }
        await task.value
        world.clock.advance(.seconds(2))
        if let error = await failure(of: world.process(pid: 2)) { Issue.record("\(error), seed \(seed)") }
        world.expectServed("seed \(seed)")
    }
}
