internal import CCurl
internal import ReindexCore

/// One of libcurl's easy handles with what it needs beside it. Belongs to the loop's thread; used again for the next
/// request, as the connections it leaves behind in the multi handle are.
@safe final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    /// CURLOPT_ERRORBUFFER: at least CURL_ERROR_SIZE bytes that outlive the handle.
    private let errorText: UnsafeMutablePointer<CChar>
    /// The header of a request that has a label, until the next one.
    private var ownHeaders: UnsafeMutablePointer<curl_slist>?

    init?() {
        guard let easy = unsafe curl_easy_init() else { return nil }
        unsafe pointer = easy
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    }

    /// What the loop finds the handle by.
    var key: Int { unsafe Int(bitPattern: pointer) }

    deinit {
        unsafe curl_easy_cleanup(pointer)
        unsafe curl_slist_free_all(ownHeaders)
        unsafe errorText.deallocate()
    }

    /// Sets everything for one transfer. The transfer, and with it the body's bytes, has to live until the handle is
    /// taken out of the multi handle: libcurl copies strings, but neither CURLOPT_POSTFIELDS nor CURLOPT_WRITEDATA.
    func prepare(for transfer: Transfer, headers: HeaderLists) {
        let request = transfer.request
        unsafe curl_easy_reset(pointer)
        unsafe curl_slist_free_all(ownHeaders)
        unsafe ownHeaders = request.label.flatMap { unsafe headers.list(for: request.contentType, label: $0) }
        unsafe errorText.pointee = 0
        unsafe reindex_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorText)
        unsafe reindex_set_http_only(pointer)
        set(CURLOPT_URL, transfer.address.url + request.path)
        // Otherwise a document whose id is ".." would be another path.
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TCP_NODELAY, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        // HTTP/2 would put every bulk body on one connection, behind one flow-control window.
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_CONNECTTIMEOUT_MS, transfer.limits.connect.milliseconds)
        set(CURLOPT_UPLOAD_BUFFERSIZE, 256 * 1024)
        set(CURLOPT_BUFFERSIZE, 64 * 1024)
        set(CURLOPT_FRESH_CONNECT, request.needsNewConnection ? 1 : 0)
        set(CURLOPT_USERAGENT, "reindex")
        if !transfer.address.isLoopback { set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        authenticate(at: transfer.address)
        verify(transfer.limits)
        unsafe reindex_set_pointer(pointer, CURLOPT_HTTPHEADER, ownHeaders ?? headers.list(for: request.contentType))
        unsafe reindex_set_pointer(pointer, CURLOPT_WRITEDATA, Unmanaged.passUnretained(transfer).toOpaque())
        unsafe reindex_set_write_callback(pointer, receiveBytes)
        unsafe reindex_set_pointer(pointer, CURLOPT_HEADERDATA, Unmanaged.passUnretained(transfer).toOpaque())
        unsafe reindex_set_header_callback(pointer, receiveHeaderLine)
        // What has a label is not sent again before the server was asked what became of it.
        if request.label != nil {
            unsafe reindex_set_prereq_callback(
                pointer, maySend, Unmanaged.passUnretained(transfer).toOpaque())
        }
        setBody(of: request)
    }

    private func authenticate(at address: Address) {
        guard let user = address.user else { return }
        set(CURLOPT_HTTPAUTH, Int(bitPattern: UInt(1)))  // CURLAUTH_BASIC, a macro with a cast
        set(CURLOPT_USERNAME, user)
        set(CURLOPT_PASSWORD, address.password ?? "")
    }

    private func verify(_ limits: Transfer.Limits) {
        set(CURLOPT_SSL_VERIFYPEER, limits.verifiesCertificates ? 1 : 0)
        set(CURLOPT_SSL_VERIFYHOST, limits.verifiesCertificates ? 2 : 0)
        if let file = limits.caFile { set(CURLOPT_CAINFO, file) }
    }

    private func setBody(of request: HTTPRequest) {
        let bytes =
            switch request.body {
            case .none: unsafe UnsafeBufferPointer<UInt8>(start: nil, count: 0)
            case .buffer(let buffer): unsafe buffer.withBytes { unsafe $0 }
            case .items(let body, let items): unsafe body.withBytes(ofItems: items) { unsafe $0 }
            }
        if request.method == .post || bytes.count > 0 {
            set(CURLOPT_POST, 1)
            unsafe reindex_set_size(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
            unsafe reindex_set_pointer(pointer, CURLOPT_POSTFIELDS, bytes.baseAddress ?? UnsafePointer(nothing))
        }
        if request.method == .put || request.method == .delete { set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
    }

    /// An address for a body without bytes: with NULL, libcurl would ask a read callback instead.
    private var nothing: UnsafeMutablePointer<UInt8> {
        unsafe UnsafeMutableRawPointer(errorText).assumingMemoryBound(to: UInt8.self)
    }

    private func set(_ option: CURLoption, _ value: Int) { unsafe reindex_set_long(pointer, option, value) }

    private func set(_ option: CURLoption, _ value: String) { unsafe reindex_set_string(pointer, option, value) }

    // MARK: What a transfer came to

    func progress(of request: HTTPRequest) -> ProgressWatch.Progress {
        let sent = size(CURLINFO_SIZE_UPLOAD_T)
        let headers = number(CURLINFO_HEADER_SIZE)
        let wanted =
            switch request.body {
            case .none: 0
            case .buffer(let buffer): buffer.count
            case .items(let body, let items): body.byteRange(ofItems: items).count
            }
        return ProgressWatch.Progress(
            isConnected: size(CURLINFO_PRETRANSFER_TIME_T) > 0, isSent: sent >= Int64(wanted),
            hasAnswerBegun: headers > 0, byteCount: sent + size(CURLINFO_SIZE_DOWNLOAD_T) + Int64(headers))
    }

    /// The answer of a transfer that libcurl reported as done.
    func result(_ code: CURLcode, of transfer: Transfer) -> Result<HTTPResponse, TransferFailure> {
        guard code == CURLE_OK else { return .failure(failure(code, of: transfer)) }
        guard transfer.hasWholeHeader else { return .failure(.broken("the answer ends within its header")) }
        let wait = size(CURLINFO_RETRY_AFTER)
        let took = size(CURLINFO_TOTAL_TIME_T) - size(CURLINFO_PRETRANSFER_TIME_T)
        return .success(
            HTTPResponse(
                status: number(CURLINFO_RESPONSE_CODE), body: transfer.takeAnswer(), contentType: contentType,
                retryAfter: wait > 0 ? .seconds(wait) : nil, elapsed: .microseconds(took),
                address: transfer.address.url))
    }

    private func failure(_ code: CURLcode, of transfer: Transfer) -> TransferFailure {
        if transfer.isTooLong { return .broken("the answer is longer than \(transfer.limits.answerBytes) bytes") }
        let detail = unsafe String(cString: errorText)
        let message = ServerText.clean(detail.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : detail)
        if transfer.isSecondTry { return .broken("the connection was closed before an answer came") }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
            return .unreachable(message)
        case CURLE_OPERATION_TIMEDOUT:
            return size(CURLINFO_PRETRANSFER_TIME_T) > 0 ? .broken(message) : .unreachable(message)
        case CURLE_SSL_CONNECT_ERROR where message.contains("SYSCALL") || message.contains("reset by peer"):
            // The handshake was cut by the network, not refused by either side.
            return .unreachable(message)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_USE_SSL_FAILED,
            CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CRL_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            return .tls(message)
        default:
            return .broken(message)
        }
    }

    private var contentType: String? {
        var value: UnsafePointer<CChar>?
        unsafe reindex_get_string(pointer, CURLINFO_CONTENT_TYPE, &value)
        return unsafe value.map { unsafe String(cString: $0) }
    }

    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        unsafe reindex_get_long(pointer, info, &value)
        return value
    }

    private func size(_ info: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        unsafe reindex_get_size(pointer, info, &value)
        return Int64(value)
    }
}

/// CURLOPT_WRITEFUNCTION: any number but the one given ends the transfer with CURLE_WRITE_ERROR.
private func receiveBytes(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let length = size * count
    let received = unsafe UnsafeRawBufferPointer(start: bytes, count: length).bindMemory(to: UInt8.self)
    return unsafe transfer.receive(received) ? length : 0
}

/// CURLOPT_PREREQFUNCTION: libcurl sends a request again by itself when a kept connection ends without an answer.
private func maySend(
    _ context: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?, _: CInt,
    _: CInt
) -> CInt {
    guard let context = unsafe context else { return 1 }
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    // CURL_PREREQFUNC_OK, CURL_PREREQFUNC_ABORT
    return transfer.mayBeSent() ? 0 : 1
}

/// CURLOPT_HEADERFUNCTION: called with each whole line, the empty one at the end too.
private func receiveHeaderLine(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    unsafe transfer.receiveHeaderLine(
        UnsafeRawBufferPointer(start: bytes, count: size * count).bindMemory(to: UInt8.self))
    return size * count
}

extension Duration {
    /// At least one: 0 means "no limit" to libcurl.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
