internal import CPostgres
internal import ReindexCore

/// A connection to PostgreSQL. Blocking: every call belongs on a thread of our own.
@safe struct PostgresConnection: ~Copyable {
    let handle: OpaquePointer
    /// Made while the connection stands, because libpq makes none for a connection that is gone.
    private let cancel: OpaquePointer?

    /// Connects with libpq's own settings; never by the `options` parameter, which proxies refuse.
    /// - Throws: `unreachable`, `authentication`, `notAllowed` or `unsupported`, with libpq's message, which names host and port.
    /// - Parameter address: where an earlier connection ended up, for a second one to the same server.
    static func open(
        _ settings: PostgresSettings, at address: ServerAddress? = nil
    ) throws(SourceError) -> PostgresConnection {
        let parameters = try ConnectionParameters(settings, at: address)
        let started = ContinuousClock.now
        guard let handle = unsafe parameters.withCStrings({ unsafe PQconnectdbParams($0, $1, 1) }) else {
            throw SourceError(.outOfMemory, doing: "connecting", message: "out of memory")
        }
        // libpq would print notices on standard error.
        _ = unsafe PQsetNoticeReceiver(handle, { _, _ in }, nil)
        if let error = unsafe refusal(of: handle, waited: ContinuousClock.now - started) {
            unsafe PQfinish(handle)
            throw error
        }
        return unsafe PostgresConnection(handle: handle)
    }

    /// Why there is no connection, or nil where there is one.
    private static func refusal(of handle: OpaquePointer, waited: Duration) -> SourceError? {
        if unsafe PQstatus(handle) == CONNECTION_OK { return nil }
        let message = unsafe String(cString: PQerrorMessage(handle))
        // libpq shows the SQLSTATE of a refused connection in its message alone, and there only when asked to: a second
        // attempt asks. Not where the first one waited in vain, for that would double the wait.
        guard waited < .seconds(5) else { return SourceError(connecting: message, sqlState: nil) }
        unsafe PQsetErrorVerbosity(handle, PQERRORS_SQLSTATE)
        unsafe PQreset(handle)
        unsafe PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        if unsafe PQstatus(handle) == CONNECTION_OK { return nil }
        let second = unsafe String(cString: PQerrorMessage(handle))
        return SourceError(connecting: message, sqlState: SQLState(endOfLineIn: second)?.code)
    }

    private init(handle: OpaquePointer) {
        unsafe self.handle = unsafe handle
        unsafe cancel = unsafe PQgetCancel(handle)
    }

    deinit {
        unsafe PQfreeCancel(cancel)
        unsafe PQfinish(handle)
    }

    /// `150020` for 15.20.
    var serverVersion: Int { Int(unsafe PQserverVersion(handle)) }

    /// Whether the connection is gone.
    var isBroken: Bool { unsafe PQstatus(handle) != CONNECTION_OK }

    /// Whether a transaction was begun and not ended, as of the last answer.
    var isInTransaction: Bool { unsafe PQtransactionStatus(handle) != PQTRANS_IDLE }

    /// The server that this connection is to.
    var address: ServerAddress {
        func text(_ value: UnsafeMutablePointer<CChar>?) -> String {
            unsafe value.map { unsafe String(cString: $0) } ?? ""
        }
        return unsafe ServerAddress(
            host: text(PQhost(handle)), hostAddress: text(PQhostaddr(handle)), port: text(PQport(handle)))
    }

    /// Whether what comes through the socket is for libpq alone to read.
    var isEncrypted: Bool { unsafe PQsslInUse(handle) != 0 || PQgssEncInUse(handle) != 0 }

    /// The file descriptor, for who must end a blocked call from another thread.
    var socket: Int32 { unsafe PQsocket(handle) }

    /// PQerrorMessage belongs to the connection and is overwritten by the next call: copied here at once.
    var errorMessage: String { unsafe String(cString: PQerrorMessage(handle)) }

    /// A setting that the server reported, such as `server_encoding`.
    func reported(_ setting: String) -> String? {
        guard let value = unsafe PQparameterStatus(handle, setting) else { return nil }
        return unsafe String(cString: value)
    }

    /// Asks the server to end the running statement. Best effort: a proxy may not forward it, and it may block for a while.
    func requestCancel() {
        guard let cancel = unsafe cancel else { return }
        var message = [CChar](repeating: 0, count: 256)
        _ = unsafe message.withUnsafeMutableBufferPointer { unsafe PQcancel(cancel, $0.baseAddress, Int32($0.count)) }
    }
}
