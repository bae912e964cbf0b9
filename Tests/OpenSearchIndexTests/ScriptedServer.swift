import Foundation
import Synchronization

@testable import OpenSearchIndex

#if canImport(Glibc)
import Glibc
#endif

/// A server on a loopback port that answers each request as a test says, down to the bytes and when they come.
///
/// A thread accepts, and a thread a connection reads requests. `Sendable` by its mutex; the sockets are closed once.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        var method: String
        var path: String
        var headers: [String: String]
        var body: String
        /// Which connection it came on, counted from 0.
        var connection: Int
    }

    enum Answer: Sendable {
        case json(Int, String)
        /// Status, further header lines, body.
        case full(Int, [String], String)
        /// These bytes as they are, then the connection is closed.
        case raw(String)
        /// These bytes, then nothing while the test lasts.
        case stall(String)
        /// Closed without a byte.
        case close
    }

    typealias Script = @Sendable (_ request: Request, _ history: [Request]) -> Answer

    let port: UInt16
    private let listener: Int32
    private let script: Script
    private let state = Mutex(State())

    private struct State {
        var history: [Request] = []
        var connections: [Int32] = []
        var isStopped = false
    }

    /// - Parameter script: gets the request and all of them so far, itself included.
    init(_ script: @escaping Script) throws {
        self.script = script
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
        }
        guard bound == 0, listen(listener, 64) == 0 else { throw POSIXError(.EADDRINUSE) }
        var length = size
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        port = UInt16(bigEndian: address.sin_port)
        let weakSelf = WeakServer(self)
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                guard let server = weakSelf.server else {
                    close(connection)
                    return
                }
                server.serve(connection)
            }
        }
    }

    deinit {
        // Wakes the threads, which hold descriptors and no strong reference.
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for connection in state.withLock({ $0.connections }) { shutdown(connection, Int32(SHUT_RDWR)) }
    }

    private final class WeakServer: @unchecked Sendable {
        // A weak reference is read atomically; it is set once.
        weak var server: ScriptedServer?
        init(_ server: ScriptedServer) { self.server = server }
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var history: [Request] { state.withLock { $0.history } }

    /// A transport to this server alone.
    func transport(timeouts: OpenSearchTimeouts = OpenSearchTimeouts(), answerLimit: Int = 1 << 20) throws
        -> OpenSearchTransport
    {
        try OpenSearchTransport(
            OpenSearchSettings(urls: [url], timeouts: timeouts), answerLimit: answerLimit, now: { .now })
    }

    private func serve(_ connection: Int32) {
        let number = state.withLock { state in
            state.connections.append(connection)
            return state.connections.count - 1
        }
        let weakSelf = WeakServer(self)
        Thread.detachNewThread {
            var input = Input(connection: connection)
            while var request = input.nextRequest() {
                request.connection = number
                guard let server = weakSelf.server, server.answer(request, on: connection) else { break }
            }
            // The descriptor stays open until the server goes: its number must not be given to another connection.
            shutdown(connection, Int32(SHUT_RDWR))
        }
    }

    /// - Returns: whether the connection is kept.
    private func answer(_ request: Request, on connection: Int32) -> Bool {
        let history = state.withLock { state in
            state.history.append(request)
            return state.history
        }
        switch script(request, history) {
        case .json(let status, let body):
            return send(status, ["Content-Type: application/json"], body, on: connection)
        case .full(let status, let headers, let body):
            return send(status, headers, body, on: connection)
        case .raw(let bytes):
            _ = sendAll(bytes, on: connection)
            return false
        case .stall(let bytes):
            return sendAll(bytes, on: connection)
        case .close:
            return false
        }
    }

    private func send(_ status: Int, _ headers: [String], _ body: String, on connection: Int32) -> Bool {
        let lines = ["HTTP/1.1 \(status) Status", "Content-Length: \(body.utf8.count)"] + headers
        return sendAll(lines.joined(separator: "\r\n") + "\r\n\r\n" + body, on: connection)
    }

    private func sendAll(_ text: String, on connection: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

/// Reads requests with a Content-Length, one after another.
private struct Input {
    let connection: Int32
    private var buffer: [UInt8] = []

    init(connection: Int32) { self.connection = connection }

    mutating func nextRequest() -> ScriptedServer.Request? {
        let separator = Array("\r\n\r\n".utf8)
        var end: Int?
        while true {
            end = buffer.indices.first { buffer[$0...].starts(with: separator) }
            if end != nil { break }
            guard fill() else { return nil }
        }
        guard let end else { return nil }
        let lines = String(decoding: buffer[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            headers[parts[0].lowercased()] = parts.count > 1 ? parts[1] : ""
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < end + 4 + length { guard fill() else { return nil } }
        let body = String(decoding: buffer[(end + 4)..<(end + 4 + length)], as: UTF8.self)
        buffer.removeFirst(end + 4 + length)
        return ScriptedServer.Request(method: words[0], path: words[1], headers: headers, body: body, connection: 0)
    }

    private mutating func fill() -> Bool {
        var room = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(connection, &room, room.count, 0)
        guard count > 0 else { return false }
        buffer += room[..<count]
        return true
    }
}
