internal import ReindexCore

/// The administration of a cluster over HTTP. Each verb is one call of OpenSearch's API, named beside it.
package struct OpenSearchCluster: IndexTarget {
    let transport: OpenSearchTransport
    let retry: CallRetry

    package init(_ transport: OpenSearchTransport, retry: CallRetry = CallRetry()) {
        self.transport = transport
        self.retry = retry
    }

    /// Sends a request that may be repeated, again where that may help, and reads the JSON of a success.
    func call(_ request: HTTPRequest) async throws(TargetError) -> JSONValue {
        try await retry.run { _ throws(TargetError) in try await callOnce(request) }
    }

    /// The same for something that may be absent: nil for a 404 with one of these error types.
    func call(_ request: HTTPRequest, unless absent: Set<String>) async throws(TargetError) -> JSONValue? {
        do {
            return try await call(request)
        } catch {
            if case .refused(404, let type) = error.kind, absent.contains(type) { return nil }
            throw error
        }
    }

    /// What calls came to that go out at once, which do not depend on each other: who takes the results one after the
    /// other, in an order of its own, throws the same error however the answers arrive.
    func outcome<Value: Sendable>(
        _ work: () async throws(TargetError) -> Value
    ) async -> Result<Value, TargetError> {
        do throws(TargetError) {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }

    func callOnce(_ request: HTTPRequest) async throws(TargetError) -> JSONValue {
        try Self.json(in: try await transport.send(request), doing: request.doing)
    }

    static func json(in response: HTTPResponse, doing: String) throws(TargetError) -> JSONValue {
        guard (200..<300).contains(response.status) else {
            throw ServerError(response).error(doing: doing, address: response.address)
        }
        guard let json = try? JSONValue(parsing: response.body) else {
            let message = "the answer is not JSON but \(ServerText.summary(of: response.body))"
            throw TargetError(.incompleteAnswer, doing: doing, message: message, address: response.address)
        }
        return json
    }

    /// A name of one index or alias as a path segment.
    func segment(_ name: String, doing: String) throws(TargetError) -> String {
        try IndexName.segment(name, doing: doing, address: transport.shownAddresses)
    }

    /// A cluster state change that was not acknowledged may still happen: the caller reads it back.
    func requireAcknowledged(_ answer: JSONValue, doing: String) throws(TargetError) {
        guard answer["acknowledged"]?.bool != true else { return }
        throw TargetError(
            .incompleteAnswer, doing: doing, message: "not acknowledged by all nodes in time",
            address: transport.shownAddresses)
    }
}
