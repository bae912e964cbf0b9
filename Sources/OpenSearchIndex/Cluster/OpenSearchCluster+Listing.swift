package import ReindexCore

/// Listing a whole index: a scroll sorted by `_doc`, which is how Lucene holds it.
///
/// With `_source` there is no `filter_path` and no source filter, which would parse the documents and write them anew.
extension OpenSearchCluster {
    private static let keepAlive = "1m"

    /// `POST index/_search?scroll=1m`
    package func beginReading(
        _ index: String, _ form: ListingForm, pageSize: Int
    ) async throws(TargetError) -> IndexPage {
        let doing = "listing the documents of \(index)"
        let path =
            "/" + (try segment(index, doing: doing)) + "/_search?scroll=\(Self.keepAlive)" + Self.filter(form, "&")
        let search: JSONValue = [
            "size": .integer(Int64(pageSize)), "sort": ["_doc"], "_source": .bool(form.hasSource),
            "seq_no_primary_term": .bool(form.hasVersions),
        ]
        return try await page(HTTPRequest(.post, path, body: .json(search), patience: .slow, doing: doing), form)
    }

    /// `POST _search/scroll`
    package func readOn(_ cursor: ListingCursor) async throws(TargetError) -> IndexPage {
        let body: JSONValue = ["scroll": .string(Self.keepAlive), "scroll_id": .string(cursor.id)]
        let path = "/_search/scroll" + Self.filter(cursor.form, "?")
        return try await page(
            HTTPRequest(.post, path, body: .json(body), patience: .slow, doing: "listing documents"), cursor.form)
    }

    /// `DELETE _search/scroll`
    package func endReading(_ cursor: ListingCursor) async {
        let body: JSONValue = ["scroll_id": .string(cursor.id)]
        _ = try? await transport.send(
            HTTPRequest(.delete, "/_search/scroll", body: .json(body), doing: "ending a listing"))
    }

    private static func filter(_ form: ListingForm, _ separator: String) -> String {
        guard !form.hasSource else { return "" }
        let versions = form.hasVersions ? ",hits.hits._seq_no,hits.hits._primary_term" : ""
        return separator
            + "filter_path=_scroll_id,timed_out,_shards.failed,hits.hits._id,hits.hits._routing" + versions
    }

    /// A point in time that was lost, with its node or for its age, is begun anew by who asked.
    private func page(_ request: HTTPRequest, _ form: ListingForm) async throws(TargetError) -> IndexPage {
        let response = try await transport.send(request)
        guard (200..<300).contains(response.status) else {
            let error = ServerError(response).error(doing: request.doing, address: response.address)
            guard case .refused(404, let type) = error.kind, type != "index_not_found_exception" else { throw error }
            throw TargetError(
                .incompleteAnswer, doing: request.doing, message: error.message, address: response.address)
        }
        do throws(BulkResponse.Malformed) {
            return try IndexPage(reading: response.body, form: form)
        } catch {
            throw TargetError(
                .incompleteAnswer, doing: request.doing, message: "the answer: \(error.reason)",
                address: response.address)
        }
    }
}
