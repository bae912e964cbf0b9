package import ReindexCore

/// Searches as an application does, over connections that no bulk request is sent on.
package struct OpenSearchSearcher: CanarySearcher {
    private let cluster: OpenSearchCluster

    package init(_ transport: OpenSearchTransport) { cluster = OpenSearchCluster(transport) }

    /// `POST index/_search`, every hit counted.
    package func search(_ index: String, _ body: JSONValue) async throws(TargetError) -> SearchReply {
        let doing = "searching \(index)"
        var search = body
        if search["track_total_hits"] == nil { search["track_total_hits"] = true }
        let path = "/" + (try cluster.segment(index, doing: doing)) + "/_search"
        let answer = try await cluster.callOnce(HTTPRequest(.post, path, body: .json(search), doing: doing))
        guard answer["timed_out"]?.bool == false, answer["_shards"]?["failed"]?.int == 0 else {
            throw TargetError(
                .incompleteAnswer, doing: doing, message: "not all shards answered in time", address: index)
        }
        let hits = answer["hits"]
        return SearchReply(
            ids: hits?["hits"]?.array?.compactMap { $0["_id"]?.string } ?? [], total: hits?["total"]?["value"]?.int ?? 0
        )
    }
}
