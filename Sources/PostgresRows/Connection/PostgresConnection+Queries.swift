internal import CPostgres
internal import ReindexCore

/// One statement: the text, with what is known of the user's part of it, and its values.
struct Statement {
    var query: WrappedQuery
    var parameters: [QueryParameter] = []
    /// Whether rows come in binary format.
    var isBinary = false

    init(_ query: WrappedQuery, _ parameters: [QueryParameter] = [], isBinary: Bool = false) {
        self.query = query
        self.parameters = parameters
        self.isBinary = isBinary
    }

    /// A statement that is all ours.
    init(_ sql: String, _ parameters: [QueryParameter] = [], isBinary: Bool = false) {
        self.init(WrappedQuery(prefix: sql, text: "", suffix: ""), parameters, isBinary: isBinary)
    }
}

extension PostgresConnection {
    /// Runs one statement and waits for all of its rows, which come in text format unless asked for.
    func run(_ statement: Statement, doing: String) throws(SourceError) -> ResultRows {
        try send(statement, doing: doing)
        return try unsafe checked(onlyResult(), doing: doing, query: statement.query)
    }

    /// Prepares the statement without running it, and tells its columns and the number of its parameters.
    func describe(_ query: WrappedQuery, parameters: [TypeOID] = [], doing: String) throws(SourceError) -> ResultRows {
        let types = parameters.map(\.number)
        return try inPipeline(doing: doing) { connection throws(SourceError) in
            guard unsafe PQsendPrepare(connection.handle, "", query.sql, Int32(types.count), types) == 1,
                unsafe PQsendDescribePrepared(connection.handle, "") == 1
            else { throw connection.lost(doing: doing) }
        } receive: { connection throws(SourceError) in
            _ = try connection.receive(query, doing: doing)
            return try connection.receive(query, doing: doing)
        }
    }

    /// Runs statements in one round trip and waits for all of them.
    func runTogether(_ statements: [Statement], doing: String) throws(SourceError) -> [ResultRows] {
        try inPipeline(doing: doing) { connection throws(SourceError) in
            for statement in statements { try connection.send(statement, doing: doing) }
        } receive: { connection throws(SourceError) in
            var results: [ResultRows] = []
            for statement in statements { results.append(try connection.receive(statement.query, doing: doing)) }
            return results
        }
    }

    /// One round trip. Where a statement fails the connection is as before it. Where one cannot even be sent it is worth
    /// nothing, and nobody waits for answers: the server gives none before it is told that the group ends.
    private func inPipeline<Value>(
        doing: String, send: (borrowing PostgresConnection) throws(SourceError) -> Void,
        receive: (borrowing PostgresConnection) throws(SourceError) -> Value
    ) throws(SourceError) -> Value {
        try enterPipeline(doing: doing)
        defer { unsafe PQexitPipelineMode(handle) }
        try send(self)
        try synchronize(doing: doing)
        do throws(SourceError) {
            let value = try receive(self)
            try receiveSynchronization(doing: doing)
            return value
        } catch {
            skipToSynchronization()
            throw error
        }
    }

    /// After a statement failed: the others of its group are answered with that they were not run.
    private func skipToSynchronization() {
        var endCount = 0
        // A null pointer ends each statement's results; two in a row, and nothing is out any more.
        while endCount < 2, !isBroken {
            guard let result = unsafe PQgetResult(handle) else {
                endCount += 1
                continue
            }
            endCount = 0
            let isEnd = unsafe PQresultStatus(result) == PGRES_PIPELINE_SYNC
            unsafe PQclear(result)
            if isEnd { return }
        }
    }

    /// The first result of a statement, and no other: where the server closes the connection it says why in the first
    /// one, and PQexec would return the last, which says only that it is closed.
    private func onlyResult() -> OpaquePointer? {
        let first = unsafe PQgetResult(handle)
        while let more = unsafe PQgetResult(handle) { unsafe PQclear(more) }
        return unsafe first
    }

    private func checked(
        _ result: OpaquePointer?, doing: String, query: WrappedQuery
    ) throws(SourceError) -> ResultRows {
        guard let result = unsafe result else { throw lost(doing: doing) }
        let rows = unsafe ResultRows(result)
        switch rows.status {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_SINGLE_TUPLE: return rows
        default: throw SourceError(rows, on: self, doing: doing, query: query)
        }
    }

    private func lost(doing: String) -> SourceError {
        SourceError(isBroken ? .connectionLost : .outOfMemory, doing: doing, message: errorMessage.onOneLine)
    }
}

// Pipeline mode: statements are sent without waiting, and answered in their order. Source: PostgreSQL manual, "Pipeline Mode".
extension PostgresConnection {
    func enterPipeline(doing: String) throws(SourceError) {
        guard unsafe PQenterPipelineMode(handle) == 1 else { throw lost(doing: doing) }
    }

    /// For statements that wait for their answer. Nothing may be out.
    func leavePipeline(doing: String) throws(SourceError) {
        guard unsafe PQexitPipelineMode(handle) == 1 else { throw lost(doing: doing) }
    }

    /// Queues a statement; it leaves with the next ``synchronize(doing:)``.
    func send(_ statement: Statement, doing: String) throws(SourceError) {
        let isSent = unsafe BoundParameters(statement.parameters).lend { count, types, values, lengths, formats in
            unsafe PQsendQueryParams(
                handle, statement.query.sql, count, types, values, lengths, formats, statement.isBinary ? 1 : 0)
        }
        guard isSent == 1 else { throw lost(doing: doing) }
    }

    /// Ends a group of statements, and sends all that is queued.
    func synchronize(doing: String) throws(SourceError) {
        guard unsafe PQpipelineSync(handle) == 1 else { throw lost(doing: doing) }
    }

    /// Waits for the whole result of the oldest statement.
    func receive(_ query: WrappedQuery, doing: String) throws(SourceError) -> ResultRows {
        let rows = try unsafe checked(PQgetResult(handle), doing: doing, query: query)
        try receiveEnd(doing: doing)
        return rows
    }

    /// The rows of the oldest statement shall come one at a time. To be called before its first ``receiveRow(_:doing:)``.
    func takeRowsSingly(doing: String) throws(SourceError) {
        guard unsafe PQsetSingleRowMode(handle) == 1 else { throw lost(doing: doing) }
    }

    /// The next row of the oldest statement, or nil behind the last one.
    func receiveRow(_ query: WrappedQuery, doing: String) throws(SourceError) -> ResultRows? {
        let row = try unsafe checked(PQgetResult(handle), doing: doing, query: query)
        if row.status == PGRES_SINGLE_TUPLE { return row }
        try receiveEnd(doing: doing)
        return nil
    }

    /// Waits for the answer to ``synchronize(doing:)``.
    func receiveSynchronization(doing: String) throws(SourceError) {
        guard let result = unsafe PQgetResult(handle) else { throw lost(doing: doing) }
        let rows = unsafe ResultRows(result)
        guard rows.status == PGRES_PIPELINE_SYNC else { throw SourceError(rows, on: self, doing: doing, query: nil) }
    }

    /// The null pointer behind the last result of a statement.
    private func receiveEnd(doing: String) throws(SourceError) {
        guard let result = unsafe PQgetResult(handle) else { return }
        throw SourceError(unsafe ResultRows(result), on: self, doing: doing, query: nil)
    }
}
