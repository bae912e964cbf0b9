package import ReindexCore

/// One connection to PostgreSQL on a thread of its own: a snapshot and a cursor over one range in key order.
///
/// Not re-entrant, but for ``close()``, which may come while a FETCH runs and ends it.
package final class PostgresRowReader: RowReader {
    private let session: ReadingSession
    private let thread = ReaderThread()

    init(session: ReadingSession) { self.session = session }

    package func open(_ range: KeyRange, in snapshot: SnapshotChoice) async throws(SourceError) -> ExportedSnapshot? {
        session.interruption.reset()
        return try await run { session throws(SourceError) in try session.open(range, in: snapshot) }
    }

    package func mark() async -> SnapshotMark? {
        try? await run { session throws(SourceError) in session.mark }
    }

    package func cuts(_ count: Int, of range: KeyRange) async throws(SourceError) -> [KeyPlace] {
        session.interruption.reset()
        async let _: Void = interrupt(after: range == .all ? nil : Self.cutPatience)
        return try await run { session throws(SourceError) in try session.cuts(count, of: range) }
    }

    package func lie(
        _ keys: [[String]], from first: [String], through last: [String]
    ) async throws(SourceError) -> [Bool] {
        session.interruption.reset()
        return try await run { session throws(SourceError) in try session.lie(keys, from: first, through: last) }
    }

    private static let cutPatience = Duration.seconds(5)

    /// Until it is cancelled, as the end of the scope that began it does.
    private func interrupt(after patience: Duration?) async {
        guard let patience, (try? await Task.sleep(for: patience)) != nil else { return }
        session.interruption.fire()
    }

    package func fetch(rowCount: Int, byteCount: Int) async throws(SourceError) -> FetchedRows? {
        try await run { [thread] session throws(SourceError) in
            let rows = try session.fetch(rowCount: rowCount, byteCount: byteCount)
            // The thread goes on by itself while these rows are used: it would else sleep until it is asked again.
            if rows != nil { _ = thread.later { session.readAhead(rowCount: rowCount, byteCount: byteCount) } }
            return rows
        }
    }

    /// Ends the connection; the reader may be opened again.
    package func close() async {
        session.interruption.fire()
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isTaken = thread.later { [session] in
                // A statement that still runs is cancelled afterwards, for that may take long where the network is gone.
                if session.isIdle { session.end() }
                continuation.resume()
                session.end()
            }
            if !isTaken { continuation.resume() }
        }
    }

    /// A task that is cancelled does not wait for the server.
    private func run<Value: Sendable>(
        _ work: @escaping @Sendable (ReadingSession) throws(SourceError) -> Value
    ) async throws(SourceError) -> Value {
        session.interruption.beginBlocking()
        defer { session.interruption.endBlocking() }
        let outcome = await withTaskCancellationHandler {
            await thread.result { [session] () throws(SourceError) in try work(session) }
        } onCancel: {
            session.interruption.fire()
        }
        if case .failure = outcome, session.interruption.isFired { _ = thread.later { [session] in session.end() } }
        return try outcome.get()
    }
}
