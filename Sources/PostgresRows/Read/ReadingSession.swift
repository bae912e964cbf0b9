internal import ReindexCore

/// What a reader does on its thread: one connection in pipeline mode, one transaction, one cursor.
///
/// Two FETCHes are out at any time: the one whose rows are waited for, and the next, so that the server is at work
/// while these rows are encoded. Statements are answered in order, so the children of a batch have to be asked for
/// before the next FETCH: with children that one follows behind them.
final class ReadingSession: @unchecked Sendable {
    // Sendable because all but `interruption` is touched on its reader's thread only.
    let source: PostgresSource
    let description: SourceDescription
    let interruption = Interruption()
    private var connection: PostgresConnection?
    var shape: SourceShape?
    /// The types of the columns fetched, as of the first description: other ones would be read wrongly.
    private var fetchedTypes: [TypeOID] = []
    /// The same for each child.
    private var childTypes: [[TypeOID]] = []
    /// The sizes of the FETCHes that are out, oldest first.
    var outstanding: [Int] = []
    /// Rows of the oldest FETCH that came already; nil before the first one was asked for singly.
    var rowsTaken: Int?
    var isAtEnd = false
    /// What the thread read before it was asked for: rows, the end, or why there are none.
    var ahead: Result<FetchedRows?, SourceError>?
    /// How many rows the next FETCH takes where rows may be large and have children.
    var carefulRowCount = 16

    init(source: PostgresSource, description: SourceDescription) {
        self.source = source
        self.description = description
    }

    private var wasInterrupted = false

    /// Nothing is out that the server would have to be told to give up.
    var isIdle: Bool { outstanding.isEmpty && !wasInterrupted }

    /// Takes a new snapshot, with a new connection where there is none, and opens the cursor.
    func open(from place: KeyPlace?, through end: KeyPlace?) throws(SourceError) {
        do throws(SourceError) {
            ahead = nil
            try drain()
            let isNew = connection == nil
            if isNew { try connect() }
            let shape = try currentShape()
            if isNew {
                try withConnection { connection throws(SourceError) in try connection.enterPipeline(doing: Self.opening)
                }
            }
            let range: RowSelect.Range =
                switch (place, end) {
                case (nil, nil): .all
                case (_?, nil): .from
                case (nil, _?): .through
                case (_?, _?): .between
                }
            let cursor = shape.rows.ordered(range).preceded(by: "declare reindex_rows no scroll cursor for ")
            let declare = Statement(cursor, shape.rows.parameters(place, end))
            try begin(with: declare)
            isAtEnd = false
        } catch {
            throw failed(error)
        }
    }

    /// Ends the connection, and before that what still runs.
    func end() {
        guard connection != nil else { return }
        if !isIdle {
            try? withConnection { connection throws(SourceError) in connection.requestCancel() }
        }
        disconnect()
    }

    /// Runs with the connection.
    func withConnection<Value>(
        _ use: (borrowing PostgresConnection) throws(SourceError) -> Value
    ) throws(SourceError) -> Value {
        switch connection {
        case .some(let connection): return try use(connection)
        case .none: throw SourceError(.connectionLost, doing: Self.opening, message: "there is no connection")
        }
    }

    /// After an error the transaction is worth nothing: the next `open` begins with a new connection.
    ///
    /// Who interrupted waits for this error: the server is told to give up later, in ``end()``.
    func failed(_ error: SourceError) -> SourceError {
        wasInterrupted = interruption.isFired
        if !wasInterrupted { disconnect() }
        return error
    }

    /// The columns may have been altered since they were described, between two snapshots.
    func check(_ rows: ResultRows, ofChild child: Int? = nil) throws(SourceError) {
        let types = child.map { childTypes[$0] } ?? fetchedTypes
        guard rows.columnCount == types.count, types.indices.allSatisfy({ rows.type(ofColumn: $0) == types[$0] })
        else { throw Self.changed }
    }

    private func connect() throws(SourceError) {
        let opened = try PostgresConnection.open(source.settings)
        interruption.watch(opened.socket)
        connection = consume opened
        try withConnection { connection throws(SourceError) in try ServerDescription.check(connection) }
    }

    private func disconnect() {
        interruption.watch(nil)
        connection = nil
        outstanding = []
        rowsTaken = nil
        wasInterrupted = false
    }

    /// Described in a snapshot of its own, which the one of the cursor then replaces.
    private func currentShape() throws(SourceError) -> SourceShape {
        if let shape { return shape }
        let (shape, types) = try withConnection { connection throws(SourceError) -> (SourceShape, [[TypeOID]]) in
            try source.snapshot.begin(on: connection)
            let shape = try source.shape(on: connection)
            var fetched = [try connection.describe(shape.rows.ordered(.all), doing: "describing the query")]
            for child in shape.children {
                fetched.append(
                    try connection.describe(
                        child.statement, parameters: shape.rows.keyArrayTypes,
                        doing: "describing child \(child.description.name)"))
            }
            _ = try connection.run(Statement("rollback"), doing: Self.opening)
            return (shape, fetched.map { $0.columns.map(\.type) })
        }
        guard shape.rows.columns == description.columns, shape.rows.keyColumns == description.keyColumns,
            shape.children.map(\.description.columns) == description.children.map(\.columns)
        else { throw Self.changed }
        self.shape = shape
        fetchedTypes = types[0]
        childTypes = Array(types.dropFirst())
        return shape
    }

    /// Ends the previous transaction, if any, begins the next and opens the cursor, all in one round trip.
    private func begin(with declare: Statement) throws(SourceError) {
        let snapshot = source.snapshot
        try withConnection { connection throws(SourceError) in
            let end = connection.isInTransaction ? [Statement("rollback")] : []
            let statements = end + snapshot.statements + [declare]
            for statement in statements { try connection.send(statement, doing: Self.opening) }
            try connection.synchronize(doing: Self.opening)
            for statement in statements { _ = try connection.receive(statement.query, doing: Self.opening) }
            try connection.receiveSynchronization(doing: Self.opening)
        }
    }

    /// Takes what the cursor still sends.
    func drain() throws(SourceError) {
        guard connection != nil, !outstanding.isEmpty else { return }
        while !outstanding.isEmpty {
            while try nextRow() != nil {}
        }
    }

    private static let opening = "opening the cursor"
    private static let changed = SourceError(
        .query(position: nil), doing: "opening the cursor",
        message: "the query's columns have changed since they were described",
        hint: "run again")
}
