/// Sends the documents that were refused again, made of their rows as those are now.
///
/// Into an index that nobody else writes each goes with the epoch of its snapshot. Into the one that serves each says what
/// it expects to find, as in ``LiveEqualization``: the index is looked at first, then the rows are read.
struct RejectionRetry: Sendable {
    let rows: RowScan
    let index: IndexScan
    let target: any IndexTarget
    let makeWriter: @Sendable () -> DocumentWriter
    let isLive: Bool
    /// `writers: versioned`: a write carries the row's own version.
    let isVersioned: Bool

    struct Result: Sendable {
        /// In the index now.
        var taken = 0
        /// Refused again, with the reason of now.
        var refused: [Rejection] = []
        /// Where nothing was; see ``takeBack(_:_:_:)``.
        var created: [DocumentKey] = []
    }

    /// Documents of one `_mget`.
    private static let askedCount = 1000

    func run(_ recorded: [Rejection], _ rejected: RejectedRows) async throws -> Result {
        let held = isLive && !isVersioned ? try await held(recorded.compactMap(\.documentKey)) : [:]
        let writer = makeWriter()
        defer { writer.cancel() }
        var result = Result()
        for selection in rejected.selections {
            try await rows.run(selection) { batch in
                result.refused += batch.rejections.filter { rejection in
                    rejection.id.map { rejected.isLookedFor(Array($0.utf8), selection) } ?? (selection != .whole)
                }
                for item in 0..<batch.body.itemCount {
                    let (key, row) = key(item, of: batch.body)
                    guard rejected.isLookedFor(key.id, selection) else { continue }
                    result.taken += 1
                    guard let document = held[key] else {
                        let condition: DocumentWriter.Condition = isLive && !isVersioned ? .absent : .asEncoded
                        if isLive { result.created.append(key) }
                        try await writer.write(item: item, of: batch.body, condition)
                        continue
                    }
                    // Somebody has put it there meanwhile.
                    guard document.contentHash != row.contentHash, document.canonicalHash != row.canonicalHash() else {
                        continue
                    }
                    try await writer.write(item: item, of: batch.body, .unchanged(document))
                }
            }
        }
        try await writer.finish()
        result.taken -= writer.counts.rejected
        result.refused += writer.rejections
        return result
    }

    /// A row that was deleted with its document between our reading and our `create` has come back by it. What was created is
    /// looked at once more, now that it is acknowledged, in a snapshot that was taken after that: what has no row goes.
    /// - Returns: how many went.
    func takeBack(_ created: [DocumentKey], _ rejected: RejectedRows) async throws -> Int {
        let keys = Set(created)
        var left = try await held(created).filter { keys.contains($0.key) }
        guard !left.isEmpty else { return 0 }
        for selection in rejected.selections {
            try await rows.run(selection) { batch in
                for item in 0..<batch.body.itemCount { left.removeValue(forKey: key(item, of: batch.body).0) }
            }
        }
        let writer = makeWriter()
        defer { writer.cancel() }
        for (key, document) in left { try await writer.delete(key, document) }
        try await writer.finish()
        return left.count
    }

    private func key(_ item: Int, of body: BulkBody) -> (DocumentKey, ComparedRow) {
        unsafe body.withItem(item) { parts in
            let key = unsafe DocumentKey(rawID: parts.id, rawRouting: parts.routing)
            let salt = index.hash.key(key)
            return unsafe (
                key,
                ComparedRow(
                    key: key, contentHash: index.hash(parts.source, salt: salt),
                    canonicalHash: {
                        unsafe body.withItem(item) { unsafe index.hash.canonical($0.source, salt: salt) }
                    })
            )
        }
    }

    /// What the index holds of them all the same, an older state of it for example: only then it is listed.
    private func held(_ keys: [DocumentKey]) async throws -> [DocumentKey: IndexScan.Listed] {
        var buckets = BucketSet()
        for start in stride(from: 0, to: keys.count, by: Self.askedCount) {
            let asked = Array(keys[start..<min(keys.count, start + Self.askedCount)])
            for key in try await target.documents(asked, in: index.index).keys {
                buckets.insert(DocumentBuckets.bucket(of: index.hash.key(key)))
            }
        }
        guard !buckets.isEmpty else { return [:] }
        try await target.refresh(index.index)
        return try await index.documents(in: buckets, withContent: true)
    }
}
