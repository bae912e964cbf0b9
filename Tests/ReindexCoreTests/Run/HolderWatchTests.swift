import Synchronization
import Testing

@testable import ReindexCore

/// One holder at a time: who lives is not disturbed, who does not is not waited for longer than a lease.
@Suite(.timeLimit(.minutes(5))) struct HolderWatchTests {
    let store = ScriptedStore()
    let clock = VirtualClock()

    private func record(_ state: RunState = .active, lease: Double? = 15) -> RunRecord {
        RunRecord(
            run: "r", mapping: "shop", alias: "Shop", index: "shop-r", indexUUID: "u", historyUUIDs: nil, state: state,
            phase: .copy, epoch: Epoch(version: 1000), writer: 1, slices: [0], settingsToRestore: nil,
            fingerprint: Fingerprint(fields: [:]), plan: [:], tool: "t",
            holder: .init(host: "h", pid: 7, boot: "b", began: "1", since: "s", lease: lease), startedAt: "",
            updatedAt: "", snapshots: [], reason: nil)
    }

    /// - Parameter meanwhile: what happens at each look at the store, the first being 0.
    private func watch(
        _ record: RunRecord, waitFor: Duration = .zero, isGone: Bool = false, stop: StopRequest = StopRequest(),
        meanwhile: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> StoredDocument? {
        let json = try JSONValue(encoding: record)
        store.overwrite("run-Shop") { $0 = json }
        var options = RunOptions(host: "h", processID: 8, tool: "t")
        options.waitFor = waitFor
        options.isGone = { $0.pid == 7 && isGone }
        let looks = ScriptedProcess(meanwhile: { number, _ in meanwhile(number) })
        let watch = HolderWatch(
            clocks: clock.clocks, options: options, progress: Progress(clocks: clock.clocks),
            stop: stop)
        let found = try #require(try await store.for(.immortal).get(["run-Shop"])["run-Shop"])
        return try await watch.unheld(found, id: "run-Shop", in: store.for(looks))
    }

    private func renew() { store.overwrite("run-Shop") { $0["updatedAt"] = .string("\(clock.now)") } }

    private func isHeld(_ error: any Error) -> Bool {
        if case RunError.held(let holder) = error { holder.pid == 7 } else { false }
    }

    @Test func `a record that stands still for one lease is taken over, and not a moment earlier`() async throws {
        #expect(try await watch(record()) != nil)
        #expect(clock.now >= .seconds(15) && clock.now < .seconds(17), "\(clock.now)")
    }

    @Test func `the wall clock is not asked`() async throws {
        let clock = clock
        _ = try await watch(record()) { _ in clock.jumpWall(.seconds(86_400)) }
        #expect(clock.now >= .seconds(15), "\(clock.now)")
    }

    @Test func `a holder that shows a sign of life is left alone, and named`() async throws {
        await #expect { _ = try await watch(record()) { if $0 == 4 { renew() } } } throws: { isHeld($0) }
        #expect(clock.now < .seconds(15))
    }

    @Test func `the lease begins anew with each sign of life`() async throws {
        // It lives for 30 s, then dies; who waits for a minute has it after one more lease.
        _ = try await watch(record(), waitFor: .seconds(60)) { if $0 < 30, $0 % 5 == 0 { renew() } }
        #expect(clock.now >= .seconds(40) && clock.now < .seconds(48), "\(clock.now)")
    }

    @Test func `who waits finds what the holder left`() async throws {
        let done = try JSONValue(encoding: record(.promoted))
        let store = store
        let found = try await watch(record(), waitFor: .seconds(600)) { look in
            store.overwrite("run-Shop") { if look >= 20 { $0 = done } else { $0["updatedAt"] = .string("\(look)") } }
        }
        #expect(try found?.json.decode(RunRecord.self).state == .promoted)
    }

    @Test func `waiting ends when it is over, or by a signal`() async throws {
        await #expect { _ = try await watch(record(), waitFor: .seconds(40)) { _ in renew() } } throws: { isHeld($0) }
        #expect(clock.now >= .seconds(40) && clock.now < .seconds(44), "\(clock.now)")
        let stop = StopRequest()
        await #expect { _ = try await watch(record(), stop: stop) { if $0 == 2 { stop.request(.signal) } } } throws: {
            if case RunError.interrupted(.signal) = $0 { true } else { false }
        }
    }

    @Test(arguments: [RunState.interrupted, .closed, .promoted, .abandoned])
    func `a run that ended by itself is not waited for`(state: RunState) async throws {
        #expect(try await watch(record(state)) != nil)
        #expect(clock.sleeps.isEmpty)
    }

    @Test func `a process that the kernel knows to have ended is not waited for`() async throws {
        #expect(try await watch(record(), isGone: true) != nil)
        #expect(clock.sleeps.isEmpty)
    }
}

/// What the holder itself does and does not do.
@Suite(.timeLimit(.minutes(5))) struct LeaseTests {
    private let world = RunWorld(rows: 40)

    private func ledger(_ process: ScriptedProcess = .immortal, clocks: Clocks? = nil) async throws -> RunLedger {
        var record = RunRecord(
            run: "r", mapping: "shop", alias: "Shop", index: "shop-r", indexUUID: "u", historyUUIDs: nil,
            state: .active,
            phase: .copy, epoch: Epoch(version: 1000), writer: 1, slices: [0], settingsToRestore: nil,
            fingerprint: Fingerprint(fields: [:]), plan: [:], tool: "t", holder: .init(host: "h", pid: 1, since: "s"),
            startedAt: "", updatedAt: "", snapshots: [], reason: nil)
        record.holder.lease = 15
        let version = try await world.store.for(.immortal).put(
            "run-Shop", try JSONValue(encoding: record), expected: nil)
        return RunLedger(
            store: world.store.for(process), record: record, version: version, rejections: RejectionPages(),
            clocks: clocks ?? world.clock.clocks, retry: RetryPolicy(),
            lease: RunLedger.Lease(length: .seconds(15), renewedAt: world.clock.now))
    }

    private var progress: Progress { Progress(clocks: world.clock.clocks) }

    @Test func `it is renewed three times a lease, and each time is a new version for whoever watches`() async throws {
        let seen = Mutex<[Duration]>([])
        let clock = world.clock
        let writes = ScriptedProcess(meanwhile: { _, name in
            guard name.hasPrefix("store put") else { return }
            let count = seen.withLock {
                $0.append(clock.now)
                return $0.count
            }
            if count == 6 { withUnsafeCurrentTask { $0?.cancel() } }
        })
        let ledger = try await ledger(writes)
        try? await ledger.keepLease()
        let times = seen.withLock { $0 }
        #expect(times == (1...6).map { .seconds(5 * $0) }, "\(times)")
    }

    @Test func `while it has run out nothing new is sent, and after a renewal it goes on`() async throws {
        // Whoever waits lets three seconds pass; then the store answers again.
        let renewing = Mutex<RunLedger?>(nil)
        let clock = world.clock
        var clocks = clock.clocks
        clocks.sleep = { duration in
            clock.advance(duration)
            guard clock.now >= .seconds(19) else { return }
            try await renewing.withLock { $0 }?.update { _ in }
        }
        let ledger = try await ledger(clocks: clocks)
        try await ledger.awaitLease(progress)
        #expect(clock.now == .zero, "it holds")
        clock.advance(.seconds(16))
        renewing.withLock { $0 = ledger }
        try await ledger.awaitLease(progress)
        #expect(clock.now >= .seconds(19) && clock.now < .seconds(20), "\(clock.now)")
    }

    @Test func `a lease that cannot be renewed for as long as patience allows ends the run, unfinished`() async throws {
        let ledger = try await ledger()
        world.clock.advance(.seconds(16))
        await #expect { try await ledger.awaitLease(progress) } throws: {
            if case RunError.patienceOver = $0 { true } else { false }
        }
    }

    @Test func `who finds the run taken over sends nothing, however fresh the lease`() async throws {
        let ledger = try await ledger()
        world.store.overwrite("run-Shop") { $0["writer"] = 2 }
        try? await ledger.keepLease()
        await #expect { try await ledger.awaitLease(progress) } throws: {
            if case RunError.takenOver = $0 { true } else { false }
        }
    }

    @Test func `a write of ours whose answer was lost is told from another holder's`() async throws {
        let ledger = try await ledger(
            ScriptedProcess(fault: { number, name in
                number == 0 && name.hasPrefix("store put") ? .fails(isApplied: true) : nil
            }))
        try await ledger.update { $0.phase = .settle }
        try await ledger.update { $0.phase = .verify }
        #expect(try world.store["run-Shop"]?.decode(RunRecord.self).phase == .verify)
    }
}
