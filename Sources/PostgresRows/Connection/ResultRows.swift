internal import CPostgres
package import ReindexCore

/// The rows of one PGresult, which is freed with it. Both the rows of a FETCH and the answers of the catalogs.
@safe package final class ResultRows: TypedRows, @unchecked Sendable {
    // Sendable because a PGresult is never changed once PQgetResult has returned it, and PQclear may run on any thread.
    private let result: OpaquePointer
    package let rowCount: Int
    package let columnCount: Int

    /// Takes the result over.
    init(_ result: OpaquePointer) {
        unsafe self.result = unsafe result
        rowCount = Int(unsafe PQntuples(result))
        columnCount = Int(unsafe PQnfields(result))
    }

    deinit { unsafe PQclear(result) }

    /// All memory of the result: the values and libpq's table of them.
    package var byteCount: Int { unsafe PQresultMemorySize(result) }

    package func copyFields(ofRow row: Int, to fields: UnsafeMutablePointer<FieldBytes>) {
        precondition(row >= 0 && row < rowCount, "a row of this result")
        let row = Int32(truncatingIfNeeded: row)
        for column in 0..<Int32(truncatingIfNeeded: columnCount) {
            let count = Int(unsafe PQgetlength(result, row, column))
            // Only what is empty can be null, so that most values cost two calls instead of three.
            if count == 0, unsafe PQgetisnull(result, row, column) != 0 {
                unsafe fields[Int(column)] = unsafe FieldBytes(start: nil, count: 0)
            } else {
                let value = unsafe UnsafeRawPointer(PQgetvalue(result, row, column)).assumingMemoryBound(to: UInt8.self)
                unsafe fields[Int(column)] = unsafe FieldBytes(start: value, count: count)
            }
        }
    }

    var status: ExecStatusType { unsafe PQresultStatus(result) }

    /// A value of a result in text format, or nil where it is null. For catalogs, not for rows.
    func text(_ row: Int, _ column: Int) -> String? {
        guard unsafe PQgetisnull(result, Int32(row), Int32(column)) == 0 else { return nil }
        return unsafe String(cString: PQgetvalue(result, Int32(row), Int32(column)))
    }

    func isTrue(_ row: Int, _ column: Int) -> Bool { text(row, column) == "t" }

    func number(_ row: Int, _ column: Int) -> Int? { text(row, column).flatMap { Int($0) } }

    /// The names and types of the columns, of rows or of a described statement.
    var columns: [ResultColumn] {
        (0..<Int32(columnCount)).map { column in
            ResultColumn(
                name: unsafe String(cString: PQfname(result, column)), type: TypeOID(unsafe PQftype(result, column)),
                table: unsafe PQftable(result, column), tableColumn: Int(unsafe PQftablecol(result, column)))
        }
    }

    var columnTypes: [TypeOID] { (0..<Int32(columnCount)).map { TypeOID(unsafe PQftype(result, $0)) } }

    /// The number of parameters of a described statement.
    var parameterCount: Int { Int(unsafe PQnparams(result)) }

    /// A part of the error, by PG_DIAG_… code.
    func diagnostic(_ field: Int32) -> String? {
        guard let value = unsafe PQresultErrorField(result, field) else { return nil }
        return unsafe String(cString: value)
    }
}

/// A type by its row in `pg_type`.
struct TypeOID: Hashable, Sendable {
    let number: UInt32

    init(_ number: UInt32) { self.number = number }

    /// The server decides by the context.
    static let inferred = TypeOID(0)
    static let text = TypeOID(25)
    static let tupleID = TypeOID(27)
}

struct ResultColumn: Hashable, Sendable {
    let name: String
    let type: TypeOID
    /// The table that it is a plain column of, as `pg_class.oid` and `pg_attribute.attnum`; 0 where it is something else.
    var table: UInt32 = 0
    var tableColumn = 0
}
