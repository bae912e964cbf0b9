import Testing

@testable import ReindexCore

@Suite struct RunControlTests {
    private let clock = VirtualClock()
    private let store = ScriptedStore()

    private func request(_ process: ScriptedProcess = .immortal, host: String = "desk") -> ControlRequest {
        ControlRequest(store: store.for(process), alias: "Shop", host: host, clocks: clock.clocks)
    }

    private func storeRun(_ state: RunState, _ phase: Phase = .copy, run: String = "r1") throws {
        var record = RunRecord(
            run: run, mapping: "shop", alias: "Shop", index: "shop-1", indexUUID: "u", historyUUIDs: nil, state: state,
            phase: phase, epoch: Epoch(version: 1), writer: 1, slices: [0], settingsToRestore: nil,
            fingerprint: RunWorld().plan.fingerprint, plan: [:], tool: "test",
            holder: .init(host: "h", pid: 1, since: "then"), startedAt: "then", updatedAt: "then", snapshots: [],
            reason: nil)
        record.reason = nil
        let json = try JSONValue(encoding: record)
        store.overwrite("run-Shop") { $0 = json }
    }

    private var stored: RunControl? { store["control-Shop"].flatMap { try? $0.decode(RunControl.self) } }

    @Test func `what was asked for already keeps its time and host`() {
        let first = RunControl(run: "r").granting(.pause, by: "a", at: "1").granting(.throttle(5), by: "a", at: "1")
        let second = first.granting(.pause, by: "b", at: "2").granting(.throttle(5), by: "b", at: "2")
        #expect(first == second && first.pause?.text == "paused since 1 by a")
        let third = second.granting(.throttle(6), by: "b", at: "3").granting(.unpause, by: "b", at: "3")
        #expect(third.pause == nil && third.throttle?.text == "throttled to 6 documents/s by b, since 3")
        #expect(third.granting(.throttle(nil), by: "b", at: "4") == RunControl(run: "r"))
    }

    @Test(arguments: [RunState.active, .interrupted]) func `an unfinished run can be asked`(state: RunState)
        async throws
    {
        try storeRun(state)
        let outcome = try await request().make(.pause)
        #expect(outcome.hasChanged && stored?.pause?.by == "desk" && stored?.run == "r1")
        #expect(try await !request(host: "other").make(.pause).hasChanged)
        #expect(try await request(host: "other").make(.throttle(7)).control.pause?.by == "desk")
        #expect(try await request().make(.unpause).hasChanged && stored?.pause == nil && stored?.throttle != nil)
    }

    @Test(arguments: [RunState.closed, .held, .promoted, .abandoned, .rolledBack])
    func `where no run is under way nothing is written`(state: RunState) async throws {
        try storeRun(state)
        await #expect {
            _ = try await request().make(.pause)
        } throws: {
            if case ControlRequest.Refusal.noRun(.some) = $0 { true } else { false }
        }
        #expect(store["control-Shop"] == nil)
    }

    @Test func `a run that never was is no run under way`() async {
        await #expect(throws: ControlRequest.Refusal.noRun(nil)) { _ = try await request().make(.unpause) }
    }

    @Test(arguments: [(RunState.active, Phase.lastRound), (.active, .promote), (.interrupted, .afterRound)])
    func `from the last round on nothing pauses, and it may still be slowed down`(
        state: RunState, phase: Phase
    ) async throws {
        try storeRun(state, phase)
        await #expect {
            _ = try await request().make(.pause)
        } throws: {
            if case ControlRequest.Refusal.tooLate = $0 { true } else { false }
        }
        #expect(try await request().make(.throttle(9)).hasChanged)
    }

    @Test func `a run that waits before its last round, or was stopped there, is paused`() async throws {
        try storeRun(.interrupted, .lastRound)
        #expect(try await request().make(.pause).hasChanged)
        try storeRun(.active, .lastRound)
        #expect(try await !request().make(.pause).hasChanged)
    }

    @Test func `the wish for another run, and one that cannot be read, is replaced`() async throws {
        try storeRun(.active, run: "r2")
        let old = try JSONValue(encoding: RunControl(run: "r1").granting(.throttle(1), by: "a", at: "1"))
        store.overwrite("control-Shop") { $0 = old }
        #expect(try await request().make(.pause).control.throttle == nil)
        store.overwrite("control-Shop") { $0 = ["run": 7] }
        #expect(try await request().make(.pause).hasChanged && stored?.run == "r2")
    }

    @Test func `two at once are both heard`() async throws {
        try storeRun(.active)
        let other = request(host: "other")
        let process = ScriptedProcess(meanwhile: { number, name in
            if number == 1, name.hasPrefix("store put") { _ = try? await other.make(.throttle(3)) }
        })
        let outcome = try await request(process).make(.pause)
        #expect(outcome.control.pause != nil && outcome.control.throttle?.documentsPerSecond == 3)
        #expect(stored == outcome.control)
    }
}
