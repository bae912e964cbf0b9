internal import CCurl
internal import Synchronization

/// One request on its way through libcurl, and the answer as far as it came.
///
/// Sendable because of who touches what: `request`, `address` and `limits` never change; `continuation` is set before
/// the transfer is handed to the loop; everything else belongs to the loop's thread from then on.
final class Transfer: @unchecked Sendable {
    let request: HTTPRequest
    let address: Address
    let limits: Limits
    /// Set by any thread; read by the loop's before it begins.
    let isCancelled = Atomic(false)

    var continuation: CheckedContinuation<Result<HTTPResponse, TransferFailure>, Never>?
    var watch: ProgressWatch
    private(set) var answer: [UInt8] = []
    private(set) var isTooLong = false
    /// Whether the empty line after the header came: libcurl takes a header that is cut for a whole one.
    private(set) var hasWholeHeader = false

    /// How often libcurl was about to send it.
    private var tries = 0
    var isSecondTry: Bool { tries > 1 }

    func mayBeSent() -> Bool {
        tries += 1
        return tries == 1
    }

    struct Limits: Sendable {
        var connect: Duration
        var firstByte: Duration
        var stall: Duration
        var answerBytes: Int
        var caFile: String?
        var verifiesCertificates: Bool
    }

    init(_ request: HTTPRequest, to address: Address, limits: Limits) {
        self.request = request
        self.address = address
        self.limits = limits
        watch = ProgressWatch(firstByte: limits.firstByte, stall: limits.stall, now: .now)
    }

    /// Takes what libcurl received.
    /// - Returns: false when the answer is longer than is accepted, which ends the transfer.
    func receive(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard answer.count + bytes.count <= limits.answerBytes else {
            isTooLong = true
            answer = []
            return false
        }
        unsafe answer.append(contentsOf: bytes)
        return true
    }

    /// Takes one line of the header. Each interim answer has a header of its own; lines behind a body change nothing.
    func receiveHeaderLine(_ line: UnsafeBufferPointer<UInt8>) {
        if unsafe line.starts(with: "HTTP/".utf8) {
            hasWholeHeader = false
        } else if unsafe line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") {
            hasWholeHeader = true
        }
    }

    func takeAnswer() -> [UInt8] {
        defer { answer = [] }
        return answer
    }
}

/// Why no complete answer came.
enum TransferFailure: Error, Sendable, Hashable {
    /// The request was not sent: no name, no connection.
    case unreachable(String)
    case tls(String)
    /// The request may have been received and carried out.
    case broken(String)
    case cancelled
    /// The transport was released.
    case closed
}
