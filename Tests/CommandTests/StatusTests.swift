import Testing

@testable import ReindexCore
@testable import reindex

/// What a run and `status` say of what people ask for.
@Suite struct StatusTests {
    private func shown(_ wishes: RunControl.Wish..., waiting: String? = nil) -> (block: [String], line: String) {
        let progress = Progress(clocks: .system)
        progress.began(.copy)
        progress.waited { $0.forRows = 5 }
        progress.paused(waiting)
        let control = wishes.reduce(RunControl(run: "r")) { $0.granting($1, by: "desk", at: "then") }
        progress.controlled(control.isEmpty ? nil : control)
        let block = StatusBlock(mapping: "products", width: 200)
        return (block.lines(progress.snapshot), block.line(progress.snapshot))
    }

    @Test func `a paused run says so, and not what limits it`() {
        let paused = shown(.pause, .throttle(5))
        #expect(paused.block.last == "  paused since then by desk" && paused.block.count <= 6)
        #expect(paused.line.hasSuffix("paused since then by desk") && !paused.line.contains("limited by"))
        let waiting = shown(.pause, waiting: "no lease")
        #expect(waiting.block.last == "  paused since then by desk; waiting: no lease")
    }

    @Test func `a throttled run says so where it does not wait for something else`() {
        #expect(shown(.throttle(5)).block.last == "  throttled to 5 documents/s by desk, since then")
        #expect(shown(.throttle(5), waiting: "no lease").line.hasSuffix("waiting: no lease"))
        #expect(shown().line.hasSuffix("limited by PostgreSQL"))
    }

    @Test func `a run that stands still for its lease is told, and one that moves is not`() {
        var (signs, status) = (SignsOfLife(), RunStatus(mapping: "products", alias: "p"))
        status.state = "active"
        status.holder = .init(host: "h", pid: 1, since: "then", lease: 15)
        status.updatedAt = "1"
        let began = ContinuousClock.now
        #expect(signs.silence(of: status, now: began) == nil)
        #expect(signs.silence(of: status, now: began + .seconds(14)) == nil)
        #expect(signs.silence(of: status, now: began + .seconds(20))?.contains("no sign of life for 20.0 s") == true)
        status.updatedAt = "2"
        #expect(signs.silence(of: status, now: began + .seconds(21)) == nil)
        #expect(signs.silence(of: status, now: began + .seconds(30)) == nil)
    }

    @Test func `status tells what is asked of a run`() {
        var status = RunStatus(mapping: "products", alias: "p", serving: ["p-1"])
        #expect(status.line == "products: never run" && status.lines.count == 2)
        (status.run, status.index, status.state, status.phase) = ("r", "p-2", "active", "copy")
        status.control = RunControl(run: "r").granting(.pause, by: "desk", at: "then")
        #expect(status.lines[0] == "products: active, in copy, paused")
        #expect(
            status.lines.contains("  asked      paused since then by desk; it goes on with: reindex unpause products"))
        #expect(
            status.line
                == "products: active, in copy, paused, 0 documents checkpointed, paused since then by desk")
    }
}
