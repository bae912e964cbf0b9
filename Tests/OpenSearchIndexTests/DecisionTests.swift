import Foundation
import ReindexCore
import Synchronization
import Testing

@testable import OpenSearchIndex

@Suite struct AddressTests {
    @Test func `user and password are taken out of the address`() throws {
        let address = try Address("https://al%40:p%2F%3Aw@Example.com:9200/base//", user: "u", password: "p")
        #expect(address.url == "https://Example.com:9200/base" || address.url == "https://example.com:9200/base")
        #expect(address.user == "al@" && address.password == "p/:w" && !address.isLoopback)
        let plain = try Address("http://localhost", user: "u", password: "p")
        #expect(plain.url == "http://localhost" && plain.user == "u" && plain.password == "p" && plain.isLoopback)
        #expect(try Address("http://[::1]:9200/", user: nil, password: nil).isLoopback)
        // The general password belongs to the general user.
        #expect(try Address("http://bob@h", user: "u", password: "p").password == "")
    }

    @Test(
        arguments: [
            "localhost:9200", "ftp://h", "http://", "http://h:port", "http://h?x=1", "http://h#x", "",
            "http://u:se@cret@h:x",
            "u:se@cret@h", "http://u:secret", "http://u:12/secret@h", "http://u:12?secret@h", "http://h?token=secret",
        ])
    func `what is no address is refused without showing a password`(text: String) {
        let error = #expect(throws: InvalidAddress.self) { try Address(text, user: nil, password: nil) }
        #expect(error?.address.contains("se") == false && error?.address.contains("cret") == false)
        #expect(error?.reason.isEmpty == false)
    }

    @Test func `several addresses are separated by commas or blanks`() {
        #expect(
            OpenSearchSettings.addresses(in: " http://a, http://b\nhttp://c,, ") == [
                "http://a", "http://b", "http://c",
            ])
        #expect(throws: InvalidAddress.self) { try OpenSearchTransport(OpenSearchSettings(urls: [])) }
    }
}

@Suite struct AddressBookTests {
    private let start = ContinuousClock.now

    @Test func `each address has its turn`() {
        var book = AddressBook(count: 3)
        #expect((0..<4).map { _ in book.order(at: start) } == [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]])
    }

    @Test func `one that failed comes last until it has rested, each time longer`() {
        var book = AddressBook(count: 2)
        var now = start
        for rest in [1, 2, 4, 8, 16, 32, 60, 60] {
            book.failed(0, at: now)
            #expect((0..<2).map { _ in book.order(at: now + .seconds(rest) - .milliseconds(1))[0] } == [1, 1])
            now += .seconds(rest)
            #expect(Set((0..<2).map { _ in book.order(at: now)[0] }) == [0, 1])
        }
        book.answered(0)
        book.failed(0, at: now)
        #expect(Set((0..<2).map { _ in book.order(at: now + .seconds(1))[0] }) == [0, 1])
    }

    @Test func `when all rest, the one that rests least is asked first`() {
        var book = AddressBook(count: 2)
        book.failed(0, at: start)
        book.failed(0, at: start)
        book.failed(1, at: start)
        #expect((0..<2).map { _ in book.order(at: start) } == [[1, 0], [1, 0]])
    }
}

@Suite struct ProgressWatchTests {
    private let start = ContinuousClock.now

    private func progress(_ bytes: Int64, connected: Bool = true, sent: Bool = false, begun: Bool = false)
        -> ProgressWatch.Progress
    {
        ProgressWatch.Progress(isConnected: connected, isSent: sent, hasAnswerBegun: begun, byteCount: bytes)
    }

    @Test func `connecting is not counted, moving bytes begin anew, and silence ends it`() {
        var watch = ProgressWatch(firstByte: .seconds(90), stall: .seconds(30), now: start)
        #expect(watch.observe(progress(0, connected: false), at: start + .seconds(1000)) == nil)
        #expect(watch.observe(progress(0), at: start + .seconds(1001)) == nil)
        #expect(watch.observe(progress(0), at: start + .seconds(1030)) == nil)
        #expect(watch.observe(progress(5), at: start + .seconds(1031)) == nil)
        #expect(watch.observe(progress(5), at: start + .seconds(1060)) == nil)
        #expect(watch.observe(progress(5), at: start + .seconds(1061)) == .stalled(.seconds(30)))
    }

    @Test func `a request that was sent may wait for its first byte longer than for a later one`() {
        var watch = ProgressWatch(firstByte: .seconds(90), stall: .seconds(30), now: start)
        #expect(watch.observe(progress(9, sent: true), at: start) == nil)
        #expect(watch.observe(progress(9, sent: true), at: start + .seconds(89)) == nil)
        #expect(watch.observe(progress(9, sent: true), at: start + .seconds(90)) == .noAnswer(.seconds(90)))
        #expect(watch.observe(progress(10, sent: true, begun: true), at: start + .seconds(91)) == nil)
        #expect(
            watch.observe(progress(10, sent: true, begun: true), at: start + .seconds(121)) == .stalled(.seconds(30)))
    }
}

@Suite struct CallRetryTests {
    private func error(_ kind: TargetError.Kind) -> TargetError {
        TargetError(kind, doing: "testing", message: "", address: "")
    }

    @Test func `pauses double up to a limit, each by chance somewhere below`() async {
        let pauses = Mutex<[Duration]>([])
        let retry = CallRetry(
            attempts: 6, firstPause: .milliseconds(200), longestPause: .seconds(1),
            sleep: { pause in pauses.withLock { $0.append(pause) } }, jitter: { 0.5 })
        let tries = Mutex(0)
        let failure = await targetError {
            try await retry.run { _ throws(TargetError) in
                tries.withLock { $0 += 1 }
                throw error(.refused(status: 503, type: "x"))
            }
        }
        #expect(failure?.kind == .refused(status: 503, type: "x"))
        #expect(tries.withLock { $0 } == 6)
        #expect(pauses.withLock { $0 } == [100, 200, 400, 500, 500].map { .milliseconds($0) })
    }

    @Test(arguments: [TargetError.Kind.authentication, .tls, .conflict, .refused(status: 400, type: "x")])
    func `what repeating does not cure is not repeated`(kind: TargetError.Kind) async {
        let tries = Mutex(0)
        let failure = await targetError {
            try await CallRetry(sleep: { _ in }).run { _ throws(TargetError) in
                tries.withLock { $0 += 1 }
                throw error(kind)
            }
        }
        #expect(failure?.kind == kind && tries.withLock { $0 } == 1)
    }

    @Test func `a pause that is cancelled ends it with what went wrong`() async {
        let retry = CallRetry(sleep: { _ in throw CancellationError() })
        let failure = await targetError {
            try await retry.run { _ throws(TargetError) in throw error(.unreachable) }
        }
        #expect(failure?.kind == .unreachable)
    }
}

@Suite struct ServerTextTests {
    @Test func `text of a server cannot move the cursor, turn the line or fill the screen`() {
        #expect(ServerText.clean("a\u{1b}[2Jb\r\n\tc\u{202e}d\u{0}") == "a [2Jb c d")
        #expect(ServerText.clean(String(repeating: "x", count: 1000)).count == ServerText.limit + 1)
        #expect(ServerText.clean([0xff, 0xfe, 0x41]) == "\u{fffd}\u{fffd}A")
        #expect(ServerText.clean("Größe “x” 😀") == "Größe “x” 😀")
    }

    @Test func `reasons are told from the outermost inwards, each once`() {
        let json: JSONValue = [
            "error": [
                "type": "mapper_parsing_exception", "reason": "failed to parse [a]",
                "caused_by": [
                    "type": "x", "reason": "For input: \"b\"", "caused_by": ["reason": "failed to parse [a]"],
                ],
            ]
        ]
        let error = ServerError(HTTPResponse(status: 400, body: json.bytes))
        #expect(error.type == "mapper_parsing_exception" && error.reason == #"failed to parse [a]: For input: "b""#)
    }

    @Test func `a watermark is a share in use or bytes to be left free`() {
        #expect(DiskWatermark.usedShare("85%", of: nil) == 0.85)
        #expect(DiskWatermark.usedShare("0.85", of: nil) == 0.85)
        #expect(DiskWatermark.usedShare("1gb", of: 4 << 30) == 0.75)
        #expect(DiskWatermark.usedShare("512mb", of: 1 << 30) == 0.5)
        #expect(DiskWatermark.usedShare("1gb", of: nil) == nil)
        #expect(DiskWatermark.usedShare("2gb", of: 1 << 30) == 0)
        #expect(DiskWatermark.usedShare("much", of: 100) == nil)
    }
}
