/// One request as it arrives and its answer as it leaves. Belongs to the server's thread.
final class Exchange {
    let target: String
    private let service: Service
    private var method = ""
    private var headers = Headers()
    private var body: [UInt8] = []
    private var sink: Discard?
    private var fault: FaultAction?
    private var hasBegun = false
    /// Set when the body is complete; what is sent once a delay is over.
    private(set) var reply: Service.Reply?

    /// The headers that the sandbox looks at.
    struct Headers {
        var contentType: String?
        var contentEncoding: String?
        var contentLength: Int?
        var authorization: String?
    }

    /// What the server does with a request whose headers have come.
    enum Start { case reads, answers, closes }

    init(target: String, service: Service) { (self.target, self.service) = (target, service) }

    var isNew: Bool { !hasBegun }

    func begin(method: String, headers: Headers) -> Start {
        hasBegun = true
        (self.method, self.headers) = (method, headers)
        let request = Request(method, target)
        fault = service.fault(method: method, path: request.rawPath)
        if fault == .cutRequest { return .closes }
        // The whole path of a body that is too large is known before it comes, unless it is compressed.
        if fault == nil, let length = headers.contentLength, length > service.maxContentLength {
            reply = Service.Reply(response: Response(status: 413, body: .empty))
            return .answers
        }
        if service.refusal(of: headers.authorization) == nil { sink = Discard.sink(for: request, in: service) }
        if sink == nil || headers.contentEncoding != nil {
            body.reserveCapacity(min(headers.contentLength ?? 0, 64 << 20))
        }
        return .reads
    }

    func receive(_ piece: UnsafeRawBufferPointer) {
        if sink != nil, headers.contentEncoding == nil {
            unsafe sink?.feed(piece)
        } else if body.count <= service.maxContentLength {
            unsafe body.append(contentsOf: piece)
        }
    }

    /// The body is complete.
    func finish() -> Service.Reply {
        let reply: Service.Reply
        do throws(Inflate.Failure) {
            reply = answer(try inflated())
        } catch {
            reply = Service.Reply(
                response: error == .tooLarge
                    ? Response(status: 413, body: .empty)
                    : Response(APIError(400, "zip_exception", "Not in GZIP format")))
        }
        self.reply = reply
        return reply
    }

    private func inflated() throws(Inflate.Failure) -> [UInt8] {
        guard headers.contentEncoding?.lowercased() == "gzip" else {
            if body.count > service.maxContentLength { throw .tooLarge }
            return body
        }
        return try Inflate.gzip(body, limit: service.maxContentLength)
    }

    private func answer(_ body: [UInt8]) -> Service.Reply {
        guard var sink else {
            let request = Request(
                method, target, body: body, contentType: headers.contentType, authorization: headers.authorization)
            return service.reply(to: request, fault: fault)
        }
        if case .tooManyItems? = fault {
            return Service.Reply(response: Response(.notImplemented("429-items with --discard")))
        }
        return service.reply(under: fault) {
            if !body.isEmpty { unsafe body.withUnsafeBytes { unsafe sink.feed($0) } }
            sink.record(in: service)
            return sink.finish()
        }
    }
}
