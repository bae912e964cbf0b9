internal import FoundationEssentials
internal import MappingFiles
internal import ReindexCore
internal import Synchronization

/// What is seen of one mapping's run from beside it.
private final class Course: Sendable {
    let progress: Progress
    let timeline: Timeline
    private let expected = Mutex<Forecast?>(nil)

    init(progress: Progress) {
        self.progress = progress
        timeline = Timeline(progress: progress)
    }

    var forecast: Forecast? { expected.withLock { $0 } }

    func expects(_ forecast: Forecast?) { expected.withLock { $0 = forecast } }
}

/// `reindex run NAME…` and `reindex --resume`: each mapping in turn, the worst exit code at the end.
struct RunCommand {
    let request: RunRequest
    var stop = StopRequest()
    /// The mapping is the one that the index which serves was built with, and not the file's.
    var isOwnMapping = false
    /// `verify --repair`: what is to be put right; nil is everything that differs.
    var scope: RepairScope?

    func run() async -> ExitCode {
        Signals.watch(stop: stop, grace: request.grace)
        var codes: [ExitCode] = []
        var reports: [ReportPage.Run] = []
        do {
            let servers = try Servers(request.common)
            try servers.lock()
            let mappings = try mappings()
            if request.isTogether, mappings.count > 1 {
                (codes, reports) = await runTogether(mappings, servers)
            } else {
                for mapping in mappings {
                    if stop.isRequested { break }
                    let (code, report) = await run(mapping, servers)
                    codes.append(code)
                    reports.append(report)
                }
            }
        } catch {
            codes.append(tell(ErrorText().message(error)))
        }
        if let path = request.reportPath, !reports.isEmpty, !ReportFile.write(reports, to: path) {
            codes.append(.unexpected)
        }
        if request.common.json { Terminal.out(ReportFile.text(reports.map(\.report))) }
        if codes.isEmpty && stop.isRequested { return .unfinished }
        return ExitCode.worst(of: codes)
    }

    private func mappings() throws -> [Mapping] {
        let folder = MappingFolder(path: request.common.mappings)
        return request.names.isEmpty ? try folder.all() : try request.names.map { try folder.mapping(named: $0) }
    }

    /// All of them at once, each in its turn, up to one alias call.
    private func runTogether(_ mappings: [Mapping], _ servers: Servers) async -> ([ExitCode], [ReportPage.Run]) {
        let joint = JointPromotion(members: mappings.map(\.name))
        return await withTaskGroup(of: (Int, ExitCode, ReportPage.Run).self) { group in
            for (place, mapping) in mappings.enumerated() {
                group.addTask {
                    let (code, report) = await run(mapping, servers, joint)
                    return (place, code, report)
                }
            }
            let ended = await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
            return (ended.map(\.1), ended.map(\.2))
        }
    }

    func run(
        _ mapping: Mapping, _ servers: Servers, _ joint: JointPromotion? = nil
    ) async -> (ExitCode, ReportPage.Run) {
        let progress = Progress(clocks: .system)
        let wording = ErrorText(mapping: mapping)
        let course = Course(progress: progress)
        do {
            let ending = try await copied(mapping, servers, joint, course)
            if case .done(let facts) = ending, facts.record.state == .promoted {
                await prune(mapping, servers, progress)
            }
            var report = Report(mapping, ending, progress.snapshot, exit: .done)
            report.forecast = course.forecast
            if !request.common.json, !request.common.quiet { Terminal.out(report.text) }
            return (.done, ReportPage.Run(report: report, samples: course.timeline.samples))
        } catch {
            var message = wording.message(error)
            if let pause = progress.snapshot.control?.pause {
                message.details.append(
                    "it is \(pause.text), and stays so; it goes on with: reindex unpause \(mapping.name)")
            }
            await joint?.fail(mapping.name, message.summary)
            let facts = (error as? RunFailure)?.facts
            var report = Report(mapping, failure: message, facts, progress.snapshot)
            report.forecast = course.forecast
            return (tell(message), ReportPage.Run(report: report, samples: course.timeline.samples))
        }
    }

    /// What is past its retention goes at the end of a run: best effort, for `reindex prune` does the same at any time.
    private func prune(_ mapping: Mapping, _ servers: Servers, _ progress: Progress) async {
        let retention = Retention(
            target: servers.cluster, store: servers.store, alias: mapping.alias, rules: mapping.retain, clocks: .system)
        do {
            let gone = try await retention.prune(try await retention.verdict(), patience: .zero) { _ in }
            if !gone.isEmpty { progress.note("dropped, past its retention: \(gone.joined(separator: ", "))") }
        } catch {
            progress.note("what is past its retention stays: \(ErrorText(mapping: mapping).message(error).summary)")
        }
    }

    private func copied(
        _ mapping: Mapping, _ servers: Servers, _ joint: JointPromotion?, _ course: Course
    ) async throws -> RunEnding {
        let progress = course.progress
        let display = StatusDisplay(
            mapping: mapping.name, style: StatusDisplay.style(isQuiet: request.common.quiet, isAlone: joint == nil),
            progress: progress)
        return try await withThrowingTaskGroup(of: RunEnding?.self) { group in
            group.addTask {
                await display.show()
                return nil
            }
            if request.reportPath?.lowercased().hasSuffix(".html") == true {
                group.addTask {
                    await course.timeline.record()
                    return nil
                }
            }
            if let path = request.tuneReportPath {
                group.addTask {
                    await TuneReport(progress: progress).write(to: path)
                    return nil
                }
            }
            if let limit = request.timeLimit {
                group.addTask { [stop] in
                    try? await Task.sleep(for: limit)
                    if !Task.isCancelled { stop.request(.timeLimit) }
                    return nil
                }
            }
            group.addTask { try await self.reindex(mapping, servers, joint, course) }
            defer { group.cancelAll() }
            while let ended = try await group.next() {
                guard let ending = ended else { continue }
                group.cancelAll()
                try await group.waitForAll()
                return ending
            }
            return .nothingToResume(reason: nil)
        }
    }

    private func reindex(
        _ mapping: Mapping, _ servers: Servers, _ joint: JointPromotion?, _ course: Course
    ) async throws -> RunEnding {
        let progress = course.progress
        if request.onlyResumes, request.waitFor == .zero, try await !isUnfinished(mapping, servers, progress) {
            await joint?.excuse(mapping.name)
            return .nothingToResume(reason: nil)
        }
        let going = try await mappingOfCatchUp(mapping, servers)
        var mapping = going ?? mapping
        var plan = try await waitedForPlan(mapping, servers, progress)
        try await servers.settleRollback(of: mapping, progress)
        if request.task == .catchUp, going == nil, !isOwnMapping,
            let own = try await LiveMapping(servers: servers).own(plan)
        {
            progress.note(
                "by the mapping that the index which serves was built with: that of \(mapping.name) now is known to be bad"
            )
            (mapping, plan) = (own, try await servers.plan(own))
        }
        if request.onlyIfChanged, try await isUnchanged(plan, servers) {
            await joint?.excuse(mapping.name)
            return .nothingToResume(reason: ReindexPlan.servedReason)
        }
        course.expects(await servers.forecast(plan, readers: request.readers))
        let isWhole = try await reopen(plan, servers)
        let encoder = try DocumentTemplate(
            description: plan.source, rules: mapping.document,
            keyHash: DocumentHash(seed: Clocks.system.randomBits()))
        var options = RunOptions.ofThisProcess
        options.lease = request.lease
        options.waitFor = request.waitFor
        options.controlInterval = .seconds(1)
        options.patience = request.patience
        options.scope = isWhole ? nil : scope
        options.beginning =
            request.isFresh ? .fresh : request.onlyResumes || request.task != .run ? .continueOnly : .continueOrBegin
        options.abandonsOnMismatch = request.onMismatch == .fresh
        options.promotes = request.promotes
        options.onlyIfChanged = request.onlyIfChanged
        options.isAgain = request.isAgain
        options.replacesIndex = request.replacesIndex
        options.limit = request.limit
        options.maxInFlight = request.maxInFlight
        options.readers = request.readers
        options.bodyByteCount = request.bodySize
        options.fetchRowCount = request.fetchSize
        options.keepsRejectedBodies = request.keepsRejectedBodies
        for note in plan.warnings + plan.cluster.notes { progress.note(note) }
        var reindex = Reindex(
            plan: plan, options: options, encoder: encoder,
            makeReader: { [mapping, plan] in servers.reader(of: mapping, plan.source) },
            target: servers.cluster, sink: servers.sink, store: servers.store, otherStores: servers.otherStores,
            progress: progress, clocks: .system,
            stop: stop)
        reindex.searcher = servers.searcher
        reindex.joint = joint
        reindex.makeProbe = { [mapping] in servers.loadProbe(of: mapping) }
        return try await reindex.run()
    }

    /// `--wait-for`: servers that are still starting are asked again.
    private func waitedForPlan(
        _ mapping: Mapping, _ servers: Servers, _ progress: Progress
    ) async throws -> ReindexPlan {
        let began = ContinuousClock.now
        while true {
            do {
                let plan = try await servers.plan(mapping, replacesIndex: request.replacesIndex)
                progress.paused(nil)
                return plan
            } catch {
                let message = ErrorText(mapping: mapping).message(error)
                guard message.exit == .unreachable, ContinuousClock.now - began < request.waitFor, !stop.isRequested
                else { throw error }
                progress.paused(message.summary)
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// For `--if-changed`: nothing is unfinished, and the index that serves has the plan's fingerprint.
    private func isUnchanged(_ plan: ReindexPlan, _ servers: Servers) async throws -> Bool {
        let id = RunRecord.id(alias: plan.mapping.alias)
        let record = try await servers.store.get([id])[id]?.read(RunRecord.self, id)
        guard record?.isUnfinished != true else { return false }
        return try await plan.isServed(by: servers.cluster)
    }

    /// What was interrupted while an index was brought up to date goes on by the mapping that this index was built with,
    /// which after a rollback is not the file's.
    private func mappingOfCatchUp(_ mapping: Mapping, _ servers: Servers) async throws -> Mapping? {
        guard request.onlyResumes || request.task == .catchUp else { return nil }
        let id = RunRecord.id(alias: mapping.alias)
        guard let record = try? await servers.store.get([id])[id]?.read(RunRecord.self, id), record.isUnfinished,
            record.catchesUp == true, var built = try? record.plan.decode(Mapping.self)
        else { return nil }
        built.marks = mapping.marks
        return built
    }

    /// `catch-up` and `promote` go on with a run that had ended.
    /// - Returns: an interrupted catch-up goes on, which is of the whole index.
    private func reopen(_ plan: ReindexPlan, _ servers: Servers) async throws -> Bool {
        let alias = plan.mapping.alias
        let reopening = Reopening(target: servers.cluster, store: servers.store, clocks: .system)
        switch request.task {
        case .run: break
        case .catchUp:
            let id = RunRecord.id(alias: alias)
            let record = try await servers.store.get([id])[id]?.read(RunRecord.self, id)
            if let record, record.isUnfinished, record.catchesUp == true { return true }
            let serving = Set(try await servers.cluster.alias(alias).map(\.index)).sorted()
            guard let index = serving.first, serving.count == 1 else {
                throw Rollback.Refusal.noSingleIndex(serving)
            }
            if scope?.comparesContent != false, let why = plan.whyContentDiffers {
                throw LiveRefusal.contentDiffers(why)
            }
            try await reopening.run(index, plan: plan, at: .afterRound)
        case .promote:
            let id = RunRecord.id(alias: alias)
            let record = try await servers.store.get([id])[id]?.read(RunRecord.self, id)
            if let index = request.index, index != record?.index {
                try await requireBuilt(index, by: plan, servers)
                try await reopening.run(index, plan: plan, at: .lastRound, isChosen: true)
                break
            }
            guard let record, record.state == .held, record.limit == nil else {
                throw LiveRefusal.nothingHeld(record)
            }
            let differences = record.fingerprint.differences(to: plan.fingerprint)
            guard differences.isEmpty else { throw RunError.cannotContinue(run: record.run, differences: differences) }
            try await reopening.run(record.index, plan: plan, at: .lastRound)
        }
        return false
    }

    /// `promote --index`: an index of the same alias and mapping, wherever it was left.
    private func requireBuilt(_ index: String, by plan: ReindexPlan, _ servers: Servers) async throws {
        guard let found = try await servers.cluster.index(index) else { throw Reopening.Refusal.noIndex(index) }
        let meta = found.mappings["_meta"]?["reindex"]
        guard meta?["alias"]?.string == plan.mapping.alias else { throw Reopening.Refusal.notOurs(index) }
        guard meta?["fingerprint"] == (try JSONValue(encoding: plan.fingerprint.digest)) else {
            throw LiveRefusal.otherMapping(index)
        }
    }

    /// `--resume` needs no PostgreSQL to find out that there is nothing to do.
    private func isUnfinished(_ mapping: Mapping, _ servers: Servers, _ progress: Progress) async throws -> Bool {
        _ = try await servers.cluster.describeCluster()
        try await servers.settleRollback(of: mapping, progress)
        let id = RunRecord.id(alias: mapping.alias)
        guard let stored = try await servers.store.get([id])[id] else { return false }
        return try stored.read(RunRecord.self, id).isUnfinished
    }

    private func tell(_ message: Message) -> ExitCode {
        Terminal.error(message.text)
        return message.exit
    }
}
