import Synchronization
import Testing

@testable import ReindexCore

/// `rejected --retry`: what was refused is sent again, into the index of a run that was closed or that serves.
@Suite(.timeLimit(.minutes(5))) struct RetryTests {
    private let world = RunWorld(keys: 0..<100, refusing: [3, 50, 99])

    private func mend(_ keys: Int...) {
        world.table.change { rows in
            for index in rows.indices where keys.contains(rows[index].key) { rows[index].payload = "mended" }
        }
    }

    private func retry(
        pid: Int = 7, _ process: ScriptedProcess = .immortal, maxRejected: Int = 0
    ) async throws -> Reindex.Retried? {
        try await world.process(process, pid: pid) { mapping, _ in mapping.maxRejected = maxRejected }.retryRejected()
    }

    private func recorded() async throws -> Set<[String]> {
        let run = try #require(world.record?.run)
        return Set(try await RejectionPages.load(run: run, from: world.store.for(.immortal)).all.map(\.key))
    }

    @Test func `a run that was closed for its rejections goes on when they are mended`() async throws {
        guard case RunError.tooManyRejected? = await failure(of: world.process()) else { return unexpected(nil) }
        #expect(world.record?.state == .closed)
        mend(3, 99)
        let first = try #require(try await retry())
        #expect(first.taken == 2 && first.refused.map(\.id) == ["50"] && first.state == .closed)
        #expect(try await recorded() == [["50"]])
        mend(50)
        let second = try #require(try await retry(pid: 8))
        #expect(second.taken == 1 && second.refused.isEmpty && second.state == .interrupted)
        #expect(try await recorded().isEmpty)
        #expect(await failure(of: world.process(pid: 9)) == nil)
        world.expectServed()
    }

    @Test func `an index that serves takes what was rejected, and nothing else is touched`() async throws {
        #expect(await failure(of: world.process { mapping, _ in mapping.maxRejected = 3 }) == nil)
        world.expectServed(without: [3, 50, 99])
        // A row that changed since is the next catch-up's; what the application wrote meanwhile stays.
        world.table.change { $0[10].payload = "changed since" }
        mend(3, 50)
        let before = world.record
        let index = try #require(before?.index)
        let mended = try #require(world.table.rows.first { $0.key == 50 })
        world.cluster.change { state in
            state.indices[index]?.documents["50"] = .init(
                version: 9, source: ScriptedEncoder.document(of: mended), sequenceNumber: 4711)
        }
        let retried = try #require(try await retry(maxRejected: 3))
        #expect(retried.taken == 2 && retried.refused.map(\.id) == ["99"] && retried.state == .promoted)
        let now = world.cluster[index]?.documents
        #expect(now?["3"] != nil && now?["50"]?.sequenceNumber == 4711 && now?["99"] == nil)
        #expect(now?["10"]?.source.contains("payload 10") == true)
        #expect(world.record?.state == .promoted && world.record?.phase == before?.phase)
        #expect(world.cluster[index].map { Array($0.aliases.keys) } == ["Shop"], "no writer alias is left")
    }

    @Test func `an older state of a document that was refused is replaced`() async throws {
        #expect(await failure(of: world.process { mapping, _ in mapping.maxRejected = 3 }) == nil)
        mend(3)
        let index = try #require(world.record?.index)
        world.cluster.change { state in
            state.indices[index]?.documents["3"] = .init(
                version: 9, source: #"{"k":3,"p":"old"}"#, sequenceNumber: 4711)
        }
        #expect(try await retry(maxRejected: 3)?.taken == 1)
        #expect(world.cluster[index]?.documents["3"]?.source.contains("mended") == true)
    }

    @Test func `a row that is no more leaves the record, one that no document can be made of stays`() async throws {
        world.table.change { $0[20].payload = ScriptedRow.unencodable }
        guard case RunError.tooManyRejected? = await failure(of: world.process()) else { return unexpected(nil) }
        world.table.change { rows in rows.removeAll { $0.key == 3 } }
        mend(50)
        let retried = try #require(try await retry(maxRejected: 2))
        #expect(retried.recorded == 4 && retried.taken == 1 && retried.gone == 1)
        #expect(Set(retried.refused.map(\.type)) == ["invalid_json", "mapper_parsing_exception"])
        #expect(try await recorded() == [["20"], ["99"]] && retried.state == .interrupted)
        #expect(await failure(of: world.process(pid: 9) { mapping, _ in mapping.maxRejected = 2 }) == nil)
        world.expectServed(without: [20, 99])
    }

    @Test func `nothing is sent where nothing was rejected, where no run was, and where it was given up`() async throws
    {
        #expect(try await retry() == nil)
        mend(3, 50, 99)
        #expect(await failure(of: world.process()) == nil)
        let writer = world.record?.writer
        #expect(try await retry()?.recorded == 0 && world.record?.writer == writer)
        var record = try #require(world.record)
        record.state = .rolledBack
        let json = try JSONValue(encoding: record)
        world.store.overwrite("run-Shop") { $0 = json }
        await #expect(throws: RetryRefusal.ended(record)) { _ = try await retry() }
    }

    /// Killed at every call: what is left is gone on with, and ends equal to the table.
    @Test(arguments: [false, true]) func `who dies on the way loses nothing`(serves: Bool) async throws {
        for number in 0..<200 {
            let world = RunWorld(keys: 0..<20, refusing: [3, 15])
            _ = await failure(of: world.process { mapping, _ in mapping.maxRejected = serves ? 2 : 0 })
            world.table.change { rows in for index in [3, 15] { rows[index].payload = "mended" } }
            let process = ScriptedProcess.dying(at: number, isApplied: number % 2 == 0)
            let died = (try? await world.process(process, pid: 2).retryRejected()) == nil
            guard died else {
                #expect(process.calls.count <= number)
                break
            }
            let comment: Comment = "died at call \(number), \(process.calls.last ?? "")"
            world.clock.advance(.seconds(60))
            let again = try? await world.process(pid: 3).retryRejected()
            #expect(again?.refused.isEmpty == true, comment)
            if !serves {
                let ended = await failure(of: world.process(pid: 4))
                #expect(ended == nil, "\(String(describing: ended)), \(comment)")
            }
            let record = try #require(world.record)
            let expected = Dictionary(
                uniqueKeysWithValues: world.table.rows.map { (String($0.key), ScriptedEncoder.document(of: $0)) })
            #expect(world.cluster.documents(of: record.index) == expected, comment)
            #expect(world.cluster.serving("Shop") == [record.index], comment)
        }
    }

    /// Whoever comes next must not take it for a run that was interrupted, and promote it.
    @Test(arguments: [RunState.closed, .held]) func `who dies at a run that had ended leaves it so`(
        state: RunState
    ) async throws {
        for number in 0..<200 {
            let world = RunWorld(keys: 0..<20, refusing: [3, 15])
            _ = await failure(of: world.process())
            world.store.overwrite("run-Shop") { record in
                record["state"] = .string(state.rawValue)
                record["phase"] = .string(Phase.gate.rawValue)
            }
            let index = world.record?.index
            world.table.change { rows in for index in [3, 15] { rows[index].payload = "mended" } }
            let process = ScriptedProcess.dying(at: number, isApplied: number % 2 == 0)
            let died = (try? await world.process(process, pid: 2).retryRejected()) == nil
            guard died else {
                #expect(number > 5)
                break
            }
            let comment: Comment = "died at call \(number), \(process.calls.last ?? "")"
            world.clock.advance(.seconds(60))
            if state == .closed {
                let error = await failure(of: world.process(pid: 3))
                guard case RunError.knownBad? = error else { return unexpected(error) }
            } else {
                let resumed = await ending(of: world.process(pid: 3) { $1.beginning = .continueOnly })
                guard case .success(nil) = resumed else { return unexpected(nil) }
            }
            #expect(world.record?.state == state && world.record?.phase == .gate, comment)
            #expect(world.record?.index == index && world.cluster.serving("Shop").isEmpty, comment)
            #expect(try await world.process(pid: 4).retryRejected()?.state == state, comment)
        }
    }
}

@Suite struct RejectedRowsTests {
    private func plan(_ change: (inout SourceDescription, inout Mapping) -> Void = { _, _ in }) -> ReindexPlan {
        var (source, mapping) = (SourceDescription.scripted, Mapping.scripted)
        change(&source, &mapping)
        return ReindexPlan(mapping: mapping, source: source, cluster: .scripted, templates: [], serving: [])
    }

    private let refused = Rejection(id: "7", key: ["7"], type: "t", reason: "r")
    private let withoutID = Rejection(id: nil, key: ["a", "b"], type: "id_null", reason: "r")

    @Test func `a row whose id is its key is asked for by it`() {
        let rows = RejectedRows([refused, withoutID], plan: plan())
        #expect(rows.keys == [["7"], ["a", "b"]] && rows.ids.isEmpty)
        #expect(rows.selections == [.between(["7"], ["7"]), .between(["a", "b"], ["a", "b"])])
    }

    @Test func `where the id says nothing of the key, or no index finds it, all rows are read`() {
        let others = [
            plan { source, _ in source.isOrderedByIndex = false }, plan { _, mapping in mapping.document.id = ["p"] },
            plan { source, _ in
                source.columns[0] = Column(name: "k", type: .base("numeric"))
            },
        ]
        for plan in others {
            let rows = RejectedRows([refused, withoutID], plan: plan)
            #expect(rows.ids == [Array("7".utf8)] && rows.keys == [["a", "b"]] && rows.selections.last == .whole)
            #expect(rows.isLookedFor(Array("7".utf8), .whole) && !rows.isLookedFor(Array("8".utf8), .whole))
        }
        let many = (0...1000).map { Rejection(id: "\($0)", key: ["\($0)"], type: "t", reason: "r") }
        #expect(RejectedRows(many, plan: plan()).selections == [.whole])
    }
}
