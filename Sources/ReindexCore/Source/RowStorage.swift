/// One value of a row as PostgreSQL sent it (binary format), or SQL null.
///
/// Points into a ``RowStorage``'s memory and must not outlive it; read only inside the closure or loop that asked for it.
@unsafe package struct FieldBytes {
    /// nil is SQL null; an empty value has a non-nil start and a count of 0.
    package var start: UnsafePointer<UInt8>?
    package var count: Int

    @inlinable package init(start: UnsafePointer<UInt8>?, count: Int) {
        unsafe self.start = unsafe start
        unsafe self.count = count
    }
}

/// Rows held by whoever read them (a PGresult, or a test's arrays): the core sees bytes and never the owner.
///
/// Immutable once handed out, so that a task may read it while the reader's thread goes on.
package protocol RowStorage: AnyObject, Sendable {
    var rowCount: Int { get }
    var columnCount: Int { get }
    /// The bytes of all values together, for accounting.
    var byteCount: Int { get }
    /// Writes the `columnCount` values of one row to `fields`. They are valid as long as the storage lives.
    func copyFields(ofRow row: Int, to fields: UnsafeMutablePointer<FieldBytes>)
    /// One value of a row, valid as long as the storage lives.
    func field(ofRow row: Int, column: Int) -> FieldBytes
}

extension RowStorage {
    package func field(ofRow row: Int, column: Int) -> FieldBytes {
        unsafe withUnsafeTemporaryAllocation(of: FieldBytes.self, capacity: max(columnCount, 1)) { fields in
            guard let base = fields.baseAddress, column >= 0, column < columnCount else {
                return unsafe FieldBytes(start: nil, count: 0)
            }
            unsafe copyFields(ofRow: row, to: base)
            return unsafe fields[column]
        }
    }
}
