package import ReindexCore

/// Sends bulk bodies with libcurl: the body's own bytes, without a copy, unless they are compressed.
package struct OpenSearchBulkSink: BulkSink {
    private let transport: OpenSearchTransport

    package init(_ transport: OpenSearchTransport) { self.transport = transport }

    package var isOnLoopback: Bool { transport.isOnLoopback }

    package func send(
        _ body: BulkBody, items: Range<Int>, to destination: BulkDestination, label: String
    ) async throws(TargetError) -> BulkReply {
        let doing = "sending \(items.count) documents"
        var bytes = RequestBody.items(body, items)
        var type = HTTPRequest.ContentType.ndjson
        if destination.compresses, let compressed = unsafe body.withBytes(ofItems: items, Gzip.compress) {
            bytes = .buffer(compressed)
            type = .compressedNDJSON
        }
        let response = try await transport.send(
            HTTPRequest(
                .post, try path(of: destination, doing: doing), body: bytes, contentType: type, patience: .bulk,
                label: PercentEncoding.encode(label), doing: doing))
        return BulkReply(
            status: response.status, body: response.body, retryAfter: response.retryAfter, elapsed: response.elapsed)
    }

    /// `GET _tasks`, where each task has the `X-Opaque-Id` of its request.
    package func isWorking(on label: String) async throws(TargetError) -> Bool? {
        let path =
            "/_tasks?actions=indices:data/write/bulk*&timeout=5s"
            + "&filter_path=nodes.*.tasks.*.headers,node_failures.type"
        let response = try await transport.send(HTTPRequest(.get, path, doing: "listing bulk requests"))
        guard response.status == 200, let answer = try? JSONValue(parsing: response.body) else { return nil }
        let tasks = (answer["nodes"]?.object ?? [:]).values.lazy.flatMap { ($0["tasks"]?.object ?? [:]).values }
        // A node that does not answer may be the one that works on it.
        if answer["node_failures"]?.array?.isEmpty == false { return true }
        let label = PercentEncoding.encode(label)
        return tasks.contains { $0[path: ["headers", "X-Opaque-Id"]]?.string == label }
    }

    /// `timeout` bounds how long a bulk that was accepted before an alias swap may still be applied after it. The
    /// filter keeps every item, for items are matched to documents by position.
    private func path(of destination: BulkDestination, doing: String) throws(TargetError) -> String {
        let alias = try IndexName.segment(destination.writerAlias, doing: doing, address: transport.shownAddresses)
        return "/\(alias)/_bulk?require_alias=true&timeout=\(Int(BulkDestination.timeout.seconds))s&pipeline="
            + PercentEncoding.encode(destination.pipeline ?? "_none")
            + "&filter_path=took,errors,items.*._id,items.*.status,items.*.error"
    }
}
