import Foundation
import MappingFiles
import PostgresRows
import ReindexCore

/// What must hold whatever the bytes are, for each of the four readers of foreign bytes. Both the fuzzers and the test
/// that replays their corpus call these.
package enum Checks {
    package struct Broken: Error, CustomStringConvertible {
        package let description: String
    }

    private static let sentIDs = ["1", "22", #"a\"b\\\u00e9"#]

    /// An answer is believed only where it has an item for each that was sent.
    package static func bulkResponse(_ bytes: [UInt8]) throws {
        let body = BulkBody(capacity: 256)
        for id in sentIDs {
            let item = Array("{\"index\":{\"_id\":\"\(id)\"}}\n{}\n".utf8)
            let room = body.reserve(item.count)
            room.update(from: item, count: item.count)
            body.fill(upTo: room + item.count)
            body.endItem()
        }
        let (first, rest) = (Int(bytes.first ?? 0) % (sentIDs.count + 1), Array(bytes.dropFirst()))
        guard let response = try? BulkResponse(reading: rest, sent: body, items: first..<sentIDs.count) else { return }
        guard response.items.count == sentIDs.count - first, response.items.allSatisfy({ $0.status > 0 }) else {
            throw Broken(description: "believed an answer with \(response.items.count) items")
        }
    }

    /// A row becomes one line of JSON, or is rejected.
    package static func row(_ bytes: [UInt8]) throws {
        let type = types[Int(bytes.first ?? 0) % types.count]
        let value = Array(bytes.dropFirst())
        let rows = FetchedRows(rows: OneValue(value), children: [])
        let batch = RowBatch(
            fetched: rows, firstRow: 0, endRow: 1, epoch: Epoch(version: 7), slice: 0,
            end: KeyPlace(values: [], text: []))
        let encoded = try template(for: type).encode(batch)
        guard encoded.body.itemCount + encoded.rejections.count == 1 else {
            throw Broken(description: "no document, no rejection")
        }
        guard encoded.body.itemCount == 1 else { return }
        let item = encoded.body.withBytes(ofItems: 0..<1) { Array($0) }
        let lines = item.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == 3, lines[2].isEmpty, !lines[1].contains(where: { $0 < 0x20 && $0 != 0x09 }) else {
            throw Broken(description: "\(type): more than one line: \(String(decoding: item, as: UTF8.self))")
        }
        // The server has validated jsonb and sends text in UTF-8 alone; Foundation reads no number of more than 308 digits.
        guard !"\(type)".contains("jsonb"), String(validating: lines[1], as: UTF8.self) != nil, lines[1].count < 300
        else { return }
        do {
            _ = try JSONSerialization.jsonObject(with: Data(lines[1]))
        } catch {
            throw Broken(description: "\(type): no JSON: \(String(decoding: lines[1], as: UTF8.self))")
        }
    }

    /// A mapping is read, or refused with a place in it. The first two bytes say where the YAML ends and the body begins.
    package static func mapping(_ bytes: [UInt8]) throws {
        let folder = "/dev/shm/reindex-fuzz-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let split = bytes.count < 2 ? 0 : min(bytes.count - 2, Int(bytes[0]) << 8 | Int(bytes[1]))
        let rest = bytes.dropFirst(2)
        // Never empty: reading an empty file, Foundation leaks a page each time.
        try Data(rest.prefix(split) + [UInt8(ascii: "\n")]).write(to: URL(filePath: "\(folder)/m.yaml"))
        try Data(rest.dropFirst(split) + [UInt8(ascii: "\n")]).write(to: URL(filePath: "\(folder)/m.json"))
        do {
            _ = try MappingFolder(path: folder).mapping(named: "m")
        } catch {
            guard !error.errors.isEmpty, error.errors.allSatisfy({ !$0.message.isEmpty }) else {
                throw Broken(description: "refused without a reason")
            }
        }
    }

    /// What a server sends is rows, each within what was received, or an error: nothing is waited for behind its end.
    package static func wire(_ bytes: [UInt8]) throws {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw Broken(description: "no sockets")
        }
        defer { close(ends[0]) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        let sent = bytes.withUnsafeBytes { write(ends[1], $0.baseAddress, $0.count) }
        close(ends[1])
        guard sent == bytes.count else { throw Broken(description: "\(sent) of \(bytes.count) bytes were taken") }
        guard let found = try? WireReading.rows(from: ends[0], statements: 2) else { return }
        for rows in found {
            var fields = [FieldBytes](repeating: FieldBytes(start: nil, count: 0), count: max(1, rows.columnCount))
            // Each byte is looked at: one that lies elsewhere the sanitizer finds.
            var (byteCount, sum) = (0, 0)
            for row in 0..<rows.rowCount {
                fields.withUnsafeMutableBufferPointer { rows.copyFields(ofRow: row, to: $0.baseAddress!) }
                for field in fields.prefix(rows.columnCount) {
                    guard let start = field.start else { continue }
                    for byte in UnsafeBufferPointer(start: start, count: field.count) { sum += Int(byte) }
                    byteCount += field.count
                }
            }
            guard byteCount <= bytes.count, sum <= 255 * byteCount else {
                throw Broken(description: "\(byteCount) bytes of \(bytes.count)")
            }
        }
    }

    // MARK: - Rows

    private static let names = [
        "bool", "int2", "int4", "int8", "oid", "xid8", "float4", "float8", "numeric", "money", "text", "char", "ltree",
        "uuid", "bytea", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "json", "jsonb", "inet",
        "macaddr", "bit", "tid", "pg_lsn", "point", "lseg", "path", "box", "polygon", "line", "circle", "hstore",
        "tsvector", "vector", "halfvec",
    ]

    private static let types: [PostgresType] = {
        let fields = [Column(name: "a", type: .base("numeric")), Column(name: "b", type: .array(of: .base("json")))]
        return names.map { .base($0) } + names.map { .array(of: .base($0)) } + [
            .range("r", of: .base("int4")), .range("r", of: .base("timestamptz")),
            .multirange("m", of: .base("numeric")),
            .composite("c", fields: fields), .array(of: .composite("c", fields: fields)),
            .array(of: .range("r", of: .base("timestamptz"))),
        ]
    }()

    nonisolated(unsafe) private static var templates: [PostgresType: DocumentTemplate] = [:]

    private static func template(for type: PostgresType) throws -> DocumentTemplate {
        if let known = templates[type] { return known }
        let columns = [Column(name: "id", type: .base("int8")), Column(name: "value", type: type)]
        var rules = DocumentRules()
        rules.keepsNulls = true
        rules.omit = ["id"]
        let description = SourceDescription(
            columns: columns, keyColumns: [0], children: [], keyProof: .checkedWhileReading, estimatedRows: nil,
            estimatedRowWidth: nil, isOrderedByIndex: true, queryPlan: [], hasLargeValues: false,
            server: ServerDescription(
                version: "15", versionNumber: 150_000, database: "d", systemIdentifier: nil, encoding: "UTF8",
                isReplica: false, collationVersions: [:]), warnings: [])
        let template = try DocumentTemplate(description: description, rules: rules)
        templates[type] = template
        return template
    }

    /// A row of a key and the value, at an address of its own length, so that a sanitizer sees each byte read beyond it.
    private final class OneValue: RowStorage, @unchecked Sendable {
        let rowCount = 1
        let columnCount = 2
        let byteCount: Int
        private let key: UnsafeMutablePointer<UInt8>
        private let value: UnsafeMutablePointer<UInt8>

        init(_ bytes: [UInt8]) {
            byteCount = bytes.count
            key = .allocate(capacity: 8)
            key.update(repeating: 1, count: 8)
            // A PGresult ends each value with a zero byte.
            value = .allocate(capacity: bytes.count + 1)
            value.update(from: bytes, count: bytes.count)
            value[bytes.count] = 0
        }

        deinit {
            key.deallocate()
            value.deallocate()
        }

        func copyFields(ofRow row: Int, to target: UnsafeMutablePointer<FieldBytes>) {
            target.initialize(to: FieldBytes(start: UnsafePointer(key), count: 8))
            (target + 1).initialize(to: FieldBytes(start: UnsafePointer(value), count: byteCount))
        }
    }
}
