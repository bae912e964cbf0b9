internal import ReindexCore
internal import Synchronization

/// HTTP to the cluster: one request in, one whole answer out, over whichever address can be reached.
///
/// Shared by the bulk sink, the administration and the checkpoints of a run, so that they share connections. A request
/// that could not be sent goes to the next address; one that may have been received is never sent again in here.
package final class OpenSearchTransport: Sendable {
    /// Longer answers are refused: nothing that is asked for comes near it.
    static let answerLimit = 64 * 1024 * 1024
    private static let briefLimit = Duration.seconds(3)

    let addresses: [Address]
    private let settings: OpenSearchSettings
    private let answerLimit: Int
    private let book: Mutex<AddressBook>
    private let loop: TransferLoop?
    /// The clock that addresses rest by.
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Throws: ``InvalidAddress`` for an address that is none, or when there is none at all.
    package convenience init(_ settings: OpenSearchSettings) throws(InvalidAddress) {
        try self.init(settings, now: { .now })
    }

    init(
        _ settings: OpenSearchSettings, answerLimit: Int = answerLimit,
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) throws(InvalidAddress) {
        var addresses: [Address] = []
        for url in settings.urls {
            addresses.append(try Address(url, user: settings.user, password: settings.password))
        }
        guard !addresses.isEmpty else { throw InvalidAddress(address: "", reason: "there is no address") }
        self.addresses = addresses
        self.settings = settings
        self.answerLimit = answerLimit
        self.now = now
        book = Mutex(AddressBook(count: addresses.count))
        loop = TransferLoop.start()
    }

    deinit { loop?.close() }

    package var isOnLoopback: Bool { addresses.allSatisfy(\.isLoopback) }

    /// Whether certificates are not verified although an address is not this machine's.
    package var isOpenToImpostors: Bool {
        settings.insecure && addresses.contains { !$0.isLoopback && $0.url.hasPrefix("https:") }
    }

    /// The addresses without users and passwords, for messages: `http://a:9200, http://b:9200`.
    package var shownAddresses: String { addresses.map(\.url).joined(separator: ", ") }

    /// Sends one request and waits for its whole answer, of whatever status.
    /// - Throws: `unreachable`, `tls` or `incompleteAnswer`; the last also when the task was cancelled, which a `brief`
    ///   request does not heed.
    func send(_ request: HTTPRequest) async throws(TargetError) -> HTTPResponse {
        var worst: TargetError?
        for index in book.withLock({ $0.order(at: now()) }) {
            let address = addresses[index]
            switch await transfer(request, to: address) {
            case .success(let response):
                book.withLock { $0.answered(index) }
                return response
            case .failure(let failure):
                let error = failure.error(doing: request.doing, address: address.url)
                switch failure {
                case .unreachable, .tls:
                    book.withLock { $0.failed(index, at: now()) }
                    // A certificate that does not verify says more than a node that is away.
                    if worst == nil || (error.kind == .tls && worst?.kind != .tls) { worst = error }
                case .broken:
                    book.withLock { $0.failed(index, at: now()) }
                    throw error
                case .cancelled, .closed:
                    throw error
                }
            }
        }
        throw worst
            ?? TargetError(.unreachable, doing: request.doing, message: "no address", address: shownAddresses)
    }

    private func transfer(_ request: HTTPRequest, to address: Address) async -> Result<HTTPResponse, TransferFailure> {
        guard let loop else { return .failure(.unreachable("no thread or no memory for libcurl")) }
        let transfer = Transfer(request, to: address, limits: limits(for: request))
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.continuation = continuation
                loop.begin(transfer)
            }
        } onCancel: {
            if request.patience != .brief { loop.cancel(transfer) }
        }
    }

    private func limits(for request: HTTPRequest) -> Transfer.Limits {
        let timeouts = settings.timeouts
        let firstByte =
            switch request.patience {
            case .usual: timeouts.firstByte
            case .bulk: timeouts.bulkFirstByte
            case .slow: timeouts.slowFirstByte
            case .brief: min(timeouts.firstByte, Self.briefLimit)
            }
        return Transfer.Limits(
            connect: request.patience == .brief ? min(timeouts.connect, Self.briefLimit) : timeouts.connect,
            firstByte: firstByte, stall: timeouts.stall,
            total: request.patience == .bulk ? timeouts.total * 6 : timeouts.total, answerBytes: answerLimit,
            caFile: settings.caFile, verifiesCertificates: !settings.insecure)
    }
}

extension TransferFailure {
    func error(doing: String, address: String) -> TargetError {
        switch self {
        case .unreachable(let text): TargetError(.unreachable, doing: doing, message: text, address: address)
        case .tls(let text): TargetError(.tls, doing: doing, message: text, address: address)
        case .broken(let text): TargetError(.incompleteAnswer, doing: doing, message: text, address: address)
        case .cancelled:
            TargetError(.incompleteAnswer, doing: doing, message: "the request was given up", address: address)
        case .closed:
            TargetError(.incompleteAnswer, doing: doing, message: "the connection was closed", address: address)
        }
    }
}
