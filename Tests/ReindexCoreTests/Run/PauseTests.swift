import Synchronization
import Testing

@testable import ReindexCore

/// A run that people pause and slow down while it works, in virtual time.
@Suite(.timeLimit(.minutes(5))) struct PauseTests {
    /// Somebody who pauses the run in the middle of its copy, and lets it go on after a while.
    private final class Operator: Sendable {
        let world: RunWorld
        let unpausesAfter: Int?
        private let state = Mutex((looks: 0, bulksAtPause: Int?.none, bulksAtUnpause: Int?.none))

        init(_ world: RunWorld, unpausesAfter: Int?) { (self.world, self.unpausesAfter) = (world, unpausesAfter) }

        var bulksAtPause: Int? { state.withLock(\.bulksAtPause) }
        var bulksAtUnpause: Int? { state.withLock(\.bulksAtUnpause) }

        func ask(_ wish: RunControl.Wish) {
            guard let run = world.record?.run else { return }
            let before = world.store["control-Shop"].flatMap { try? $0.decode(RunControl.self) }
            let now = (before ?? RunControl(run: run)).granting(wish, by: "desk", at: "then")
            guard let json = try? JSONValue(encoding: now) else { return }
            world.store.overwrite("control-Shop") { $0 = json }
        }

        /// Virtual time is nobody's: a request is held until the holder has looked, as in a second it would have.
        func called(_ name: String) async {
            note(name)
            while name == "cluster bulk", isUnseen, !Task.isCancelled { await Task.yield() }
        }

        /// The pause is asked for, and the look that finds it is not over; others read the store as well.
        private var isUnseen: Bool { state.withLock { $0.bulksAtPause != nil && $0.looks < 5 } }

        private func note(_ name: String) {
            let bulks = world.cluster.bulkCount
            guard bulks >= 4 else { return }
            let wish: RunControl.Wish? = state.withLock { state in
                guard state.bulksAtPause != nil else {
                    state.bulksAtPause = bulks
                    return .pause
                }
                guard name == "store get" else { return nil }
                state.looks += 1
                guard state.bulksAtUnpause == nil, let unpausesAfter, state.looks > unpausesAfter else { return nil }
                state.bulksAtUnpause = bulks
                return .unpause
            }
            if let wish { ask(wish) }
        }

        var process: ScriptedProcess { ScriptedProcess(meanwhile: { _, name in await self.called(name) }) }
    }

    private func watched(_: inout Mapping, _ options: inout RunOptions) { options.controlInterval = .seconds(1) }

    @Test(arguments: 0..<10) func `a paused run sends nothing, and ends equal to the table when it goes on`(
        seed: Int
    ) async throws {
        let world = RunWorld(rows: 300, seed: seed)
        let desk = Operator(world, unpausesAfter: 2000)
        let run = world.process(desk.process, watched)
        let error = await failure(of: run)
        #expect(error == nil, "\(String(describing: error))")
        world.expectServed()
        let (atPause, atUnpause) = (try #require(desk.bulksAtPause), try #require(desk.bulksAtUnpause))
        // Those that were on their way.
        #expect(atUnpause - atPause <= 16, "\(atPause) … \(atUnpause)")
        #expect(atUnpause < world.cluster.bulkCount, "something was left to send")
        let snapshot = run.progress.snapshot
        // How much virtual time passes between two looks is the scheduler's choice.
        #expect(snapshot.pausedSeconds ?? 0 > 60 && snapshot.control == nil, "\(snapshot.pausedSeconds ?? 0)")
        #expect(snapshot.notes.contains { $0.hasPrefix("paused since then by desk, for ") }, "\(snapshot.notes)")
        let why = world.record?.snapshots.map(\.why) ?? []
        #expect(why.contains { $0.contains("older than") }, "a snapshot is not held over a long pause: \(why)")
        #expect(world.store["control-Shop"] == nil, "the run has ended, and its wishes with it")
    }

    @Test func `a paused run ends with its time limit, stays paused when it is resumed, and says so`() async throws {
        let world = RunWorld(rows: 300)
        let stop = StopRequest()
        let desk = Operator(world, unpausesAfter: nil)
        let looks = Mutex(0)
        let process = ScriptedProcess(meanwhile: { _, name in
            await desk.called(name)
            guard name == "store get", desk.bulksAtPause != nil else { return }
            let count = looks.withLock {
                $0 += 1
                return $0
            }
            if count == 500 { stop.request(.timeLimit) }
        })
        let first = await failure(of: world.process(process, stop: stop, watched))
        guard case RunError.interrupted(.timeLimit)? = first else { return unexpected(first) }
        let sent = world.cluster.bulkCount
        #expect(world.record?.state == .interrupted)

        let again = StopRequest()
        let later = ScriptedProcess(meanwhile: { number, _ in if number == 300 { again.request(.signal) } })
        let resumed = world.process(later, pid: 2, stop: again, watched)
        let second = await failure(of: resumed)
        guard case RunError.interrupted(.signal)? = second else { return unexpected(second) }
        #expect(world.cluster.bulkCount == sent, "it stayed paused")
        #expect(resumed.progress.snapshot.control?.pause?.by == "desk")

        desk.ask(.unpause)
        #expect(await failure(of: world.process(pid: 3, watched)) == nil)
        world.expectServed()
    }

    @Test func `a holder that was taken over leaves the wish to the one that goes on`() async throws {
        let world = RunWorld(rows: 300)
        let desk = Operator(world, unpausesAfter: nil)
        let looks = Mutex(0)
        let process = ScriptedProcess(meanwhile: { _, name in
            await desk.called(name)
            guard name == "store get", desk.bulksAtPause != nil else { return }
            let count = looks.withLock {
                $0 += 1
                return $0
            }
            guard count == 50 else { return }
            world.store.overwrite("run-Shop") { record in
                record["writer"] = .integer((record["writer"]?.int).map { Int64($0) + 1 } ?? 9)
                record["holder"]?["pid"] = .integer(99)
            }
        })
        let error = await failure(
            of: world.process(process) { mapping, options in
                watched(&mapping, &options)
                options.lease = .seconds(15)
            })
        guard case RunError.takenOver? = error else { return unexpected(error) }
        #expect(world.store["control-Shop"] != nil)
    }

    @Test func `an old wish does not pause a later run`() async throws {
        let world = RunWorld(rows: 30)
        let wish = try JSONValue(encoding: RunControl(run: "another").granting(.pause, by: "a", at: "1"))
        world.store.overwrite("control-Shop") { $0 = wish }
        #expect(await failure(of: world.process(.immortal, watched)) == nil)
        world.expectServed()
        #expect(world.store["control-Shop"] != nil, "and is not ours to remove")
    }

    @Test func `a wish that cannot be read is told and not heeded`() async throws {
        let world = RunWorld(rows: 30)
        world.store.overwrite("control-Shop") { $0 = ["run": 1] }
        let run = world.process(.immortal, watched)
        #expect(await failure(of: run) == nil)
        world.expectServed()
        #expect(run.progress.snapshot.notes.contains { $0.contains("cannot be read") })
    }

    @Test(arguments: [7, 50]) func `a throttled run takes as long as its rate asks`(rate: Int) async throws {
        let world = RunWorld(rows: 600)
        let desk = Operator(world, unpausesAfter: nil)
        let isAsked = Mutex(false)
        let process = ScriptedProcess(meanwhile: { _, _ in
            guard world.record != nil, !isAsked.withLock({ $0 }) else { return }
            isAsked.withLock { $0 = true }
            desk.ask(.throttle(rate))
        })
        let run = world.process(process, watched)
        #expect(await failure(of: run) == nil)
        world.expectServed()
        #expect(world.clock.now.seconds > 600 / Double(rate) * 0.8, "\(world.clock.now)")
        #expect(run.progress.snapshot.pacedSeconds ?? 0 > 0)
    }
}
