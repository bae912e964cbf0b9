/// Where bulk bodies go. Implemented by `OpenSearchIndex`; scripted in tests.
///
/// One call is one HTTP request: no retry and no reading of the answer in here. Those are decisions, and the core's.
package protocol BulkSink: Sendable {
    /// Sends some items of a body as one `_bulk` request through the writer alias and waits for the whole answer.
    ///
    /// An HTTP status of any kind is a reply, not an error. What is thrown says that no complete answer came.
    /// - Parameter label: names the request to ``isWorking(on:)``; no two of a run are the same.
    func send(
        _ body: BulkBody, items: Range<Int>, to destination: BulkDestination, label: String
    ) async throws(TargetError) -> BulkReply

    /// Whether the server is on this machine: then the link is no limit.
    var isOnLoopback: Bool { get }

    /// Whether a request whose answer did not come is still worked on; nil where that may not be asked.
    func isWorking(on label: String) async throws(TargetError) -> Bool?
}

/// The parameters of `_bulk`. Always `require_alias=true`, `timeout=10s` and the filter path that keeps each item.
package struct BulkDestination: Sendable, Hashable {
    package var writerAlias: String
    /// nil is `_none`.
    package var pipeline: String?
    package var compresses: Bool

    /// `timeout` of a bulk request: how long one that was accepted may wait for its shard, and then still be applied.
    package static let timeout = Duration.seconds(10)

    package init(writerAlias: String, pipeline: String?, compresses: Bool) {
        self.writerAlias = writerAlias
        self.pipeline = pipeline
        self.compresses = compresses
    }
}

package struct BulkReply: Sendable {
    package let status: Int
    package let body: [UInt8]
    /// From `Retry-After`, where it was sent in seconds.
    package let retryAfter: Duration?
    /// From the first byte sent to the last one received.
    package let elapsed: Duration

    package init(status: Int, body: [UInt8], retryAfter: Duration? = nil, elapsed: Duration) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
        self.elapsed = elapsed
    }
}
