import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// A proxy for HTTP that lets everything pass but one request, which it holds: before it reaches the server, or after the
/// server has answered it. What a process does at that moment can then be ended there, and nowhere else.
///
/// Blocking calls on threads of its own, two a connection. HTTP/1.1 with Content-Length, as `reindex` speaks it.
final class HoldingProxy: Sendable {
    struct Request: Sendable {
        var method: String
        var path: String
        var body: String
    }

    enum Moment: String, Sendable, CaseIterable {
        /// The server never sees the request.
        case before
        /// The server has done it, and its answer is lost.
        case after
    }

    let port: UInt16
    private let listener: Int32
    private let upstream: UInt16
    private let rule: Mutex<(Moment, @Sendable (Request) -> Bool)?> = Mutex(nil)
    private let held = Mutex(false)
    private let lastHeld = Mutex<Request?>(nil)
    private let connections = Mutex<[ObjectIdentifier: Connection]>([:])
    private let forwarded = Mutex<[Request]>([])

    /// - Parameter address: `http://127.0.0.1:9200`
    init(for address: String) throws {
        guard let port = URL(string: address)?.port else { throw Failure("no port in \(address)") }
        upstream = UInt16(port)
        let listener = Self.makeSocket()
        self.listener = listener
        var own = Self.loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isOpen else { throw Failure("the proxy cannot listen") }
        self.port = UInt16(bigEndian: own.sin_port)
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// What went through to the server, in order.
    var requests: [Request] { forwarded.withLock { $0 } }

    /// The one that the server has not seen.
    var heldRequest: Request? { lastHeld.withLock { $0 } }

    var address: String { "http://127.0.0.1:\(port)" }

    /// Holds the first request from now on that the rule is true for.
    func hold(_ moment: Moment, _ matches: @escaping @Sendable (Request) -> Bool) {
        held.withLock { $0 = false }
        rule.withLock { $0 = (moment, matches) }
    }

    /// Whether it was held within this time.
    func isHolding(within limit: Duration, unless isOver: () -> Bool) async throws -> Bool {
        let began = ContinuousClock.now
        while ContinuousClock.now - began < limit {
            if held.withLock({ $0 }) { return true }
            if isOver() { return held.withLock { $0 } }
            try await Task.sleep(for: .milliseconds(2))
        }
        return false
    }

    /// Ends all connections, those with a held request too, and lets everything pass.
    func release() {
        rule.withLock { $0 = nil }
        for connection in connections.withLock({ Array($0.values) }) { connection.end() }
    }

    func stop() {
        release()
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    // MARK: One connection

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { return }
            Self.keepFromChildren(client)
            let server = Self.makeSocket()
            var address = Self.loopback(upstream)
            let isConnected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard isConnected else {
                close(client)
                close(server)
                continue
            }
            let connection = Connection(client: client, server: server)
            connections.withLock { $0[ObjectIdentifier(connection)] = connection }
            for work in [sendRequests, returnAnswers] {
                Thread.detachNewThread { [self] in
                    work(connection)
                    if connection.endOne() { connections.withLock { $0[ObjectIdentifier(connection)] = nil } }
                }
            }
        }
    }

    private final class Connection: Sendable {
        let client: Int32
        let server: Int32
        let holdsAnswer = Mutex(false)
        /// Threads that use the sockets: the last one closes them.
        private let users = Mutex(2)

        init(client: Int32, server: Int32) {
            self.client = client
            self.server = server
        }

        func end() {
            users.withLock { users in
                guard users > 0 else { return }
                shutdown(client, Int32(SHUT_RDWR))
                shutdown(server, Int32(SHUT_RDWR))
            }
        }

        /// Of one thread.
        /// - Returns: whether it was the last one.
        func endOne() -> Bool {
            end()
            return users.withLock { users in
                users -= 1
                guard users == 0 else { return false }
                close(client)
                close(server)
                return true
            }
        }
    }

    private func sendRequests(of connection: Connection) {
        var bytes: [UInt8] = []
        while let request = next(from: connection.client, &bytes) {
            let moment = rule.withLock { rule -> Moment? in
                guard let (moment, matches) = rule, matches(request.parsed) else { return nil }
                rule = nil
                return moment
            }
            if moment == .before {
                lastHeld.withLock { $0 = request.parsed }
                held.withLock { $0 = true }
                waitForEnd(of: connection.client)
                return
            }
            if moment == .after { connection.holdsAnswer.withLock { $0 = true } }
            forwarded.withLock { $0.append(request.parsed) }
            guard Self.write(request.bytes[...], to: connection.server) else { return }
        }
    }

    private func returnAnswers(of connection: Connection) {
        var room = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(connection.server, &room, room.count)
            guard count > 0 else { return }
            if connection.holdsAnswer.withLock({ $0 }) {
                held.withLock { $0 = true }
                waitForEnd(of: connection.client)
                return
            }
            guard Self.write(room[..<count], to: connection.client) else { return }
        }
    }

    /// The next whole request, or nil at the end.
    private func next(from client: Int32, _ bytes: inout [UInt8]) -> (parsed: Request, bytes: [UInt8])? {
        var room = [UInt8](repeating: 0, count: 1 << 16)
        let blank = Array("\r\n\r\n".utf8)
        while true {
            if let end = bytes.firstRange(of: blank)?.upperBound {
                let header = String(decoding: bytes[..<end], as: UTF8.self)
                let length = header.firstMatch(of: /(?i)content-length: *([0-9]+)/).flatMap { Int($0.output.1) } ?? 0
                if bytes.count >= end + length {
                    let words = header.prefix { $0 != "\r\n" }.split(separator: " ")
                    let request = Request(
                        method: words.first.map(String.init) ?? "",
                        path: words.dropFirst().first.map(String.init) ?? "",
                        body: String(decoding: bytes[end..<end + length].prefix(20_000), as: UTF8.self))
                    let whole = Array(bytes[..<(end + length)])
                    bytes.removeFirst(end + length)
                    return (request, whole)
                }
            }
            let count = read(client, &room, room.count)
            guard count > 0 else { return nil }
            bytes += room[..<count]
        }
    }

    /// Until the other side has closed, or `release` has.
    private func waitForEnd(of socket: Int32) {
        var room = [UInt8](repeating: 0, count: 4096)
        while read(socket, &room, room.count) > 0 {}
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to socket: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func makeSocket() -> Int32 {
        #if canImport(Glibc)
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
        let socket = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        keepFromChildren(socket)
        return socket
    }

    private static func keepFromChildren(_ socket: Int32) { _ = fcntl(socket, F_SETFD, FD_CLOEXEC) }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }
}
