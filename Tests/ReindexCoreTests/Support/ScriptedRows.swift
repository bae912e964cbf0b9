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

    init(_ rows: [ScriptedRow]) { state = Mutex(rows) }

    convenience init(keys: Range<Int>) { self.init(keys.map { ScriptedRow(key: $0, payload: "payload \($0)") }) }

    var rows: [ScriptedRow] { state.withLock { $0 }.sorted { $0.key < $1.key } }
    func change(_ change: (inout [ScriptedRow]) -> Void) { state.withLock { change(&$0) } }
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
        var snapshot: ArraySlice<ScriptedRow>?
        var fetches = 0
        var opens: [Int?] = []
    }

    private let state = Mutex(State())
    private let table: ScriptedTable
    private let process: ScriptedProcess
    private let rowsAFetch: Int
    /// Asked before each fetch; what it returns is thrown, and the snapshot is gone.
    private let fault: @Sendable (_ fetch: Int) -> SourceError.Kind?

    init(
        _ table: ScriptedTable, process: ScriptedProcess = .immortal, rowsAFetch: Int = 7,
        fault: @escaping @Sendable (_ fetch: Int) -> SourceError.Kind? = { _ in nil }
    ) {
        self.table = table
        self.process = process
        self.rowsAFetch = rowsAFetch
        self.fault = fault
    }

    /// The key each snapshot was asked to begin at.
    var opens: [Int?] { state.withLock(\.opens) }
    var fetches: Int { state.withLock(\.fetches) }

    func open(from place: KeyPlace?, through end: KeyPlace?) async throws(SourceError) {
        try await step("open")
        let rows = table.rows.filter { row in
            (place.map { row.key >= $0.key } ?? true) && (end.map { row.key <= $0.key } ?? true)
        }
        state.withLock {
            $0.opens.append(place?.key)
            $0.snapshot = rows[...]
        }
    }

    func fetch(rowCount: Int, byteCount: Int) async throws(SourceError) -> FetchedRows? {
        try await step("fetch")
        let number = state.withLock { state in
            state.fetches += 1
            return state.fetches
        }
        if let kind = fault(number) {
            state.withLock { $0.snapshot = nil }
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

    func close() async { state.withLock { $0.snapshot = nil } }

    private func step(_ name: String) async throws(SourceError) {
        switch await process.called("rows \(name)") {
        case .works: return
        case .fails(_, let isTransient):
            state.withLock { $0.snapshot = nil }
            throw SourceError(isTransient ? .connectionLost : .authentication, doing: name, message: "scripted")
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
