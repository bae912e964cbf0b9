import Foundation
import ReindexCore
import Testing

@testable import PostgresRows

/// The channel alone, at one end of a pair of sockets: the test is the server.
@Suite struct WireChannelTests {
    /// What a server answers to one FETCH of two columns, and to its Sync.
    private static func answer(_ rows: [[String?]]) -> [UInt8] {
        var bytes = message("1") + message("2")
        let column = [0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 1] as [UInt8]
        bytes += message("T", [0, 2] + Array("a\0".utf8) + column + Array("b\0".utf8) + column)
        for row in rows {
            var body: [UInt8] = [0, UInt8(row.count)]
            for value in row {
                guard let value else {
                    body += [255, 255, 255, 255]
                    continue
                }
                body += number(value.utf8.count) + Array(value.utf8)
            }
            bytes += message("D", body)
        }
        return bytes + message("C", Array("FETCH \(rows.count)\0".utf8)) + message("Z", Array("T".utf8))
    }

    private static func message(_ type: Unicode.Scalar, _ body: [UInt8] = []) -> [UInt8] {
        [UInt8(ascii: type)] + number(body.count + 4) + body
    }

    private static func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static let query = WrappedQuery(prefix: "", text: "select 1", suffix: "")

    /// A channel whose server sends this, in these pieces, and then closes.
    private static func channel(_ bytes: [UInt8], pieces: Int = .max) -> WireChannel {
        var ends: [Int32] = [0, 0]
        precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let (ours, theirs) = (ends[0], ends[1])
        _ = fcntl(ours, F_SETFL, O_NONBLOCK)
        Thread.detachNewThread {
            var start = 0
            while start < bytes.count {
                let count = min(pieces, bytes.count - start)
                let sent = bytes[start..<start + count].withUnsafeBytes { write(theirs, $0.baseAddress, count) }
                guard sent > 0 else { break }
                start += sent
                if pieces < .max { usleep(50) }
            }
            close(theirs)
        }
        return WireChannel(socket: ours)
    }

    private static func texts(_ rows: WireRows) -> [[String?]] {
        (0..<rows.rowCount).map { row in (0..<rows.columnCount).map { rows.text(row, $0) } }
    }

    private static let table: [[String?]] = [
        ["one", nil], ["", "two"], [nil, nil], [String(repeating: "x", count: 3000), "y"],
    ]

    @Test(arguments: [1, 2, 3, 7, 64, Int.max])
    func `rows come whole in whatever pieces they arrive, and those of the next statement stay with it`(
        pieces: Int
    ) throws {
        let more: [[String?]] = [["last", ""]]
        let channel = Self.channel(Self.answer(Self.table) + Self.answer([]) + Self.answer(more), pieces: pieces)
        let first = try channel.answer(to: Self.query, doing: "reading")
        #expect(Self.texts(first) == Self.table)
        let none = try channel.answer(to: Self.query, doing: "reading")
        #expect(none.rowCount == 0 && none.columnTypes == [TypeOID(25), TypeOID(25)])
        #expect(Self.texts(try channel.answer(to: Self.query, doing: "reading")) == more)
        // What was handed out earlier is not written over by what came later.
        #expect(Self.texts(first) == Self.table)
    }

    @Test func `as many rows as were asked for, or bytes; the rest waits`() throws {
        let channel = Self.channel(Self.answer(Self.table))
        func rows(_ rowCount: Int, _ byteCount: Int) throws -> (WireRows?, Bool) {
            try channel.rows(rowCount: rowCount, byteCount: byteCount, query: Self.query, doing: "reading")
        }
        let first = try rows(2, .max)
        #expect(first.0?.rowCount == 2 && !first.1)
        let byBytes = try rows(10, 1)
        #expect(byBytes.0?.rowCount == 1 && !byBytes.1)
        let last = try rows(10, .max)
        #expect(last.0.map(Self.texts) == [Self.table[3]] && last.1)
        try channel.receiveSynchronization(doing: "reading")
    }

    @Test func `a row that is larger than all room so far arrives whole`() throws {
        let large: [[String?]] = [["s", nil], [String(repeating: "z", count: 9_000_000), "end"], ["t", "u"]]
        let channel = Self.channel(Self.answer(large), pieces: 300_000)
        #expect(Self.texts(try channel.answer(to: Self.query, doing: "reading")) == large)
    }

    @Test func `notices and parameters in between are passed over`() throws {
        let noise =
            Self.message("N", Array("SNOTICE\0C00000\0Mhello\0\0".utf8)) + Self.message("S", Array("a\0b\0".utf8))
            + Self.message("A", [0, 0, 0, 1] + Array("c\0\0".utf8))
        let channel = Self.channel(noise + Self.answer(Self.table) + noise + Self.answer([]))
        #expect(Self.texts(try channel.answer(to: Self.query, doing: "reading")) == Self.table)
        #expect(try channel.answer(to: Self.query, doing: "reading").rowCount == 0)
    }

    @Test func `an error is the server's own, with its state, and never its detail`() throws {
        let fields = "SERROR\0C57014\0Mcanceling statement\0Dvalue 42 of a row\0Htry again\0P3\0\0"
        let channel = Self.channel(Self.message("E", Array(fields.utf8)))
        let error = #expect(throws: SourceError.self) { try channel.answer(to: Self.query, doing: "reading rows") }
        #expect(error?.kind == .cancelled && error?.sqlState == "57014" && error?.hint == "try again")
        #expect(error?.message == "canceling statement" && error?.doing == "reading rows")
    }

    @Test func `the end of the connection is one that is lost, in the middle of a row as well`() throws {
        let answer = Self.answer(Self.table)
        for count in [0, 1, 4, 5, 20, answer.count - 1] {
            let channel = Self.channel(Array(answer[..<count]))
            let error = #expect(throws: SourceError.self) { try channel.answer(to: Self.query, doing: "reading") }
            #expect(error?.kind == .connectionLost)
        }
    }

    @Test func `bytes that are no messages, or not those that are due, end the connection and nothing else`() throws {
        let rows = Self.answer(Self.table)
        let description = rows.firstIndex(of: UInt8(ascii: "D"))!
        var tooLong = rows
        tooLong[description + 7 + 3] = 200  // the first value's length leaves its message
        var tooFew = rows
        tooFew[description + 6] = 1  // one column of two
        let huge = Self.message("D").prefix(1) + [127, 255, 255, 255]
        let negative = Self.message("D").prefix(1) + [255, 255, 255, 255]
        let text = Self.message("T", [0, 1, 97, 0] + [UInt8](repeating: 0, count: 18))
        let copy = Self.message("H", [0, 0, 0])
        for bytes in [tooLong, tooFew, huge + rows, negative + rows, text, copy, Array("HTTP/1.1 400\r\n\r\n".utf8)] {
            let channel = Self.channel(Array(bytes))
            let error = #expect(throws: SourceError.self) { try channel.answer(to: Self.query, doing: "reading") }
            #expect(error?.kind == .connectionLost)
        }
    }

    @Test(arguments: 0..<300) func `whatever byte is another one, rows come or the connection ends`(seed: Int) throws {
        var random = SystemRandomNumberGenerator()
        var bytes = Self.answer(Self.table) + Self.answer([["more", nil]])
        // The first bytes decide most; a seed each for them, and any place for the others.
        let place = seed < 120 ? seed : Int.random(in: bytes.indices, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
        let channel = Self.channel(bytes)
        for _ in 0..<2 {
            do { _ = try channel.answer(to: Self.query, doing: "reading") } catch {
                // An error's own text may have been hit, so any kind of it is an end.
                #expect(!error.message.isEmpty || error.sqlState != nil, "byte \(place) is \(bytes[place])")
                return
            }
        }
    }

    @Test func `statements are Parse, Bind, Describe, Execute and Sync`() {
        var statements = WireStatements()
        let parameters = [QueryParameter.binary([1, 2], type: TypeOID(20)), .text(nil)]
        statements.append(Statement("select $1, $2", parameters, isBinary: true))
        statements.appendSynchronization()
        let parse = Array("\0select $1, $2\0".utf8) + [0, 2, 0, 0, 0, 20, 0, 0, 0, 25]
        let bind: [UInt8] =
            [0, 0, 0, 2, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 255, 255, 255, 255, 0, 1, 0, 1]
        #expect(
            statements.bytes == Self.message("P", parse) + Self.message("B", bind)
                + Self.message("D", Array("P\0".utf8)) + Self.message("E", [0, 0, 0, 0, 0]) + Self.message("S"))
    }
}
