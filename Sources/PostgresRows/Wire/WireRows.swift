package import ReindexCore

/// Rows as the server sent them: the bytes of its messages, and where the values of each row begin.
///
/// Nothing is taken apart before it is encoded. Each row was checked against its message's end when it arrived.
/// Source: PostgreSQL manual, "Message Formats", DataRow.
@safe package final class WireRows: TypedRows, @unchecked Sendable {
    // Sendable because it is handed out full, and not changed afterwards.
    private let room: BlockMemory.Room
    private let memory: BlockMemory
    /// For each row the place behind its number of columns, in bytes from the room's beginning.
    private let starts: [Int]
    let columnTypes: [TypeOID]
    package let byteCount: Int

    init(
        in room: BlockMemory.Room, of memory: BlockMemory, starts: [Int], columnTypes: [TypeOID], byteCount: Int
    ) {
        self.room = room
        self.memory = memory
        self.starts = starts
        self.columnTypes = columnTypes
        self.byteCount = byteCount
    }

    deinit { memory.give(room) }

    package var rowCount: Int { starts.count }
    package var columnCount: Int { columnTypes.count }

    package func copyFields(ofRow row: Int, to fields: UnsafeMutablePointer<FieldBytes>) {
        var next = unsafe UnsafePointer(room.base) + starts[row]
        // Member by member: the initialiser is a call into another module for each value.
        for column in 0..<columnTypes.count {
            let count = Int(unsafe WireMessage.int32(at: next))
            unsafe next += 4
            unsafe fields[column].start = count < 0 ? nil : next
            unsafe fields[column].count = max(count, 0)
            unsafe next += max(count, 0)
        }
    }
}

/// Rows that know the types of their columns.
protocol TypedRows: RowStorage {
    var columnTypes: [TypeOID] { get }
}
