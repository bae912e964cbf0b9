import Synchronization
import Testing

@testable import ReindexCore

/// An application that writes while an index that serves is brought up to date.
@Suite(.timeLimit(.minutes(5))) struct LiveWritersTests {
    /// Each snapshot sees a row whose deletion, and that of its document, comes right behind it.
    @Test func `a row that is deleted between our reading and our writing does not come back`() async throws {
        let world = RunWorld(rows: 100)
        let reader = HauntedReader(world.table)
        let ended = await failure(of: world.process(reader: reader) { mapping, _ in mapping.writers = .alias })
        #expect(ended == nil)
        #expect(reader.ghosts > 5, "each round of the after-round saw another one")
        reader.layGhosts()
        world.expectServed()
    }

    @Test func `a row that OpenSearch refuses behind the alias is recorded, and ends with what is allowed`()
        async throws
    {
        let world = RunWorld(keys: 0..<100, refusing: [])
        let table = world.table
        // It changes with the alias: only the after-round sees it.
        let reader = HauntedReader(table) { opens in
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

/// Reads the table as it is at each moment, with what the test does right before.
private final class HauntedReader: RowReader {
    private let table: ScriptedTable
    private let inner: ScriptedRowReader
    private let before: (@Sendable (_ opens: Int) -> Void)?
    private let count = Mutex(0)

    private static let firstGhost = 1000

    /// - Parameter before: nil puts another row into each snapshot, and takes the one before out of the table.
    init(_ table: ScriptedTable, before: (@Sendable (_ opens: Int) -> Void)? = nil) {
        self.table = table
        self.before = before
        inner = ScriptedRowReader(table)
    }

    var ghosts: Int { count.withLock { $0 } }

    func layGhosts() { table.change { $0.removeAll { $0.key >= Self.firstGhost } } }

    func open(_ range: KeyRange, in snapshot: SnapshotChoice) async throws(SourceError) -> ExportedSnapshot? {
        let number = count.withLock { count in
            count += 1
            return count
        }
        if let before {
            before(number)
        } else {
            layGhosts()
            table.change { $0.append(ScriptedRow(key: Self.firstGhost + number, payload: "ghost")) }
        }
        return try await inner.open(range, in: snapshot)
    }

    func mark() async -> SnapshotMark? { await inner.mark() }

    func cuts(_ count: Int, of range: KeyRange) async throws(SourceError) -> [KeyPlace] {
        try await inner.cuts(count, of: range)
    }

    func fetch(rowCount: Int, byteCount: Int) async throws(SourceError) -> FetchedRows? {
        try await inner.fetch(rowCount: rowCount, byteCount: byteCount)
    }

    func close() async { await inner.close() }
}
