internal import FoundationEssentials
internal import MappingFiles
internal import ReindexCore

/// `reindex run NAME…` and `reindex --resume`: each mapping in turn, the worst exit code at the end.
struct RunCommand {
    let request: RunRequest
    let stop = StopRequest()

    func run() async -> ExitCode {
        Signals.watch(stop: stop, grace: request.grace)
        var codes: [ExitCode] = []
        var reports: [Report] = []
        do {
            let servers = try Servers(request.common)
            try servers.lock()
            for mapping in try mappings() {
                if stop.isRequested { break }
                let (code, report) = await run(mapping, servers)
                codes.append(code)
                reports.append(report)
            }
        } catch {
            codes.append(tell(ErrorText().message(error)))
        }
        if let path = request.reportPath, !reports.isEmpty, !ReportFile.write(reports, to: path) {
            codes.append(.unexpected)
        }
        if request.common.json { Terminal.out(ReportFile.text(reports)) }
        if codes.isEmpty && stop.isRequested { return .unfinished }
        return ExitCode.worst(of: codes)
    }

    private func mappings() throws -> [Mapping] {
        let folder = MappingFolder(path: request.common.mappings)
        return request.names.isEmpty ? try folder.all() : try request.names.map { try folder.mapping(named: $0) }
    }

    private func run(_ mapping: Mapping, _ servers: Servers) async -> (ExitCode, Report) {
        let progress = Progress(clocks: .system)
        let wording = ErrorText(mapping: mapping)
        do {
            let ending = try await copied(mapping, servers, progress)
            let report = Report(mapping, ending, progress.snapshot, exit: .done)
            if !request.common.json, !request.common.quiet { Terminal.out(report.text) }
            return (.done, report)
        } catch {
            let message = wording.message(error)
            let facts = (error as? RunFailure)?.facts
            let report = Report(mapping, failure: message, facts, progress.snapshot)
            return (tell(message), report)
        }
    }

    private func copied(_ mapping: Mapping, _ servers: Servers, _ progress: Progress) async throws -> RunEnding {
        let display = StatusDisplay(
            mapping: mapping.name, style: StatusDisplay.style(isQuiet: request.common.quiet), progress: progress)
        return try await withThrowingTaskGroup(of: RunEnding?.self) { group in
            group.addTask {
                await display.show()
                return nil
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
            group.addTask { try await self.reindex(mapping, servers, progress) }
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

    private func reindex(_ mapping: Mapping, _ servers: Servers, _ progress: Progress) async throws -> RunEnding {
        if request.onlyResumes, try await !isUnfinished(mapping, servers) {
            return .nothingToResume(reason: nil)
        }
        let plan = try await servers.plan(mapping)
        let encoder = try DocumentTemplate(description: plan.source, rules: mapping.document)
        var options = RunOptions(
            host: Environment.hostName, processID: Environment.processID, tool: Version.current)
        options.boot = KernelProcess.boot
        options.processBegan = KernelProcess.beginning(of: Environment.processID)
        options.isGone = KernelProcess.isGone
        options.lease = request.lease
        options.waitFor = request.waitFor
        options.patience = request.patience
        options.beginning = request.isFresh ? .fresh : request.onlyResumes ? .continueOnly : .continueOrBegin
        options.abandonsOnMismatch = request.onMismatch == .fresh
        options.promotes = request.promotes
        options.limit = request.limit
        options.maxInFlight = request.maxInFlight
        options.readers = request.readers
        options.bodyByteCount = request.bodySize
        options.fetchRowCount = request.fetchSize
        options.keepsRejectedBodies = request.keepsRejectedBodies
        for note in plan.warnings + plan.cluster.notes { progress.note(note) }
        return try await Reindex(
            plan: plan, options: options, encoder: encoder,
            makeReader: { servers.reader(of: mapping, plan.source) },
            target: servers.cluster, sink: servers.sink, store: servers.store, otherStores: servers.otherStores,
            progress: progress, clocks: .system,
            stop: stop
        ).run()
    }

    /// `--resume` needs no PostgreSQL to find out that there is nothing to do.
    private func isUnfinished(_ mapping: Mapping, _ servers: Servers) async throws -> Bool {
        _ = try await servers.cluster.describeCluster()
        let id = RunRecord.id(alias: mapping.alias)
        guard let stored = try await servers.store.get([id])[id] else { return false }
        return try stored.read(RunRecord.self, id).isUnfinished
    }

    private func tell(_ message: Message) -> ExitCode {
        Terminal.error(message.text)
        return message.exit
    }
}
