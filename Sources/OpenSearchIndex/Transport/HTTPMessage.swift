internal import ReindexCore

/// One request. The path is already percent-encoded and holds the query.
struct HTTPRequest: Sendable {
    enum Method: String, Sendable { case get = "GET", post = "POST", put = "PUT", delete = "DELETE" }

    enum ContentType: Int, Sendable, CaseIterable { case json, ndjson, compressedNDJSON }

    /// How long the first byte of the answer is waited for. What is `brief` puts something away, and is sent by a task that
    /// was cancelled as well: nobody waits long for it.
    enum Patience: Sendable { case usual, bulk, slow, brief }

    var method: Method
    var path: String
    var body: RequestBody
    var contentType: ContentType
    var patience: Patience
    /// libcurl sends a request again by itself when a kept connection turns out to be closed. A request that must not
    /// be applied twice therefore takes a new connection.
    var needsNewConnection: Bool
    /// `X-Opaque-Id`: what OpenSearch's list of tasks names the request by.
    var label: String?
    /// "creating index products-…": follows "while".
    var doing: String

    init(
        _ method: Method, _ path: String, body: RequestBody = .none, contentType: ContentType = .json,
        patience: Patience = .usual, needsNewConnection: Bool = false, label: String? = nil, doing: String
    ) {
        self.method = method
        self.path = path
        self.body = body
        self.contentType = contentType
        self.patience = patience
        self.needsNewConnection = needsNewConnection
        self.label = label
        self.doing = doing
    }
}

/// Bytes to send. Whoever holds the value keeps them in place.
enum RequestBody: Sendable {
    case none
    case buffer(ByteBuffer)
    case items(BulkBody, Range<Int>)

    static func json(_ value: JSONValue) -> RequestBody { .buffer(ByteBuffer(copying: value.bytes)) }
}

/// A complete answer of whatever status.
struct HTTPResponse: Sendable {
    var status: Int
    var body: [UInt8]
    var contentType: String?
    var retryAfter: Duration?
    /// From the first byte sent to the last one received.
    var elapsed: Duration
    /// The address that answered, without user and password.
    var address: String

    init(
        status: Int, body: [UInt8], contentType: String? = nil, retryAfter: Duration? = nil, elapsed: Duration = .zero,
        address: String = ""
    ) {
        self.status = status
        self.body = body
        self.contentType = contentType
        self.retryAfter = retryAfter
        self.elapsed = elapsed
        self.address = address
    }
}

/// Bytes from malloc that do not move: what libcurl reads from without copying.
@safe final class ByteBuffer: @unchecked Sendable {
    // Sendable because it is filled before it is handed on and not changed afterwards.
    private let start: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private(set) var count: Int

    /// - Parameter fill: writes at most `capacity` bytes and says how many.
    init(capacity: Int, fill: (UnsafeMutableBufferPointer<UInt8>) -> Int) {
        self.capacity = capacity
        unsafe start = .allocate(capacity: max(capacity, 1))
        count = unsafe fill(UnsafeMutableBufferPointer(start: start, count: capacity))
        precondition(count <= capacity, "more was written than there is room")
    }

    convenience init(copying bytes: [UInt8]) {
        unsafe self.init(capacity: bytes.count) { room in
            _ = unsafe room.update(fromContentsOf: bytes)
            return bytes.count
        }
    }

    deinit { unsafe start.deallocate() }

    /// The bytes, in place until the buffer is freed.
    func withBytes<Result>(_ use: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        unsafe use(UnsafeBufferPointer(start: start, count: count))
    }
}
