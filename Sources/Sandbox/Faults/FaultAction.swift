/// What a fault does to the request that it meets.
enum FaultAction: Sendable, Equatable {
    /// Answers rightly, but only after so many milliseconds.
    case late(Int)
    /// Applies, declares the whole size, sends half of it and closes.
    case cut
    /// Closes before the body was read; nothing is applied.
    case cutRequest
    /// Applies and closes without an answer.
    case applyThenCut
    /// 200 with a body that is not JSON; nothing is applied.
    case wrong
    /// A proxy's page; nothing is applied.
    case html(Int)
    /// Any status; nothing is applied.
    case status(Int, body: String?)
    /// The whole request refused for its load, with `Retry-After` in seconds when one is given; nothing is applied.
    case tooMany(retryAfter: Int?)
    /// That share of the items refused for load and not applied, the others applied.
    case tooManyItems(Double)
    /// 413 with an empty body; nothing is applied.
    case tooLarge
    /// The cluster's own 503; nothing is applied.
    case unavailable
    /// No answer for so many milliseconds, then closes; nothing is applied.
    case nothing(Int)
    /// Closes without an answer; nothing is applied.
    case hangUp
    /// Applies and leaves the last item out of the answer.
    case fewerItems
    /// Applies and answers the last item twice.
    case moreItems
    /// Applies and gives the second item the `_id` of the first.
    case repeatID

    /// - Parameter words: an action of a fault script; nil for what none is called.
    init?(_ words: [Substring]) {
        let argument = words.count > 1 ? words[1] : nil
        let number = argument.flatMap { Int($0) }
        switch (words.first, argument) {
        case ("late", _?):
            guard let number, number >= 0 else { return nil }
            self = .late(number)
        case ("cut", nil): self = .cut
        case ("cut-request", nil): self = .cutRequest
        case ("apply-then-cut", nil): self = .applyThenCut
        case ("wrong", nil): self = .wrong
        case ("html", _?):
            guard let number, (200...599).contains(number) else { return nil }
            self = .html(number)
        case ("status", _?):
            guard let number, (200...599).contains(number) else { return nil }
            self = .status(number, body: words.count > 2 ? words[2...].joined(separator: " ") : nil)
        case ("429", nil): self = .tooMany(retryAfter: nil)
        case ("429", _?):
            guard let number, number >= 0 else { return nil }
            self = .tooMany(retryAfter: number)
        case ("429-items", _):
            guard let share = argument.map({ Double($0) }) ?? 1, (0...1).contains(share) else { return nil }
            self = .tooManyItems(share)
        case ("413", nil): self = .tooLarge
        case ("503", nil): self = .unavailable
        case ("nothing", _):
            guard let hold = argument == nil ? 3_600_000 : number, hold >= 0 else { return nil }
            self = .nothing(hold)
        case ("hang-up", nil): self = .hangUp
        case ("fewer-items", nil): self = .fewerItems
        case ("more-items", nil): self = .moreItems
        case ("repeat-id", nil): self = .repeatID
        default: return nil
        }
    }

    /// Whether the request is carried out all the same.
    var applies: Bool {
        switch self {
        case .late, .cut, .applyThenCut, .tooManyItems, .fewerItems, .moreItems, .repeatID: true
        default: false
        }
    }

    /// The answer of an action that applies nothing.
    var response: Response {
        switch self {
        case .wrong:
            Response(status: 200, body: .text("This is not JSON {", contentType: "application/json; charset=UTF-8"))
        case .html(let status):
            Response(
                status: status,
                body: .text(
                    "<html>\r\n<head><title>\(status)</title></head>\r\n<body><center><h1>\(status)</h1></center></body>\r\n"
                        + "</html>\r\n", contentType: "text/html"))
        case .status(let status, let body): FaultAction.answer(status, body)
        case .tooMany(let seconds):
            FaultAction.rejected(seconds)
        case .unavailable:
            Response(
                APIError(
                    503, "cluster_block_exception",
                    "blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];"))
        default: Response(status: 413, body: .empty)
        }
    }

    private static func answer(_ status: Int, _ body: String?) -> Response {
        guard let body else {
            return Response(APIError(status, "scripted_fault", "a fault script of the sandbox asked for it"))
        }
        if body.hasPrefix("{") || body.hasPrefix("[") {
            return Response(status: status, body: .bytes(Array(body.utf8)))
        }
        return Response(status: status, body: .text(body, contentType: "text/plain; charset=UTF-8"))
    }

    private static func rejected(_ seconds: Int?) -> Response {
        var response = Response(
            APIError(
                429, "rejected_execution_exception",
                "rejected execution of coordinating operation [coordinating_and_primary_bytes=209715200, replica_bytes=0, "
                    + "all_bytes=209715200, coordinating_operation_bytes=5242880, "
                    + "max_coordinating_and_primary_bytes=214748364]"))
        if let seconds { response.headers["Retry-After"] = String(seconds) }
        return response
    }
}
