import Synchronization
import Testing

@testable import ReindexCore

/// What outlives processes: the table, the cluster, the checkpoints, the time.
struct RunWorld: Sendable {
    let table: ScriptedTable
    let cluster: ScriptedCluster
    let store = ScriptedStore()
    let clock: VirtualClock

    /// Documents are refused as long as their rows say ``ScriptedRow/refused``.
    init(keys: Range<Int>, refusing refused: Set<Int>) {
        table = ScriptedTable(
            keys.map { ScriptedRow(key: $0, payload: refused.contains($0) ? ScriptedRow.refused : "payload \($0)") })
        cluster = ScriptedCluster { item in
            item.source.contains(ScriptedRow.refused)
                ? ItemAnswer(status: 400, type: "mapper_parsing_exception", reason: "failed to parse") : nil
        }
        clock = VirtualClock()
    }

    init(rows: Int = 100, seed: Int = 0, refusing refused: Set<Int> = []) {
        table = ScriptedTable(keys: 0..<rows)
        let ids = Set(refused.map(String.init))
        cluster = ScriptedCluster { item in
            ids.contains(item.id)
                ? ItemAnswer(status: 400, type: "mapper_parsing_exception", reason: "failed to parse") : nil
        }
        clock = VirtualClock(seed: seed)
    }

    var plan: ReindexPlan { plan { _, _ in } }

    func plan(_ change: (inout Mapping, inout RunOptions) -> Void) -> ReindexPlan {
        var (mapping, options) = (Mapping.scripted, Self.options)
        change(&mapping, &options)
        return ReindexPlan(mapping: mapping, source: .scripted, cluster: .scripted, templates: [], serving: [])
    }

    static var options: RunOptions {
        var options = RunOptions(host: "host", processID: 1, tool: "test")
        options.bodyByteCount = 700
        return options
    }

    /// One process, ready to run.
    func process(
        _ process: ScriptedProcess = .immortal, pid: Int = 1, stop: StopRequest = StopRequest(),
        reader: (any RowReader)? = nil, encoder: ScriptedEncoder = ScriptedEncoder(),
        _ change: (inout Mapping, inout RunOptions) -> Void = { _, _ in }
    ) -> Reindex {
        var (mapping, options) = (Mapping.scripted, Self.options)
        options.processID = pid
        change(&mapping, &options)
        let access = cluster.for(process, clock: clock)
        return Reindex(
            plan: ReindexPlan(mapping: mapping, source: .scripted, cluster: .scripted, templates: [], serving: []),
            options: options, encoder: encoder,
            makeReader: { [table] in reader ?? ScriptedRowReader(table, process: process) }, target: access,
            sink: access, store: store.for(process), progress: Progress(clocks: clock.clocks), clocks: clock.clocks,
            stop: stop)
    }

    // MARK: What must hold

    /// The alias points at exactly one index, which holds the table, and nothing of the load is left in it.
    func expectServed(
        without rejected: Set<Int> = [], _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let serving = cluster.serving("Shop")
        #expect(serving.count == 1, comment, sourceLocation: sourceLocation)
        guard let index = serving.first else { return }
        var expected: [String: String] = [:]
        for row in table.rows where !rejected.contains(row.key) {
            expected[String(row.key)] = ScriptedEncoder.document(of: row)
        }
        #expect(cluster.documents(of: index) == expected, comment, sourceLocation: sourceLocation)
        #expect(cluster[index]?.settings["index.refresh_interval"] == "5s", comment, sourceLocation: sourceLocation)
        #expect(cluster[index]?.settings["index.number_of_replicas"] == "1", comment, sourceLocation: sourceLocation)
        #expect(cluster[index]?.settings["index.hidden"] == false, comment, sourceLocation: sourceLocation)
        #expect(cluster[index].map { Array($0.aliases.keys) } == ["Shop"], comment, sourceLocation: sourceLocation)
    }

    var record: RunRecord? { store["run-Shop"].flatMap { try? $0.decode(RunRecord.self) } }
}

/// How a run ended, for comparing.
func ending(of reindex: Reindex) async -> Result<RunEnding.Facts?, any Error> {
    do {
        switch try await reindex.run() {
        case .done(let facts): return .success(facts)
        case .nothingToResume: return .success(nil)
        }
    } catch let failure as RunFailure {
        return .failure(failure.error)
    } catch {
        return .failure(error)
    }
}

func failure(of reindex: Reindex) async -> (any Error)? {
    if case .failure(let error) = await ending(of: reindex) { error } else { nil }
}

func unexpected(_ error: (any Error)?, sourceLocation: SourceLocation = #_sourceLocation) {
    Issue.record("another ending: \(error.map { "\($0)" } ?? "none")", sourceLocation: sourceLocation)
}
