internal import ReindexCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Statements and their rows on the socket of a connection that libpq opened: the hot half of PostgreSQL's protocol.
///
/// libpq copies each row from its buffer into memory of its own and a table of its values, which costs as much as encoding
/// them. Here a row stays where the kernel put it, and is encoded from there. libpq logs in, begins transactions, opens
/// cursors and describes; between two of its statements, when it waits for nothing, the socket may be read by somebody
/// else. Everything that was sent here is answered, up to ReadyForQuery, before libpq's next statement. An encrypted
/// connection stays with libpq, which alone can decrypt it.
///
/// State: idle → sent (statements and their Syncs are out) → rows of the oldest statement → complete → … → idle. Any
/// error ends the connection, so none is recovered from here. Source: PostgreSQL manual, "Frontend/Backend Protocol".
@safe final class WireChannel {
    private let socket: Int32
    private let memory = BlockMemory.shared
    private var statements = WireStatements()
    /// What was received: `parsed..<filled` is still to be looked at, and before it are the rows that are being collected.
    private var room: BlockMemory.Room
    private var filled = 0
    private var parsed = 0
    private var starts: [Int] = []
    private var byteCount = 0
    private var columnTypes: [TypeOID] = []
    /// What the last rows filled: the next ones will need as much.
    private var expected = 256 * 1024

    private static let receiveSize = 256 * 1024

    init(socket: Int32) {
        self.socket = socket
        room = memory.take(capacity: expected)
    }

    deinit { memory.give(room) }

    /// Queues a statement; it leaves with ``synchronize(doing:)``.
    func send(_ statement: Statement) { statements.append(statement) }

    /// Ends a group of statements, and sends all that is queued.
    func synchronize(doing: String) throws(SourceError) {
        statements.appendSynchronization()
        defer { statements.clear() }
        var sent = 0
        let bytes = statements.bytes
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Self.write(socket, UnsafeRawBufferPointer(rebasing: buffer[sent...]))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                // A server that waits for its own rows to be taken takes nothing more before that.
                if wait(for: Int16(POLLIN | POLLOUT)) & Int16(POLLIN) != 0 { try receive(doing: doing) }
            } else if errno != EINTR {
                return  // why the server closed is the last thing that it said, and still to be received
            }
        }
    }

    /// Rows of the oldest statement that is out: up to `rowCount` of them, or as many as hold `byteCount` bytes.
    /// - Returns: the rows, if any, and whether they are the statement's last.
    func rows(
        rowCount: Int, byteCount wanted: Int, query: WrappedQuery, doing: String
    ) throws(SourceError) -> (rows: WireRows?, isComplete: Bool) {
        while true {
            while let message = try message(doing: doing) {
                if message.type == WireMessage.dataRow {
                    guard
                        unsafe WireMessage.isRow(
                            room.base + message.start, message.count, columnCount: columnTypes.count)
                    else { throw malformed(doing) }
                    starts.append(message.start + 2)
                    byteCount += message.count
                    parsed = message.start + message.count
                    if starts.count >= rowCount || byteCount >= wanted { return (collected(), false) }
                } else {
                    let isComplete = try isEnd(message, query: query, doing: doing)
                    parsed = message.start + message.count
                    if isComplete { return (collected(), true) }
                }
            }
            try receive(doing: doing)
        }
    }

    /// All rows of the oldest statement, and the answer to its synchronization.
    func answer(to query: WrappedQuery, doing: String) throws(SourceError) -> WireRows {
        let rows = try rows(rowCount: .max, byteCount: .max, query: query, doing: doing).rows
        try receiveSynchronization(doing: doing)
        return rows
            ?? WireRows(in: memory.take(capacity: 1), of: memory, starts: [], columnTypes: columnTypes, byteCount: 0)
    }

    /// Waits for the answer to ``synchronize(doing:)``.
    func receiveSynchronization(doing: String) throws(SourceError) {
        while true {
            while let message = try message(doing: doing) {
                parsed = message.start + message.count
                switch message.type {
                case WireMessage.readyForQuery: return
                case WireMessage.noticeResponse, WireMessage.parameterStatus, WireMessage.notification: continue
                case WireMessage.errorResponse: throw error(in: message, query: nil, doing: doing)
                default: throw malformed(doing)
                }
            }
            try receive(doing: doing)
        }
    }

    // MARK: - Messages

    private struct Message {
        let type: UInt8
        /// Its body, in bytes from the room's beginning.
        let start: Int
        let count: Int
    }

    /// The next message, or nil where it has not all arrived.
    @inline(__always) private func message(doing: String) throws(SourceError) -> Message? {
        guard filled - parsed >= WireMessage.headerSize else { return nil }
        let count = unsafe Int(WireMessage.int32(at: room.base + parsed + 1)) - 4
        guard count >= 0, count <= WireMessage.largest else { throw malformed(doing) }
        guard filled - parsed - WireMessage.headerSize >= count else { return nil }
        return Message(type: unsafe room.base[parsed], start: parsed + WireMessage.headerSize, count: count)
    }

    /// Whether the statement is at its end with this message.
    private func isEnd(_ message: Message, query: WrappedQuery, doing: String) throws(SourceError) -> Bool {
        switch message.type {
        case WireMessage.commandComplete: return true
        case WireMessage.rowDescription:
            guard starts.isEmpty, let types = unsafe WireMessage.columnTypes(body(of: message)) else {
                throw malformed(doing)
            }
            columnTypes = types
            return false
        case WireMessage.parseComplete, WireMessage.bindComplete, WireMessage.noData, WireMessage.noticeResponse,
            WireMessage.parameterStatus, WireMessage.notification:
            return false
        case WireMessage.errorResponse: throw error(in: message, query: query, doing: doing)
        default: throw malformed(doing)
        }
    }

    private func body(of message: Message) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: room.base + message.start, count: message.count)
    }

    /// Hands the rows over with the room that they lie in; what was received behind them moves to the next room.
    private func collected() -> WireRows? {
        guard !starts.isEmpty else { return nil }
        let rows = WireRows(in: room, of: memory, starts: starts, columnTypes: columnTypes, byteCount: byteCount)
        expected = min(max(256 * 1024, filled + filled / 4), 4 << 20)
        let rest = filled - parsed
        let next = memory.take(capacity: max(expected, rest))
        unsafe next.base.update(from: room.base + parsed, count: rest)
        room = next
        (parsed, filled, byteCount) = (0, rest, 0)
        starts = []
        starts.reserveCapacity(rows.rowCount + rows.rowCount / 8)
        return rows
    }

    // MARK: - The socket

    /// Takes what is there, or waits for it.
    ///
    /// The server sends 8 KiB at a time. Who polls is woken for each of them, a hundred thousand times a million rows, and
    /// so is the server, by turns. Who sleeps a moment instead finds a dozen at once; the socket holds more than the server
    /// can send in that time, so nobody waits for us. Where nothing came even so, the server is slow: then it is polled for.
    /// Measured in `docs/design.md`.
    private func receive(doing: String) throws(SourceError) {
        makeRoom()
        var hasSlept = false
        while true {
            let count = unsafe recv(socket, room.base + filled, min(room.capacity - filled, Self.receiveSize), 0)
            if count > 0 {
                filled += count
                return
            }
            if count == 0 { throw lost("server closed the connection unexpectedly", doing: doing) }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK:
                if hasSlept { _ = wait(for: Int16(POLLIN)) }
                Self.pause()
                hasSlept = true
            case let code: throw lost("could not receive data from server: \(message(of: code))", doing: doing)
            }
        }
    }

    /// Room for what the message that is arriving needs, and for much more where it is rows.
    private func makeRoom() {
        var needed = 64 * 1024
        if filled - parsed >= WireMessage.headerSize {
            let size = 1 + (unsafe Int(WireMessage.int32(at: room.base + parsed + 1)))
            needed = max(needed, size - (filled - parsed))
        }
        guard room.capacity - filled < needed else { return }
        if starts.isEmpty, parsed > 0, room.capacity - (filled - parsed) >= needed {
            unsafe room.base.update(from: room.base + parsed, count: filled - parsed)
            (parsed, filled) = (0, filled - parsed)
            return
        }
        let larger = memory.take(capacity: max(filled + needed, min(room.capacity * 2, filled + (8 << 20))))
        unsafe larger.base.update(from: room.base, count: filled)
        memory.give(room)
        room = larger
    }

    /// - Returns: which of the events came.
    private func wait(for events: Int16) -> Int16 {
        var descriptor = pollfd(fd: socket, events: events, revents: 0)
        return unsafe poll(&descriptor, 1, -1) > 0 ? descriptor.revents : 0
    }

    /// 0.25 ms, and what the kernel's timer adds.
    private static func pause() {
        var time = timespec(tv_sec: 0, tv_nsec: 250_000)
        unsafe nanosleep(&time, nil)
    }

    private static func write(_ socket: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
        let flags: Int32 = 0  // libpq has set SO_NOSIGPIPE
        #else
        let flags = Int32(MSG_NOSIGNAL)
        #endif
        return unsafe sendto(socket, bytes.baseAddress, bytes.count, flags, nil, 0)
    }

    // MARK: - Errors

    private func error(in message: Message, query: WrappedQuery?, doing: String) -> SourceError {
        SourceError(unsafe WireMessage.report(body(of: message)), doing: doing, query: query)
    }

    private func lost(_ message: String, doing: String) -> SourceError {
        SourceError(.connectionLost, doing: doing, message: message)
    }

    /// Bytes of somebody else, or of another protocol: only a new connection helps.
    private func malformed(_ doing: String) -> SourceError {
        lost("the server sent what is no message of the protocol, or not the one that is due", doing: doing)
    }

    private func message(of code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
