/// From method and path to the code that answers: a table, first match wins.
struct Router: Sendable {
    /// A call that the sandbox knows.
    struct Route: Sendable {
        let method: String
        /// Literal names, or `{name}` for any one name that does not begin with `_`.
        let pattern: [Substring]
        let parameters: Set<String>
        let answer: @Sendable (Cluster, Call) throws(APIError) -> Response
    }

    private(set) var routes: [Route] = []

    /// Parameters that every call takes. `format` is read by the `_cat` calls alone.
    private static let everywhere: Set<String> = ["pretty", "human", "error_trace", "filter_path"]

    /// - Parameter methods: separated by commas.
    mutating func add(
        _ methods: String, _ path: String, _ parameters: Set<String> = [],
        _ answer: @escaping @Sendable (Cluster, Call) throws(APIError) -> Response
    ) {
        for method in methods.split(separator: ",") {
            routes.append(
                Route(
                    method: String(method), pattern: path.split(separator: "/"), parameters: parameters, answer: answer)
            )
        }
    }

    /// Answers, or refuses with 501 and the call's name.
    func answer(_ request: Request, on cluster: Cluster) -> Response {
        do throws(APIError) {
            var response = try respond(to: request, on: cluster)
            if let filter = request.query["filter_path"], case .json(let json) = response.body, response.status != 501 {
                guard let path = FilterPath(filter) else { throw APIError.notImplemented("filter_path=\(filter)") }
                response.body = .json(path.apply(to: json))
            }
            return response
        } catch {
            return Response(error)
        }
    }

    private func respond(to request: Request, on cluster: Cluster) throws(APIError) -> Response {
        // OpenSearch answers HEAD wherever it answers GET; the server leaves the body away.
        let method = request.method == "HEAD" ? "GET" : request.method
        for route in routes where route.method == method {
            guard let names = match(route.pattern, request.segments) else { continue }
            for name in request.query.keys.sorted()
            where !route.parameters.contains(name) && !Router.everywhere.contains(name) {
                throw .notImplemented("the parameter [\(name)] of \(request.method) \(request.rawPath)")
            }
            if let type = request.contentType, !request.body.isEmpty, !Router.isSupported(type) {
                return Response(
                    406, ["error": .string("Content-Type header [\(type)] is not supported"), "status": 406])
            }
            return try route.answer(cluster, Call(request: request, names: names))
        }
        throw .notImplemented("\(request.method) \(request.rawPath)")
    }

    private func match(_ pattern: [Substring], _ segments: [String]) -> [String: String]? {
        guard pattern.count == segments.count else { return nil }
        var names: [String: String] = [:]
        for (part, segment) in zip(pattern, segments) {
            if part == "{id}" {
                names["id"] = segment
            } else if part.hasPrefix("{") {
                if segment.hasPrefix("_"), segment != "_all" { return nil }
                names[String(part.dropFirst().dropLast())] = segment
            } else if part != segment {
                return nil
            }
        }
        return names
    }

    private static func isSupported(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.lowercased()
        return ["application/json", "application/x-ndjson"].contains(type)
    }
}

/// A request and the names that its path held.
struct Call {
    let request: Request
    private let names: [String: String]

    init(request: Request, names: [String: String]) { (self.request, self.names) = (request, names) }

    /// A name of the path, empty where the route has none of this kind.
    subscript(_ name: String) -> String { names[name] ?? "" }

    var query: [String: String] { request.query }
}
