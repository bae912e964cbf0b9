internal import ReindexCore

/// What a reader does on its thread: one connection in pipeline mode, one transaction, one cursor at a time.
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
    private var address: ServerAddress?
    private var isInPipeline = false
    private var hasCursor = false
    /// Whether this role may export snapshots, as most may.
    private var mayExport = true
    var shape: SourceShape?
    /// Of the open cursor.
    private var order = RowOrder.key
    /// The types of the columns fetched, as of the first description: other ones would be read wrongly.
    private var fetchedTypes: [TypeOID] = []
    /// The same for each child.
    private var childTypes: [[TypeOID]] = []
    /// The sizes of the FETCHes that are out, oldest first.
    var outstanding: [Int] = []
    /// Rows of the oldest FETCH that were taken already.
    var rowsTaken = 0
    /// Whether libpq gives out the oldest FETCH's rows singly.
    var takesSingly = false
    /// Nil where the connection is encrypted, and libpq reads the rows.
    private(set) var wire: WireChannel?
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
    /// What the snapshot that this session took sees.
    private(set) var mark: SnapshotMark?

    /// Nothing is out that the server would have to be told to give up.
    var isIdle: Bool { outstanding.isEmpty && !wasInterrupted }

    /// Opens the cursor, in a new transaction unless it is to be the one that the connection is in.
    /// - Returns: the snapshot, where it was to be exported.
    func open(_ range: KeyRange, in snapshot: SnapshotChoice) throws(SourceError) -> ExportedSnapshot? {
        do throws(SourceError) {
            ahead = nil
            try drain()
            if case .exported(let exported) = snapshot, address != exported.server { disconnect() }
            if connection == nil { try connect(for: snapshot) }
            let shape = try currentShape()
            try enterPipeline()
            order = range.order
            let cursor = shape.rows.ordered(range).preceded(by: "declare reindex_rows no scroll cursor for ")
            let exported = try begin(snapshot, with: Statement(cursor, shape.rows.parameters(range)))
            hasCursor = true
            isAtEnd = false
            return exported
        } catch {
            let mayRepeat = mayExport && error.kind == .notAllowed && error.message.contains("pg_export_snapshot")
            guard case .new(isExported: true) = snapshot, mayRepeat else { throw failed(error) }
            // Then each reader has a snapshot of its own.
            mayExport = false
            disconnect()
            return try open(range, in: snapshot)
        }
    }

    /// Places that cut a range into parts of about equal rows: see ``KeySample``.
    func cuts(_ count: Int, of range: KeyRange) throws(SourceError) -> [KeyPlace] {
        do throws(SourceError) {
            ahead = nil
            try drain()
            if connection == nil { try connect(for: .new(isExported: false)) }
            let shape = try currentShape()
            return try outsidePipeline { connection throws(SourceError) in
                let isOwn = !connection.isInTransaction
                if isOwn { try source.snapshot.begin(on: connection) }
                let cuts =
                    switch range.order {
                    case .key:
                        try KeySample(shape: shape, description: description).cuts(count, of: range, on: connection)
                    case .physical: try BlockCut(shape: shape).cuts(count, of: range, on: connection)
                    }
                if isOwn { _ = try connection.run(Statement("rollback"), doing: Self.opening) }
                return cuts
            }
        } catch {
            throw failed(error)
        }
    }

    /// Which keys lie in an interval: see ``KeyInterval``. Nothing is open: a value that is none would end a transaction.
    func lie(_ keys: [[String]], from first: [String], through last: [String]) throws(SourceError) -> [Bool] {
        do throws(SourceError) {
            if connection == nil { try connect(for: .new(isExported: false)) }
            let shape = try currentShape()
            return try outsidePipeline { connection throws(SourceError) in
                try KeyInterval(shape: shape, first: first, last: last).holds(keys, on: connection)
            }
        } catch {
            throw failed(error)
        }
    }

    /// Behind the columns there is the `ctid` in physical order.
    var fetchedColumnCount: Int { description.columns.count + (order == .physical ? 1 : 0) }

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
        guard error.sqlState == SourceError.lockTimeout else { return error }
        let what =
            switch source.rules.rows {
            case .table(let table): table
            case .query: "a table of the query"
            }
        return SourceError(
            error.kind, doing: error.doing,
            message: "waiting for a lock on \(what): another session has it, or waits for it before us",
            sqlState: error.sqlState)
    }

    /// The columns may have been altered since they were described, between two snapshots.
    func check(_ rows: any TypedRows, ofChild child: Int? = nil) throws(SourceError) {
        var types = child.map { childTypes[$0] } ?? fetchedTypes
        if child == nil, order == .physical { types.append(.tupleID) }
        guard rows.columnTypes == types else { throw Self.changed }
    }

    private func connect(for snapshot: SnapshotChoice) throws(SourceError) {
        var wanted: ServerAddress?
        if case .exported(let exported) = snapshot { wanted = exported.server }
        let opened = try PostgresConnection.open(source.settings, at: wanted)
        interruption.watch(opened.socket)
        address = wanted ?? opened.address
        wire = opened.isEncrypted ? nil : WireChannel(socket: opened.socket)
        connection = consume opened
        try withConnection { connection throws(SourceError) in try ServerDescription.check(connection) }
    }

    private func enterPipeline() throws(SourceError) {
        guard !isInPipeline else { return }
        try withConnection { connection throws(SourceError) in try connection.enterPipeline(doing: Self.opening) }
        isInPipeline = true
    }

    /// Runs with the connection where statements wait for their answers. Nothing may be out.
    private func outsidePipeline<Value>(
        _ use: (borrowing PostgresConnection) throws(SourceError) -> Value
    ) throws(SourceError) -> Value {
        if isInPipeline {
            try withConnection { connection throws(SourceError) in try connection.leavePipeline(doing: Self.opening) }
            isInPipeline = false
        }
        return try withConnection(use)
    }

    private func disconnect() {
        interruption.watch(nil)
        wire = nil
        connection = nil
        address = nil
        isInPipeline = false
        hasCursor = false
        outstanding = []
        rowsTaken = 0
        takesSingly = false
        wasInterrupted = false
    }

    /// Described in a snapshot of its own, which the one of the cursor then replaces.
    private func currentShape() throws(SourceError) -> SourceShape {
        if let shape { return shape }
        let (shape, types) = try withConnection { connection throws(SourceError) -> (SourceShape, [[TypeOID]]) in
            try source.snapshot.begin(on: connection)
            let shape = try source.shape(on: connection)
            var fetched = [try connection.describe(shape.rows.all, doing: "describing the query")]
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

    /// Ends the previous transaction or cursor, if any, and opens the next, all in one round trip.
    private func begin(_ choice: SnapshotChoice, with declare: Statement) throws(SourceError) -> ExportedSnapshot? {
        var statements: [Statement] = []
        var (joins, exports) = (-1, -1)
        let endsBefore = endOfTransaction.count
        switch choice {
        case .own:
            guard isInTransaction else {
                throw SourceError(.connectionLost, doing: Self.opening, message: "the transaction is over")
            }
            if hasCursor { statements.append(Statement("close reindex_rows")) }
        case .new(let isExported):
            statements =
                endOfTransaction + source.snapshot.statements(tellsTimeline: description.tellsTimeline)
            if isExported, mayExport {
                exports = statements.count
                statements.append(Snapshot.export)
            }
        case .exported(let exported):
            statements = endOfTransaction
            joins = statements.count + 1
            statements += source.snapshot.statements(joining: exported)
        }
        statements.append(declare)
        if let table = shape?.rows.plainTable { statements.append(Snapshot.oid(of: table)) }
        hasCursor = false
        let answers = try answers(to: statements, joiningAt: joins)
        if case .new = choice {
            let settings = answers[endsBefore + source.snapshot.statements().count - 1]
            let table = shape?.rows.plainTable.flatMap { _ in answers.last?.text(0, 0) }
            mark = source.snapshot.mark(settings, table: table)
        }
        guard exports >= 0, let id = answers[exports].text(0, 0), let address else { return nil }
        return ExportedSnapshot(id: id, server: address)
    }

    private var endOfTransaction: [Statement] { isInTransaction ? [Statement("rollback")] : [] }

    private var isInTransaction: Bool {
        (try? withConnection { connection throws(SourceError) in connection.isInTransaction }) ?? false
    }

    private func answers(to statements: [Statement], joiningAt join: Int) throws(SourceError) -> [ResultRows] {
        try withConnection { connection throws(SourceError) in
            for statement in statements { try connection.send(statement, doing: Self.opening) }
            try connection.synchronize(doing: Self.opening)
            var answers: [ResultRows] = []
            for (index, statement) in statements.enumerated() {
                do throws(SourceError) {
                    answers.append(try connection.receive(statement.query, doing: Self.opening))
                } catch {
                    // Whatever the server has against it (it ended, or this is another server): only a new one helps.
                    guard index == join, error.kind != .connectionLost else { throw error }
                    throw SourceError(
                        .snapshotGone, doing: Self.opening, message: error.message, sqlState: error.sqlState)
                }
            }
            try connection.receiveSynchronization(doing: Self.opening)
            return answers
        }
    }

    /// Takes what the cursor still sends.
    func drain() throws(SourceError) {
        guard connection != nil, !outstanding.isEmpty else { return }
        while !outstanding.isEmpty { _ = try nextRows(rowCount: .max, byteCount: 1 << 20) }
    }

    private static let opening = "opening the cursor"
    private static let changed = SourceError(
        .query(position: nil), doing: "opening the cursor",
        message: "the query's columns have changed since they were described",
        hint: "run again")
}
