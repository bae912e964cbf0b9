package import ReindexCore

/// Listing a whole index: a point in time sorted by `_doc`, which is how Lucene holds it, in ranges of `_doc` that are read at once.
///
/// `_doc` counts the documents of one shard, and version 2 knows no `_shard_doc`: of several shards a page would end between two
/// documents of the same number. So a part is of one shard: where there are as many slices as shards, each slice is one of them
/// (SliceBuilder), and its field is not looked at.
/// With `_source` there is no `filter_path` and no source filter, which would parse the documents and write them anew.
extension OpenSearchCluster {
    private static let keepAlive = "1m"
    private static let keysAlone = ListingForm(hasSource: false, hasVersions: false)

    /// `POST index/_search`
    package func firstDocuments(
        of index: String, _ form: ListingForm, limit: Int
    ) async throws(TargetError) -> IndexPage {
        let doing = "listing the documents of \(index)"
        let path = "/" + (try segment(index, doing: doing)) + "/_search" + Self.filter(form, "?")
        var search = Self.search(form, limit: limit)
        search["track_total_hits"] = true
        return try await page(HTTPRequest(.post, path, body: .json(search), patience: .slow, doing: doing), form)
    }

    /// `POST index/_search/point_in_time`, and at the same time what a shard's `_doc` reaches. That is of another moment, and
    /// nothing but the parts' sizes hangs on it.
    ///
    /// Before 2.4 there are no points in time, and a role may know scrolls alone.
    package func beginListing(_ index: String, parts: Int) async throws(TargetError) -> IndexListing {
        let doing = "listing the documents of \(index)"
        let name = try segment(index, doing: doing)
        let path = "/\(name)/_search/point_in_time?keep_alive=\(Self.keepAlive)&allow_partial_pit_creation=false"
        async let opened = outcome { () throws(TargetError) in
            try await callOnce(HTTPRequest(.post, path, patience: .slow, doing: doing))
        }
        async let reach = largestNumber(in: name)
        let (answer, largest) = await (opened, reach)
        guard case .failure(let error) = answer, Self.isWithoutPointsInTime(error) else {
            let json = try answer.get()
            guard let id = json["pit_id"]?.string, let shards = json["_shards"]?["total"]?.int, shards > 0 else {
                throw TargetError(
                    .incompleteAnswer, doing: doing, message: "the answer names no point in time",
                    address: transport.shownAddresses)
            }
            return IndexListing(
                index: index, pointInTime: id,
                beginnings: ListingPart.parts(parts, shards: shards, largest: largest).map { .part($0) })
        }
        return IndexListing(index: index, pointInTime: nil, beginnings: [.scroll(nil)])
    }

    private static func isWithoutPointsInTime(_ error: TargetError) -> Bool {
        switch error.kind {
        case .notAllowed, .refused(405, _): true
        case .refused(400, let type), .refused(404, let type): type.hasPrefix("http_")
        default: false
        }
    }

    private func largestNumber(in name: String) async -> Int? {
        let search: JSONValue = [
            "size": 1, "sort": [["_doc": "desc"]], "_source": false, "track_total_hits": false,
        ]
        let path = "/\(name)/_search" + Self.filter(Self.keysAlone, "?")
        let request = HTTPRequest(
            .post, path, body: .json(search), patience: .slow, doing: "looking where a listing ends")
        return (try? await page(request, Self.keysAlone))?.documents.first?.number
    }

    /// `POST _search` with the point in time, or `POST _search/scroll`
    package func page(
        _ cursor: ListingCursor, of listing: IndexListing, _ form: ListingForm, limit: Int
    ) async throws(TargetError) -> IndexPage {
        switch cursor {
        case .part(let part): try await page(of: part, of: listing, form, limit: limit)
        case .scroll(let id): try await page(ofScroll: id, of: listing, form, limit: limit)
        }
    }

    private func page(
        of part: ListingPart, of listing: IndexListing, _ form: ListingForm, limit: Int
    ) async throws(TargetError) -> IndexPage {
        let doing = "listing the documents of \(listing.index)"
        var search = Self.search(form, limit: part.pageSize(limit))
        search["pit"] = Self.pointInTime(of: listing)
        if part.first > 0 { search["search_after"] = [.integer(Int64(part.first - 1))] }
        if part.shardCount > 1 {
            search["slice"] = [
                "field": "_seq_no", "id": .integer(Int64(part.shard)), "max": .integer(Int64(part.shardCount)),
            ]
        }
        let path = "/_search" + Self.filter(form, "?")
        var page = try await page(
            HTTPRequest(.post, path, body: .json(search), patience: .slow, doing: doing), form)
        do throws(BulkResponse.Malformed) {
            page.next = try part.rest(behind: &page, limit: limit).map { .part($0) }
        } catch {
            throw malformed(error.reason, doing: doing, address: transport.shownAddresses)
        }
        return page
    }

    private func page(
        ofScroll id: String?, of listing: IndexListing, _ form: ListingForm, limit: Int
    ) async throws(TargetError) -> IndexPage {
        let doing = "listing the documents of \(listing.index)"
        var body: JSONValue = ["scroll": .string(Self.keepAlive), "scroll_id": .string(id ?? "")]
        var path = "/_search/scroll" + Self.filter(form, "?")
        if id == nil {
            body = Self.search(form, limit: limit)
            // A scroll is always counted, and does not let itself be told otherwise.
            body["track_total_hits"] = nil
            let name = try segment(listing.index, doing: doing)
            path = "/\(name)/_search?scroll=\(Self.keepAlive)" + Self.filter(form, "&")
        }
        var page = try await page(
            HTTPRequest(.post, path, body: .json(body), patience: .slow, doing: doing), form)
        guard let next = page.scroll else {
            throw malformed("no _scroll_id", doing: doing, address: transport.shownAddresses)
        }
        if !page.documents.isEmpty { page.next = .scroll(next) }
        return page
    }

    /// `POST _search` of size 0; a scroll is not counted.
    package func countDocuments(in listing: IndexListing) async throws(TargetError) -> Int? {
        guard listing.pointInTime != nil else { return nil }
        let search: JSONValue = ["size": 0, "track_total_hits": true, "pit": Self.pointInTime(of: listing)]
        let request = HTTPRequest(
            .post, "/_search" + Self.filter(Self.keysAlone, "?"), body: .json(search), patience: .slow,
            doing: "counting the documents of \(listing.index)")
        return try await page(request, Self.keysAlone).total
    }

    /// `DELETE _search/point_in_time`, or `DELETE _search/scroll`
    package func endListing(_ listing: IndexListing, at cursors: [ListingCursor]) async {
        var requests: [(path: String, body: JSONValue)] = []
        if let id = listing.pointInTime { requests.append(("/_search/point_in_time", ["pit_id": [.string(id)]])) }
        for case .scroll(let id?) in cursors { requests.append(("/_search/scroll", ["scroll_id": .string(id)])) }
        for (path, body) in requests {
            _ = try? await transport.send(
                HTTPRequest(.delete, path, body: .json(body), patience: .brief, doing: "ending a listing"))
        }
    }

    private static func search(_ form: ListingForm, limit: Int) -> JSONValue {
        [
            "size": .integer(Int64(limit)), "sort": ["_doc"], "_source": .bool(form.hasSource),
            "seq_no_primary_term": .bool(form.hasVersions), "track_total_hits": false,
        ]
    }

    private static func pointInTime(of listing: IndexListing) -> JSONValue {
        ["id": .string(listing.pointInTime ?? ""), "keep_alive": .string(keepAlive)]
    }

    private static func filter(_ form: ListingForm, _ separator: String) -> String {
        guard !form.hasSource else { return "" }
        let versions = form.hasVersions ? ",hits.hits._seq_no,hits.hits._primary_term" : ""
        return separator + "filter_path=_scroll_id,timed_out,terminated_early,_shards.failed,hits.total"
            + ",hits.hits._id,hits.hits._routing,hits.hits.sort" + versions
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
            throw malformed(error.reason, doing: request.doing, address: response.address)
        }
    }

    private func malformed(_ reason: String, doing: String, address: String) -> TargetError {
        TargetError(.incompleteAnswer, doing: doing, message: "the answer: \(reason)", address: address)
    }
}
