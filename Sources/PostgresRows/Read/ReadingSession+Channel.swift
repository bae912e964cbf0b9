internal import ReindexCore

/// Statements and their rows: by the ``WireChannel``, or by libpq where the connection is encrypted.
extension ReadingSession {
    /// Sends one statement with its own synchronization.
    func send(_ statement: Statement, doing: String) throws(SourceError) {
        if let wire {
            wire.send(statement)
            return try wire.synchronize(doing: doing)
        }
        try withConnection { connection throws(SourceError) in
            try connection.send(statement, doing: doing)
            try connection.synchronize(doing: doing)
        }
    }

    /// All rows of the oldest statement that is out.
    func answer(to query: WrappedQuery, doing: String) throws(SourceError) -> any TypedRows {
        if let wire { return try wire.answer(to: query, doing: doing) }
        return try withConnection { connection throws(SourceError) in
            let rows = try connection.receive(query, doing: doing)
            try connection.receiveSynchronization(doing: doing)
            return rows
        }
    }

    /// Some rows of the oldest statement, taken as they come: never many more in memory than asked for.
    /// - Returns: the rows, if any, and whether they are its last.
    func someRows(
        rowCount: Int, byteCount: Int, query: WrappedQuery, doing: String
    ) throws(SourceError) -> (rows: (any TypedRows)?, isComplete: Bool) {
        if let wire {
            let (rows, isComplete) = try wire.rows(rowCount: rowCount, byteCount: byteCount, query: query, doing: doing)
            if isComplete { try wire.receiveSynchronization(doing: doing) }
            return (rows, isComplete)
        }
        let collected = CollectedRows(columnCount: fetchedColumnCount)
        let isComplete = try withConnection { connection throws(SourceError) in
            if !takesSingly { try connection.takeRowsSingly(doing: doing) }
            takesSingly = true
            while collected.rowCount < rowCount, collected.byteCount < byteCount {
                guard let row = try connection.receiveRow(query, doing: doing) else {
                    takesSingly = false
                    try connection.receiveSynchronization(doing: doing)
                    return true
                }
                collected.append(row)
            }
            return false
        }
        return (collected.rowCount > 0 ? collected : nil, isComplete)
    }
}
