internal import ReindexCore

extension ReadingSession {
    /// The next rows, or nil at the end.
    func fetch(rowCount: Int, byteCount: Int) throws(SourceError) -> FetchedRows? {
        if let ahead {
            self.ahead = nil
            return try ahead.get()
        }
        return try read(rowCount: rowCount, byteCount: byteCount)
    }

    /// Takes the next FETCH's rows from the connection before they are asked for.
    ///
    /// Not where rows may be large or have children: a second batch of those in memory costs more than it saves.
    func readAhead(rowCount: Int, byteCount: Int) {
        guard ahead == nil, let shape, !description.hasLargeValues, shape.children.isEmpty else { return }
        interruption.beginBlocking()
        defer { interruption.endBlocking() }
        ahead = Result { () throws(SourceError) in try read(rowCount: rowCount, byteCount: byteCount) }
    }

    private func read(rowCount: Int, byteCount: Int) throws(SourceError) -> FetchedRows? {
        do throws(SourceError) {
            guard let shape else {
                throw SourceError(.connectionLost, doing: Self.reading, message: "the cursor is not open")
            }
            let rows = try next(rowCount: max(rowCount, 1), byteCount: byteCount, shape: shape)
            // At the end a FETCH may be out that brings nothing: taken, so that closing has nothing to cancel.
            if rows == nil { try drain() }
            return rows
        } catch {
            throw failed(error)
        }
    }

    private func next(rowCount: Int, byteCount: Int, shape: SourceShape) throws(SourceError) -> FetchedRows? {
        switch (description.hasLargeValues, shape.children.isEmpty) {
        case (false, true): try fetchWhole(rowCount: rowCount)
        case (true, true): try fetchSingly(rowCount: rowCount, byteCount: byteCount)
        case (false, false): try fetchWithChildren(rowCount: rowCount, shape: shape)
        case (true, false): try fetchCarefully(rowCount: rowCount, byteCount: byteCount, shape: shape)
        }
    }

    private func fetchWhole(rowCount: Int) throws(SourceError) -> FetchedRows? {
        try sendAhead(rowCount)
        return try nextWhole().map { FetchedRows(rows: $0) }
    }

    /// As many rows as make `byteCount`; the rest of a FETCH stays with the server and in the socket until it is asked for.
    private func fetchSingly(rowCount: Int, byteCount: Int) throws(SourceError) -> FetchedRows? {
        while true {
            try sendAhead(rowCount)
            guard !outstanding.isEmpty else { return nil }
            if let rows = try nextRows(rowCount: rowCount, byteCount: byteCount) { return FetchedRows(rows: rows) }
        }
    }

    private func fetchWithChildren(rowCount: Int, shape: SourceShape) throws(SourceError) -> FetchedRows? {
        if outstanding.isEmpty, !isAtEnd { try sendFetch(rowCount) }
        guard let rows = try nextWhole() else { return nil }
        return FetchedRows(rows: rows, children: try children(of: rows, shape: shape, nextRowCount: rowCount))
    }

    /// Children can only be asked for behind a whole FETCH, so its size is felt out: twice as many rows after a small
    /// one, fewer after one that was larger than wanted.
    private func fetchCarefully(rowCount: Int, byteCount: Int, shape: SourceShape) throws(SourceError) -> FetchedRows? {
        if outstanding.isEmpty, !isAtEnd { try sendFetch(min(carefulRowCount, rowCount)) }
        guard !outstanding.isEmpty else { return nil }
        guard let rows = try nextRows(rowCount: .max, byteCount: .max) else { return nil }
        adapt(to: rows, byteCount: byteCount)
        let children = try children(of: rows, shape: shape, nextRowCount: min(carefulRowCount, rowCount))
        return FetchedRows(rows: rows, children: children)
    }

    private func adapt(to rows: any RowStorage, byteCount: Int) {
        if rows.byteCount > byteCount {
            carefulRowCount = max(1, rows.rowCount * max(byteCount, 1) / rows.byteCount / 2)
        } else if rows.byteCount < byteCount / 2 {
            carefulRowCount = min(carefulRowCount * 2, 100_000)
        }
    }

    /// Sends the children's queries and behind them the next FETCH, then waits for the children.
    private func children(
        of rows: any RowStorage, shape: SourceShape, nextRowCount: Int
    ) throws(SourceError) -> [any RowStorage] {
        let keys = shape.rows.keyArrays(of: rows)
        for child in shape.children {
            let doing = "reading child \(child.description.name)"
            try send(Statement(child.statement, keys, isBinary: true), doing: doing)
        }
        if !isAtEnd { try sendFetch(nextRowCount) }
        var children: [any RowStorage] = []
        for (index, child) in shape.children.enumerated() {
            let doing = "reading child \(child.description.name)"
            let rows = try answer(to: child.statement, doing: doing)
            try check(rows, ofChild: index)
            children.append(rows)
        }
        return children
    }

    /// Has two FETCHes out. Where the second cannot be sent, what the server said last is still to be read: why it closed.
    private func sendAhead(_ rowCount: Int) throws(SourceError) {
        while outstanding.count < 2, !isAtEnd {
            do throws(SourceError) {
                try sendFetch(rowCount)
            } catch {
                if outstanding.isEmpty { throw error }
                return
            }
        }
    }

    private func sendFetch(_ rowCount: Int) throws(SourceError) {
        try send(Statement("fetch forward \(rowCount) from reindex_rows", isBinary: true), doing: Self.reading)
        outstanding.append(rowCount)
    }

    /// All rows of the oldest FETCH, or nil where it brought none.
    private func nextWhole() throws(SourceError) -> (any TypedRows)? {
        guard let wanted = outstanding.first else { return nil }
        let rows = try answer(to: Self.anyFetch, doing: Self.reading)
        outstanding.removeFirst()
        if rows.rowCount < wanted { isAtEnd = true }
        guard rows.rowCount > 0 else { return nil }
        try check(rows)
        return rows
    }

    /// Rows of the oldest FETCH that were not taken yet, or nil behind its last one.
    func nextRows(rowCount: Int, byteCount: Int) throws(SourceError) -> (any TypedRows)? {
        guard let wanted = outstanding.first else { return nil }
        let (rows, isComplete) = try someRows(
            rowCount: rowCount, byteCount: byteCount, query: Self.anyFetch, doing: Self.reading)
        rowsTaken += rows?.rowCount ?? 0
        if isComplete {
            if rowsTaken < wanted { isAtEnd = true }
            rowsTaken = 0
            outstanding.removeFirst()
        }
        if let rows { try check(rows) }
        return rows
    }

    private static let reading = "reading rows"
    private static let anyFetch = WrappedQuery(prefix: "fetch", text: "", suffix: "")
}
