internal import Synchronization

/// Everything between a complete request and its answer: authentication, faults, the router. One request at a time.
final class Service: Sendable {
    /// How an answer leaves.
    struct Reply: Sendable, Equatable {
        enum Ending: Sendable { case whole, half, dropped }

        var response: Response
        var delayMilliseconds = 0
        var ending = Ending.whole
    }

    private struct State {
        let cluster: Cluster
        var faults: FaultScript
    }

    let isDiscarding: Bool
    let maxContentLength: Int
    private let credentials: String?
    private let state: Mutex<State>

    /// - Parameter credentials: the whole `Authorization` header that is asked for; nil lets everyone in.
    init(
        distribution: String = "opensearch", versionNumber: String = "2.19.6", maxContentLength: Int = 100 << 20,
        faults: FaultScript = FaultScript(), credentials: String? = nil, isDiscarding: Bool = false,
        clock: Clock = .system
    ) {
        self.isDiscarding = isDiscarding
        self.maxContentLength = maxContentLength
        self.credentials = credentials
        state = Mutex(
            State(
                cluster: Cluster(
                    clock: clock, distribution: distribution, versionNumber: versionNumber,
                    maxContentLength: maxContentLength),
                faults: faults))
    }

    /// What a fault script wants of a request, asked once and before its body is read.
    func fault(method: String, path: String) -> FaultAction? {
        path.hasPrefix("/_sandbox/") ? nil : state.withLock { $0.faults.action(method: method, path: path) }
    }

    /// Answers a request under the fault that it met.
    func reply(to request: Request, fault: FaultAction? = nil) -> Reply {
        reply(under: fault) {
            if let refusal = refusal(of: request.authorization) { return refusal }
            return state.withLock { state in
                if request.segments.first == "_sandbox" { return Service.manage(request, &state.faults) }
                var request = request
                if case .tooManyItems(let share)? = fault { request.refusedShare = share }
                return Router.complete.answer(request, on: state.cluster)
            }
        }
    }

    /// Carries out what a fault leaves of a request.
    /// - Parameter answer: applies the request; not called by a fault that applies nothing.
    func reply(under fault: FaultAction?, _ answer: () -> Response) -> Reply {
        guard let fault else { return Reply(response: answer()) }
        guard fault.applies else {
            switch fault {
            case .nothing(let milliseconds):
                return Reply(response: fault.response, delayMilliseconds: milliseconds, ending: .dropped)
            case .hangUp, .cutRequest: return Reply(response: fault.response, ending: .dropped)
            default: return Reply(response: fault.response)
            }
        }
        let response = answer()
        switch fault {
        case .late(let milliseconds): return Reply(response: response, delayMilliseconds: milliseconds)
        case .cut: return Reply(response: response, ending: .half)
        case .applyThenCut: return Reply(response: response, ending: .dropped)
        default: return Reply(response: ItemFaults.apply(fault, to: response))
        }
    }

    /// The 401 of a request without the right credentials.
    func refusal(of authorization: String?) -> Response? {
        guard let credentials, authorization != credentials else { return nil }
        return Response(
            status: 401, body: .text("Unauthorized", contentType: "text/plain; charset=UTF-8"),
            headers: ["WWW-Authenticate": "Basic realm=\"OpenSearch Security\""])
    }

    /// Lets the null sink look at the cluster.
    func withCluster<Result: Sendable>(_ use: (Cluster) -> Result) -> Result { state.withLock { use($0.cluster) } }

    private static func manage(_ request: Request, _ faults: inout FaultScript) -> Response {
        guard request.segments == ["_sandbox", "faults"] else {
            return Response(.notImplemented("\(request.method) \(request.rawPath)"))
        }
        do throws(APIError) {
            switch request.method {
            case "GET": return Response(200, faults.json)
            case "PUT", "POST":
                faults = try FaultScript(String(decoding: request.body, as: UTF8.self))
                return Response(200, ["acknowledged": true, "rules": JSON(faults.rules.count)])
            case "DELETE":
                faults = FaultScript()
                return .acknowledged
            default: throw .notImplemented("\(request.method) \(request.rawPath)")
            }
        } catch {
            return Response(error)
        }
    }
}
