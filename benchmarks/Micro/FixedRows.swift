import ReindexCore

/// Rows in PostgreSQL's binary format, in one piece of memory as libpq keeps them.
final class FixedRows: RowStorage, @unchecked Sendable {
    // Sendable because it does not change after init.
    let rowCount: Int
    let columnCount: Int
    let byteCount: Int
    private let bytes: UnsafeMutablePointer<UInt8>
    private let fields: UnsafeMutablePointer<FieldBytes>

    init(_ rows: [[[UInt8]?]]) {
        let values = rows.flatMap { $0 }
        rowCount = rows.count
        columnCount = rows.first?.count ?? 0
        byteCount = values.reduce(0) { $0 + ($1?.count ?? 0) }
        bytes = .allocate(capacity: max(byteCount, 1))
        fields = .allocate(capacity: max(values.count, 1))
        var offset = 0
        for (index, value) in values.enumerated() {
            (fields + index).initialize(
                to: FieldBytes(start: value.map { _ in UnsafePointer(bytes) + offset }, count: value?.count ?? 0))
            (bytes + offset).initialize(from: value ?? [], count: value?.count ?? 0)
            offset += value?.count ?? 0
        }
    }

    deinit {
        bytes.deallocate()
        fields.deallocate()
    }

    func copyFields(ofRow row: Int, to target: UnsafeMutablePointer<FieldBytes>) {
        target.update(from: fields + row * columnCount, count: columnCount)
    }
}

extension SourceDescription {
    /// Columns of which the first is the key.
    init(benchmarking columns: [Column], children: [ChildDescription] = []) {
        self.init(
            columns: columns, keyColumns: [0], children: children, keyProof: .checkedWhileReading, estimatedRows: nil,
            estimatedRowWidth: nil, isOrderedByIndex: true, queryPlan: [], hasLargeValues: false,
            server: ServerDescription(
                version: "15", versionNumber: 150_000, database: "", systemIdentifier: nil, encoding: "UTF8",
                isReplica: false, collationVersions: [:]),
            warnings: [])
    }
}

extension RowBatch {
    /// All rows of one FETCH.
    init(benchmarking rows: FixedRows, children: [FixedRows] = []) {
        self.init(
            fetched: FetchedRows(rows: rows, children: children), firstRow: 0, endRow: rows.rowCount,
            epoch: Epoch(version: 1_763_850_000_000_000), slice: 0, end: KeyPlace(values: [], text: []))
    }
}
