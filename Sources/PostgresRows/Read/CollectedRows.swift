internal import CPostgres
package import ReindexCore

/// Rows that came one at a time, put together until they are bytes enough.
///
/// Small rows are copied, because a PGresult of its own costs each of them kilobytes; a large one keeps its PGresult,
/// because a copy would cost its size once more.
@safe package final class CollectedRows: TypedRows, @unchecked Sendable {
    // Sendable because it is filled on the reader's thread before it is handed out, and not changed afterwards.
    package let columnCount: Int
    private(set) var columnTypes: [TypeOID] = []
    package private(set) var rowCount = 0
    package private(set) var byteCount = 0
    private var fields: [FieldBytes]
    private var held: [ResultRows] = []
    private var blocks: [UnsafeMutablePointer<UInt8>]
    private var roomInBlock = 0
    private var end: UnsafeMutablePointer<UInt8>

    private static let blockSize = 256 * 1024
    private static let largestCopy = 32 * 1024

    init(columnCount: Int) {
        self.columnCount = columnCount
        unsafe fields = []
        unsafe end = .allocate(capacity: Self.blockSize)
        unsafe blocks = unsafe [end]
        roomInBlock = Self.blockSize
    }

    deinit {
        for index in unsafe blocks.indices { unsafe blocks[index].deallocate() }
    }

    /// Takes the one row of a result in single-row mode.
    func append(_ row: ResultRows) {
        precondition(row.columnCount == columnCount && row.rowCount == 1, "one row of the same statement")
        if rowCount == 0 { columnTypes = row.columnTypes }
        let first = unsafe fields.count
        unsafe fields.append(contentsOf: repeatElement(FieldBytes(start: nil, count: 0), count: columnCount))
        unsafe fields.withUnsafeMutableBufferPointer { fields in
            if let base = fields.baseAddress { unsafe row.copyFields(ofRow: 0, to: base + first) }
        }
        let count = unsafe fields[first...].reduce(0) { unsafe $0 + $1.count }
        if count > Self.largestCopy { held.append(row) } else { copyFields(from: first, byteCount: count) }
        rowCount += 1
        byteCount += count
    }

    package func copyFields(ofRow row: Int, to target: UnsafeMutablePointer<FieldBytes>) {
        precondition(row >= 0 && row < rowCount, "a row of these")
        unsafe fields.withUnsafeBufferPointer { fields in
            if let base = fields.baseAddress {
                unsafe target.update(from: base + row * columnCount, count: columnCount)
            }
        }
    }

    private func copyFields(from first: Int, byteCount: Int) {
        if byteCount > roomInBlock {
            unsafe end = .allocate(capacity: Self.blockSize)
            unsafe blocks.append(end)
            roomInBlock = Self.blockSize
        }
        for index in unsafe fields[first...].indices {
            guard let start = unsafe fields[index].start else { continue }
            let count = unsafe fields[index].count
            unsafe end.update(from: start, count: count)
            unsafe fields[index].start = unsafe UnsafePointer(end)
            unsafe end += count
        }
        roomInBlock -= byteCount
    }
}
