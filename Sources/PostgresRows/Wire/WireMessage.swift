internal import ReindexCore

/// The messages of PostgreSQL's protocol that a FETCH needs. Source: PostgreSQL manual, "Message Formats" (version 3.0).
enum WireMessage {
    /// A type and a length of four bytes, which counts itself.
    static let headerSize = 5
    /// The server itself sends none beyond 1 GiB.
    static let largest = 1 << 30

    static let parseComplete = UInt8(ascii: "1")
    static let bindComplete = UInt8(ascii: "2")
    static let rowDescription = UInt8(ascii: "T")
    static let noData = UInt8(ascii: "n")
    static let dataRow = UInt8(ascii: "D")
    static let commandComplete = UInt8(ascii: "C")
    static let readyForQuery = UInt8(ascii: "Z")
    static let errorResponse = UInt8(ascii: "E")
    static let noticeResponse = UInt8(ascii: "N")
    static let parameterStatus = UInt8(ascii: "S")
    static let notification = UInt8(ascii: "A")

    @inline(__always) static func int32(at start: UnsafePointer<UInt8>) -> Int32 {
        unsafe Int32(bigEndian: UnsafeRawPointer(start).loadUnaligned(as: Int32.self))
    }

    @inline(__always) static func int16(at start: UnsafePointer<UInt8>) -> Int16 {
        unsafe Int16(bigEndian: UnsafeRawPointer(start).loadUnaligned(as: Int16.self))
    }

    /// Whether `count` bytes of a DataRow hold just these columns.
    @inline(__always) static func isRow(_ body: UnsafePointer<UInt8>, _ count: Int, columnCount: Int) -> Bool {
        guard count >= 2, unsafe Int(int16(at: body)) == columnCount else { return false }
        var offset = 2
        for _ in 0..<columnCount {
            guard count - offset >= 4 else { return false }
            let length = unsafe Int(int32(at: body + offset))
            offset += 4
            guard length >= -1, length <= count - offset else { return false }
            offset += max(length, 0)
        }
        return offset == count
    }

    /// The types of a RowDescription's columns; nil where it is malformed or a column is not in binary format.
    static func columnTypes(_ body: UnsafeBufferPointer<UInt8>) -> [TypeOID]? {
        guard let start = body.baseAddress, body.count >= 2 else { return nil }
        let count = unsafe Int(int16(at: start))
        guard count >= 0 else { return nil }
        var types: [TypeOID] = []
        var offset = 2
        for _ in 0..<count {
            guard let end = unsafe body[offset...].firstIndex(of: 0), body.count - end - 1 >= 18 else { return nil }
            // Behind the name: table, column, type, size, modifier, format.
            let field = unsafe start + end + 1
            guard unsafe int16(at: field + 16) == 1 else { return nil }
            types.append(TypeOID(UInt32(bitPattern: unsafe int32(at: field + 6))))
            offset = end + 1 + 18
        }
        return offset == body.count ? types : nil
    }

    /// The parts of an ErrorResponse.
    static func report(_ body: UnsafeBufferPointer<UInt8>) -> ServerReport {
        var report = ServerReport()
        for part in unsafe Array(body).split(separator: 0) {
            guard let kind = part.first else { continue }
            let text = String(decoding: part.dropFirst(), as: UTF8.self)
            switch kind {
            case UInt8(ascii: "C"): report.sqlState = text
            case UInt8(ascii: "M"): report.message = text
            case UInt8(ascii: "H"): report.hint = text
            case UInt8(ascii: "P"): report.position = Int(text)
            default: break
            }
        }
        return report
    }
}

/// Statements on their way to the server: bytes that leave together.
struct WireStatements {
    private(set) var bytes: [UInt8] = []

    var isEmpty: Bool { bytes.isEmpty }

    mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    /// Parse, Bind, Describe and Execute of the unnamed statement, its rows in binary format.
    mutating func append(_ statement: Statement) {
        append("P") { message in
            message.append(contentsOf: [0])
            message.append(text: statement.query.sql)
            message.append(bigEndian: Int16(clamping: statement.parameters.count))
            for parameter in statement.parameters {
                message.append(bigEndian: Int32(bitPattern: parameter.type.number))
            }
        }
        append("B") { message in
            message.append(contentsOf: [0, 0])
            message.append(bigEndian: Int16(clamping: statement.parameters.count))
            for parameter in statement.parameters { message.append(bigEndian: Int16(parameter.isBinary ? 1 : 0)) }
            message.append(bigEndian: Int16(clamping: statement.parameters.count))
            for parameter in statement.parameters {
                message.append(bigEndian: parameter.bytes.map { Int32(clamping: $0.count) } ?? -1)
                message.append(contentsOf: parameter.bytes ?? [])
            }
            message.append(contentsOf: [0, 1, 0, 1])
        }
        append("D") { $0.append(contentsOf: [UInt8(ascii: "P"), 0]) }
        append("E") { $0.append(contentsOf: [0, 0, 0, 0, 0]) }
    }

    mutating func appendSynchronization() { append("S") { _ in } }

    private mutating func append(_ type: Unicode.Scalar, _ body: (inout [UInt8]) -> Void) {
        bytes.append(UInt8(ascii: type))
        let start = bytes.count
        bytes.append(bigEndian: Int32(0))
        body(&bytes)
        for (index, byte) in [UInt8](bigEndianOf: Int32(clamping: bytes.count - start)).enumerated() {
            bytes[start + index] = byte
        }
    }
}

extension [UInt8] {
    fileprivate init(bigEndianOf number: some FixedWidthInteger) {
        self = (0..<number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    fileprivate mutating func append(bigEndian number: some FixedWidthInteger) { self += [UInt8](bigEndianOf: number) }

    fileprivate mutating func append(text: String) {
        self += text.utf8
        append(0)
    }
}
