import Testing

@testable import ReindexCore

@Suite(.timeLimit(.minutes(5))) struct ReindexTests {
    @Test func `a run ends with the table behind the alias`() async throws {
        let world = RunWorld(rows: 300)
        let facts = try await ending(of: world.process()).get()
        #expect(facts?.record.state == .promoted && facts?.documentsInIndex == 300 && facts?.isContinued == false)
        world.expectServed()
        #expect(world.store["history-Shop"]?["runs"]?.array?.count == 1)
    }

    @Test func `an empty table becomes an empty index`() async throws {
        let world = RunWorld(rows: 0)
        #expect(try await ending(of: world.process()).get()?.documentsInIndex == 0)
        world.expectServed()
    }

    @Test func `the next run takes the alias over, and hides the index before where it is ours`() async throws {
        let world = RunWorld()
        world.cluster.serve("shop-old", as: "Shop")
        world.cluster.serve("theirs", as: "also", isOurs: false)
        let facts = try await ending(of: world.process { mapping, _ in mapping.also = ["also"] }).get()
        #expect(facts?.previousIndices == ["shop-old", "theirs"])
        #expect(world.cluster.serving("Shop") == world.cluster.serving("also"))
        #expect(world.cluster["shop-old"]?.settings["index.hidden"] == true)
        #expect(world.cluster["theirs"]?.settings["index.hidden"] == nil)
        #expect(world.cluster["theirs"]?.aliases.isEmpty == true)
    }

    @Test func `a second run after a finished one begins anew`() async throws {
        let world = RunWorld()
        _ = try await ending(of: world.process()).get()
        world.table.change { $0.removeAll { $0.key % 3 == 0 } }
        world.clock.advance(.seconds(10))
        let facts = try await ending(of: world.process()).get()
        #expect(facts?.isContinued == false)
        world.expectServed()
        #expect(world.store["history-Shop"]?["runs"]?.array?.count == 2)
    }

    @Test func `with nothing to resume nothing happens`() async throws {
        let world = RunWorld()
        let resume = world.process { $1.beginning = .continueOnly }
        #expect(try await ending(of: resume).get() == nil)
        #expect(world.cluster.indexNames.isEmpty && world.store.ids.isEmpty)
        _ = try await ending(of: world.process()).get()
        #expect(try await ending(of: resume).get() == nil)
    }

    @Test func `a held run does not promote`() async throws {
        let world = RunWorld()
        world.cluster.serve("shop-old", as: "Shop")
        let facts = try await ending(of: world.process { $1.promotes = false }).get()
        #expect(facts?.record.state == .held && world.cluster.serving("Shop") == ["shop-old"])
        #expect(world.cluster.documents(of: facts?.record.index ?? "").count == 100)
    }

    @Test func `a held index that somebody promoted by hand is left alone by the next run`() async throws {
        let world = RunWorld()
        let held = try await ending(of: world.process { $1.promotes = false }).get()?.record.index ?? ""
        world.cluster.change {
            $0.indices[held]?.aliases["Shop"] = AliasPlacement(alias: "Shop", index: held, isWriteIndex: true)
        }
        world.clock.advance(.seconds(10))
        let facts = try await ending(of: world.process()).get()
        #expect(facts?.record.state == .promoted && facts?.previousIndices == [held])
        #expect(world.cluster.indexNames.contains(held))
        world.expectServed()
    }

    @Test func `a wall clock that jumps back never makes an epoch smaller`() async throws {
        let world = RunWorld(rows: 200)
        let reader = ScriptedRowReader(world.table) { [clock = world.clock] fetch in
            guard fetch % 6 == 0 else { return nil }
            clock.jumpWall(.seconds(-3600))
            return .connectionLost
        }
        let facts = try await ending(of: world.process(reader: reader)).get()
        let epochs = facts?.record.snapshots.map(\.epoch) ?? []
        #expect(epochs.count > 3 && zip(epochs, epochs.dropFirst()).allSatisfy { $0 < $1 })
        world.expectServed()
    }

    // MARK: Rejections and proof

    @Test func `a document that is refused is on record, the run goes to the end and does not promote`() async throws {
        let world = RunWorld(refusing: [13, 77])
        let error = await failure(of: world.process())
        guard case RunError.tooManyRejected(2, 0, false) = try #require(error) else { return unexpected(error) }
        #expect(world.cluster.serving("Shop").isEmpty && world.record?.state == .closed)
        let pages = try await RejectionPages.load(run: world.record?.run ?? "", from: world.store.for(.immortal))
        #expect(Set(pages.all.compactMap(\.id)) == ["13", "77"])
    }

    @Test func `within max_rejected it promotes without them`() async throws {
        let world = RunWorld(refusing: [13])
        world.table.change { $0[50].payload = ScriptedRow.unencodable }
        _ = try await ending(of: world.process { mapping, _ in mapping.maxRejected = 2 }).get()
        world.expectServed(without: [13, 50])
    }

    @Test func `when it is hopeless it stops early`() async throws {
        let world = RunWorld(rows: 4000, refusing: Set(0..<4000))
        let error = await failure(of: world.process { $1.bodyByteCount = 20_000 })
        guard case RunError.tooManyRejected(let count, 0, true) = try #require(error) else {
            return unexpected(error)
        }
        #expect(count > 1000 && count < 2000)
        #expect(world.record?.state == .closed && world.cluster.serving("Shop").isEmpty)
    }

    @Test func `two rows of one id are noticed by the count, and nothing is promoted`() async throws {
        let world = RunWorld()
        let encoder = ScriptedEncoder(id: { $0.key == 99 ? "0" : String($0.key) })
        let error = await failure(of: world.process(encoder: encoder))
        guard case RunError.countsDiffer(100, 0, 99) = try #require(error) else { return unexpected(error) }
        #expect(world.cluster.serving("Shop").isEmpty && world.record?.state == .closed)
    }

    @Test func `a doubled key ends the run before the promotion`() async throws {
        let world = RunWorld()
        world.table.change { $0.append(ScriptedRow(key: 40, payload: "second")) }
        let error = await failure(of: world.process())
        guard case RunError.doubledKey(let place) = try #require(error) else { return unexpected(error) }
        #expect(place.key == 40 && world.record?.state == .closed && world.cluster.serving("Shop").isEmpty)
    }

    @Test func `somebody else's writes into the new index are noticed`() async throws {
        let world = RunWorld()
        let process = ScriptedProcess(meanwhile: { [cluster = world.cluster] number, name in
            guard name == "cluster bulk" else { return }
            cluster.change { state in
                for name in state.indices.keys {
                    state.indices[name]?.documents["99"] = .init(version: .max / 2, source: "{}")
                }
            }
        })
        let error = await failure(of: world.process(process))
        guard case RunError.foreignWriter("99", _, _) = try #require(error) else { return unexpected(error) }
        #expect(world.cluster.serving("Shop").isEmpty)
    }

    // MARK: The limit

    @Test func `a limited run is held, and one that was cut short is never taken for the whole`() async throws {
        let world = RunWorld(rows: 200)
        let limited = try await ending(of: world.process { $1.limit = 20 }).get()
        #expect(limited?.record.state == .held && limited?.documentsInIndex == 20)

        // Ends after its copy, in the settling: the slice is finished, and the table is not.
        let process = ScriptedProcess(fault: { $1 == "cluster refresh" ? .dies(isApplied: true) : nil })
        world.clock.advance(.seconds(10))
        _ = await ending(of: world.process(process) { $1.limit = 20 })
        #expect(world.record?.phase == .settle)
        let resume = await failure(of: world.process { $1.beginning = .continueOnly })
        guard case RunError.cannotContinueIndex = try #require(resume) else { return unexpected(resume) }
        world.clock.advance(.seconds(10))
        _ = try await ending(of: world.process()).get()
        world.expectServed()
    }

    @Test func `half of a whole run is not thrown away for a trial`() async throws {
        let world = RunWorld(rows: 200)
        let process = ScriptedProcess.dying(at: 6, of: "cluster bulk")
        _ = await ending(of: world.process(process))
        let before = world.record
        let trial = await failure(of: world.process { $1.limit = 5 })
        guard case RunError.cannotContinueIndex = try #require(trial) else { return unexpected(trial) }
        #expect(world.record == before)
    }
}
