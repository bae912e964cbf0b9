import Synchronization
import Testing

@testable import ReindexCore

/// An application that writes while an index that serves is brought up to date.
@Suite(.timeLimit(.minutes(5))) struct LiveWritersTests {
    /// There is always one row whose deletion, and that of its document, comes right behind its first reading.
    @Test func `a row that is deleted between our reading and our writing does not come back`() async throws {
        let world = RunWorld(rows: 100)
        let (table, cluster) = (world.table, world.cluster)
        let ghost = Mutex(1000)
        @Sendable func exorcise() { table.change { $0.removeAll { $0.key >= 1000 } } }
        let reader = PreparedReader(table) {
            guard let index = cluster.serving("Shop").first else { return }
            exorcise()
            let key = ghost.withLock { key in
                if cluster.documents(of: index)[String(key)] != nil { key += 1 }
                return key
            }
            table.change { $0.append(ScriptedRow(key: key, payload: "deleted since")) }
        }
        let ended = await failure(of: world.process(reader: reader) { mapping, _ in mapping.writers = .alias })
        #expect(ended == nil)
        #expect(ghost.withLock { $0 } > 1003, "each round of the after-round made another one")
        exorcise()
        world.expectServed()
    }

    @Test func `a row that OpenSearch refuses behind the alias is recorded, and ends with what is allowed`()
        async throws
    {
        let world = RunWorld(keys: 0..<100, refusing: [])
        let table = world.table
        // It changes with the alias: only the after-round sees it.
        let reader = PreparedReader(table) {
            if !world.cluster.serving("Shop").isEmpty { table.change { $0[7].payload = ScriptedRow.refused } }
        }
        let ended = await failure(of: world.process(reader: reader) { mapping, _ in mapping.writers = .alias })
        guard case RunError.rejectedWhileServing(count: 1, limit: 0)? = ended else { return unexpected(ended) }
        #expect(world.record?.state == .promoted)
        let run = try #require(world.record?.run)
        let recorded = try await RejectionPages.load(run: run, from: world.store.for(.immortal)).all
        #expect(recorded.map(\.id) == ["7"])
        world.expectServed(without: [7])
    }
}

/// Reads the table as it is when a snapshot is taken, right after what the test does before.
private final class PreparedReader: RowReader {
    private let inner: ScriptedRowReader
    private let prepare: @Sendable () -> Void

    init(_ table: ScriptedTable, prepare: @escaping @Sendable () -> Void) {
        inner = ScriptedRowReader(table)
        self.prepare = prepare
    }

    func open(_ range: KeyRange, in snapshot: SnapshotChoice) async throws(SourceError) -> ExportedSnapshot? {
        prepare()
        return try await inner.open(range, in: snapshot)
    }

    func mark() async -> SnapshotMark? { await inner.mark() }

    func cuts(_ count: Int, of range: KeyRange) async throws(SourceError) -> [KeyPlace] {
        try await inner.cuts(count, of: range)
    }

    func lie(
        _ keys: [[String]], from first: [String], through last: [String]
    ) async throws(SourceError) -> [Bool] { try await inner.lie(keys, from: first, through: last) }

    func fetch(rowCount: Int, byteCount: Int) async throws(SourceError) -> FetchedRows? {
        try await inner.fetch(rowCount: rowCount, byteCount: byteCount)
    }

    func close() async { await inner.close() }
}
