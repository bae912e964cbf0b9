import ReindexCore
import Synchronization

/// A row of the scripted table: a key that need not be unique, and a payload.
struct ScriptedRow: Sendable, Hashable {
    var key: Int
    var payload: String

    /// Its payload says that no document can be made of it.
    static let unencodable = "unencodable"
    /// Its payload says that OpenSearch refuses it.
    static let refused = "refused"
}

/// The table: rows in key order, changed by the test as other sessions would.
final class ScriptedTable: Sendable {
    private let state: Mutex<[ScriptedRow]>
    private let exports = Mutex<[String: [ScriptedRow]?]>([:])

    init(_ rows: [ScriptedRow]) { state = Mutex(rows) }

    convenience init(keys: Range<Int>) { self.init(keys.map { ScriptedRow(key: $0, payload: "payload \($0)") }) }

    var rows: [ScriptedRow] { state.withLock { $0 }.sorted { $0.key < $1.key } }
    func change(_ change: (inout [ScriptedRow]) -> Void) { state.withLock { change(&$0) } }

    func export(_ rows: [ScriptedRow]) -> String {
        exports.withLock { exports in
            let id = "snapshot \(exports.count)"
            exports[id] = rows
            return id
        }
    }

    /// nil where the transaction that exported it is over.
    func exported(_ id: String) -> [ScriptedRow]? { exports.withLock { $0[id] ?? nil } }
    func withdraw(_ id: String) { exports.withLock { $0[id] = .some(nil) } }
}

final class ScriptedRowStorage: RowStorage {
    let rows: [ScriptedRow]

    init(_ rows: [ScriptedRow]) { self.rows = rows }

    var rowCount: Int { rows.count }
    var columnCount: Int { 2 }
    var byteCount: Int { rows.count * 16 }
    func copyFields(ofRow row: Int, to fields: UnsafeMutablePointer<FieldBytes>) {
        preconditionFailure("the scripted encoder reads the rows themselves")
    }
}

/// A connection to the scripted table: a snapshot at `open`, few rows a fetch.
final class ScriptedRowReader: RowReader {
    private struct State {
        /// The rows of the transaction.
        var transaction: [ScriptedRow]?
        var exported: String?
        /// What the cursor has not yielded yet.
        var snapshot: ArraySlice<ScriptedRow>?
        var fetches = 0
        var opens: [Int?] = []
    }

    private let state = Mutex(State())
    private let table: ScriptedTable
    private let process: ScriptedProcess
    private let rowsAFetch: Int
    /// A part of the table with fewer rows is not cut; where parts are, the whole is cut as unevenly as can be.
    private let leastRowsToSplit: Int
    /// Asked before each fetch; what it returns is thrown, and the snapshot is gone.
    private let fault: @Sendable (_ fetch: Int) -> SourceError.Kind?

    init(
        _ table: ScriptedTable, process: ScriptedProcess = .immortal, rowsAFetch: Int = 7,
        leastRowsToSplit: Int = .max,
        fault: @escaping @Sendable (_ fetch: Int) -> SourceError.Kind? = { _ in nil }
    ) {
        self.table = table
        self.process = process
        self.rowsAFetch = rowsAFetch
        self.leastRowsToSplit = leastRowsToSplit
        self.fault = fault
    }

    /// The key each snapshot was asked to begin at.
    var opens: [Int?] { state.withLock(\.opens) }
    var fetches: Int { state.withLock(\.fetches) }

    func open(_ range: KeyRange, in snapshot: SnapshotChoice) async throws(SourceError) -> ExportedSnapshot? {
        try await step("open")
        let rows: [ScriptedRow]
        switch snapshot {
        case .new: rows = table.rows
        case .exported(let exported):
            end()
            guard let joined = table.exported(exported.id) else {
                throw SourceError(.snapshotGone, doing: "opening", message: "scripted")
            }
            rows = joined
        case .own:
            guard let own = state.withLock(\.transaction) else {
                throw SourceError(.connectionLost, doing: "opening", message: "no transaction")
            }
            rows = own
        }
        if case .new = snapshot { end() }
        let id: String? = if case .new(isExported: true) = snapshot { table.export(rows) } else { nil }
        state.withLock {
            $0.opens.append(range.start.place?.key)
            $0.transaction = rows
            $0.snapshot = rows.filter(range.contains)[...]
            if let id { $0.exported = id }
        }
        return id.map { ExportedSnapshot(id: $0, server: ServerAddress(host: "scripted", hostAddress: "", port: "1")) }
    }

    func cuts(_ count: Int, of range: KeyRange) async throws(SourceError) -> [KeyPlace] {
        try await step("cuts")
        let rows = table.rows.filter(range.contains)
        guard rows.count > 1, range == .all || rows.count >= leastRowsToSplit else { return [] }
        if range == .all, leastRowsToSplit < .max { return rows.prefix(count - 1).map { KeyPlace(key: $0.key) } }
        let indexes = Set((1..<count).map { $0 * rows.count / count - 1 }.filter { $0 >= 0 && $0 < rows.count - 1 })
        return indexes.sorted().map { KeyPlace(key: rows[$0].key) }
    }

    func lie(
        _ keys: [[String]], from first: [String], through last: [String]
    ) async throws(SourceError) -> [Bool] {
        try await step("lie")
        guard let first = first.first.flatMap({ Int($0) }), let last = last.first.flatMap({ Int($0) }) else {
            return []
        }
        return keys.map { key in key.first.flatMap { Int($0) }.map { first <= $0 && $0 <= last } ?? false }
    }

    /// The transaction is over, and with it what it exported.
    private func end() {
        let exported = state.withLock { state in
            defer { (state.transaction, state.snapshot, state.exported) = (nil, nil, nil) }
            return state.exported
        }
        if let exported { table.withdraw(exported) }
    }

    func fetch(rowCount: Int, byteCount: Int) async throws(SourceError) -> FetchedRows? {
        try await step("fetch")
        let number = state.withLock { state in
            state.fetches += 1
            return state.fetches
        }
        if let kind = fault(number) {
            end()
            throw SourceError(kind, doing: "reading", message: "scripted")
        }
        let fetched: [ScriptedRow]?? = state.withLock { state in
            guard let rest = state.snapshot else { return .none }
            guard !rest.isEmpty else { return .some(nil) }
            let taken = rest.prefix(max(1, min(rowCount, rowsAFetch)))
            state.snapshot = rest.dropFirst(taken.count)
            return .some(Array(taken))
        }
        guard let fetched else { throw SourceError(.connectionLost, doing: "reading", message: "closed") }
        return fetched.map { FetchedRows(rows: ScriptedRowStorage($0)) }
    }

    func close() async { end() }

    private func step(_ name: String) async throws(SourceError) {
        switch await process.called("rows \(name)") {
        case .works: return
        case .fails(_, let isTransient):
            end()
            throw SourceError(isTransient ? .connectionLost : .authentication, doing: name, message: "scripted")
        }
    }
}

extension KeyRange {
    func contains(_ row: ScriptedRow) -> Bool {
        let isBehindStart =
            switch start {
            case .beginning: true
            case .at(let place): row.key >= place.key
            case .after(let place): row.key > place.key
            }
        if case .between(let first, let last) = selection {
            guard let first = Int(first[0]), let last = Int(last[0]), (first...last).contains(row.key) else {
                return false
            }
        }
        return isBehindStart && through.map { row.key <= $0.key } ?? true
    }
}

extension KeyRange.Start {
    var place: KeyPlace? {
        switch self {
        case .beginning: nil
        case .at(let place), .after(let place): place
        }
    }
}

extension KeyPlace {
    init(key: Int) { self.init(values: [Array(String(key).utf8)], text: [String(key)]) }
    var key: Int { Int(text[0]) ?? -1 }
}

/// Documents of the scripted rows: the id is the key unless `id` says otherwise.
struct ScriptedEncoder: BatchEncoder {
    var id: @Sendable (ScriptedRow) -> String = { String($0.key) }

    static func document(of row: ScriptedRow) -> String { "{\"k\":\(row.key),\"p\":\(row.payload.quoted)}" }

    private func rows(_ fetched: FetchedRows) -> [ScriptedRow] { (fetched.rows as? ScriptedRowStorage)?.rows ?? [] }

    func encode(_ batch: RowBatch) -> EncodedBatch {
        let body = BulkBody(capacity: 64)
        var rejections: [Rejection] = []
        for row in rows(batch.fetched)[batch.firstRow..<batch.endRow] {
            guard row.payload != ScriptedRow.unencodable else {
                rejections.append(Rejection(id: id(row), key: [String(row.key)], type: "invalid_json", reason: "r"))
                continue
            }
            body.append(
                "{\"index\":{\"_id\":\(id(row).quoted),\"version\":\(batch.epoch.version),"
                    + "\"version_type\":\"external_gte\"}}\n\(Self.document(of: row))\n")
        }
        return EncodedBatch(body: body, rejections: rejections, replacedValues: 0)
    }

    func place(ofRow row: Int, in fetched: FetchedRows) -> KeyPlace { KeyPlace(key: rows(fetched)[row].key) }
    func keyIdentity(ofRow row: Int, in fetched: FetchedRows) -> [UInt8] { place(ofRow: row, in: fetched).values[0] }
    func keyIdentity(of place: KeyPlace) -> [UInt8] { place.values[0] }

    func firstDoubledRow(in fetched: FetchedRows, range: Range<Int>) -> Int? {
        let rows = rows(fetched)
        return range.dropFirst().first { rows[$0].key == rows[$0 - 1].key }
    }
}
