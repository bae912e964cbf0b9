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
        guard let rows = try nextWhole() else { return nil }
        return FetchedRows(rows: rows)
    }

    /// As many rows as make `byteCount`; the rest of a FETCH stays with the server and in the socket until it is asked for.
    private func fetchSingly(rowCount: Int, byteCount: Int) throws(SourceError) -> FetchedRows? {
        let collected = CollectedRows(columnCount: fetchedColumnCount)
        while collected.rowCount == 0 {
            try sendAhead(rowCount)
            guard !outstanding.isEmpty else { return nil }
            while collected.rowCount < rowCount, collected.byteCount < byteCount, let row = try nextRow() {
                if collected.rowCount == 0 { try check(row) }
                collected.append(row)
            }
        }
        return FetchedRows(rows: collected)
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
        let collected = CollectedRows(columnCount: fetchedColumnCount)
        while let row = try nextRow() {
            if collected.rowCount == 0 { try check(row) }
            collected.append(row)
        }
        guard collected.rowCount > 0 else { return nil }
        adapt(to: collected, byteCount: byteCount)
        let children = try children(of: collected, shape: shape, nextRowCount: min(carefulRowCount, rowCount))
        return FetchedRows(rows: collected, children: children)
    }

    private func adapt(to rows: CollectedRows, byteCount: Int) {
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
        try withConnection { connection throws(SourceError) in
            for child in shape.children {
                let doing = "reading child \(child.description.name)"
                try connection.send(Statement(child.statement, keys, isBinary: true), doing: doing)
                try connection.synchronize(doing: doing)
            }
        }
        if !isAtEnd { try sendFetch(nextRowCount) }
        return try withConnection { connection throws(SourceError) in
            var children: [any RowStorage] = []
            for (index, child) in shape.children.enumerated() {
                let doing = "reading child \(child.description.name)"
                let rows = try connection.receive(child.statement, doing: doing)
                try connection.receiveSynchronization(doing: doing)
                try check(rows, ofChild: index)
                children.append(rows)
            }
            return children
        }
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
        try withConnection { connection throws(SourceError) in
            let fetch = Statement("fetch forward \(rowCount) from reindex_rows", isBinary: true)
            try connection.send(fetch, doing: Self.reading)
            try connection.synchronize(doing: Self.reading)
        }
        outstanding.append(rowCount)
    }

    /// All rows of the oldest FETCH, or nil where it brought none.
    private func nextWhole() throws(SourceError) -> ResultRows? {
        guard let wanted = outstanding.first else { return nil }
        let rows = try withConnection { connection throws(SourceError) in
            connection.gatherResult()
            let rows = try connection.receive(Self.anyFetch, doing: Self.reading)
            try connection.receiveSynchronization(doing: Self.reading)
            return rows
        }
        outstanding.removeFirst()
        if rows.rowCount < wanted { isAtEnd = true }
        try check(rows)
        return rows.rowCount == 0 ? nil : rows
    }

    /// The next row of the oldest FETCH, or nil behind its last one.
    func nextRow() throws(SourceError) -> ResultRows? {
        guard let wanted = outstanding.first else { return nil }
        let taken = rowsTaken ?? 0
        let isFirst = rowsTaken == nil
        let row = try withConnection { connection throws(SourceError) -> ResultRows? in
            if isFirst { try connection.takeRowsSingly(doing: Self.reading) }
            if let row = try connection.receiveRow(Self.anyFetch, doing: Self.reading) { return row }
            try connection.receiveSynchronization(doing: Self.reading)
            return nil
        }
        if let row {
            rowsTaken = taken + 1
            return row
        }
        rowsTaken = nil
        outstanding.removeFirst()
        if taken < wanted { isAtEnd = true }
        return nil
    }

    private static let reading = "reading rows"
    private static let anyFetch = WrappedQuery(prefix: "fetch", text: "", suffix: "")
}
