/// Brings an index up to date that the application writes too, without undoing what it writes.
///
/// What the index holds is listed first, with its sequence numbers, then the rows are read in a fresh snapshot, and each
/// write says what it expects to find: whoever wrote in between wins, and is looked at again in the next round. An
/// application that writes the index after its commit is never overtaken: what we read is at least as old as what it wrote.
struct LiveEqualization: Sendable {
    /// Each time in a snapshot of its own.
    let scanRows: @Sendable (_ each: (EncodedBatch) async throws -> Void) async throws -> Void
    let index: IndexScan
    let target: any IndexTarget
    let makeWriter: @Sendable () -> DocumentWriter
    /// `writers: versioned`: a write carries the row's own version, and the newer one stays, whoever sent it.
    var isVersioned = false

    struct Result: Sendable {
        var rounds = 0
        var written = 0
        var deleted = 0
        /// Somebody else wrote it first.
        var conflicts = 0
        /// What OpenSearch refused, each document once.
        var refused: [Rejection] = []
        /// Rows that no document could be made of when they were read last.
        var unencodable: [Rejection] = []
        /// Buckets that differed when the last round began.
        var left = 0
        /// The last round found nothing to write: the index equals the query's result of that moment.
        var isEqual = false
    }

    private static let rounds = 5
    private static let partLimit = 100_000

    func run() async throws -> Result {
        var result = Result()
        while result.rounds < Self.rounds, !result.isEqual {
            result.rounds += 1
            result.isEqual = try await round(&result, deletesOnly: false) == 0
        }
        // `create` expects nothing to be there, and nothing is: a row that was deleted with its document between our reading
        // and our writing comes back by it. The next round sees that; behind the last one nothing is created any more.
        if !result.isEqual { _ = try await round(&result, deletesOnly: true) }
        return result
    }

    /// - Returns: how many writes were tried.
    private func round(_ result: inout Result, deletesOnly: Bool) async throws -> Int {
        try await target.refresh(index.index)
        let held = try await index.digest(withContent: true)
        var wanted = SideDigest(index.hash)
        var unencodable: [Rejection] = []
        try await scanRows {
            wanted.add($0.body)
            unencodable += $0.rejections
        }
        result.unencodable = unencodable
        let differing = wanted.content.differing(from: held.content)
        if !deletesOnly { result.left = differing.count }
        var changes = 0
        for part in differing.parts(of: Self.partLimit, wanted.keys, held.keys) {
            changes += try await write(part, &result, deletesOnly: deletesOnly)
        }
        return changes
    }

    /// - Returns: how many writes were tried.
    private func write(_ part: BucketSet, _ result: inout Result, deletesOnly: Bool) async throws -> Int {
        var listed = try await index.documents(in: part, withContent: true)
        let refused = Set(result.refused.compactMap(\.documentKey))
        let writer = makeWriter()
        defer { writer.cancel() }
        var changes = 0
        try await scanRows { batch in
            for item in 0..<batch.body.itemCount {
                guard let row = index.hash.row(item, of: batch.body, in: part), !refused.contains(row.key) else {
                    continue
                }
                let found = listed.removeValue(forKey: row.key)
                if deletesOnly { continue }
                guard let document = found else {
                    changes += 1
                    try await writer.write(item: item, of: batch.body, isVersioned ? .asEncoded : .absent)
                    continue
                }
                guard document.contentHash != row.contentHash, document.canonicalHash != row.canonicalHash() else {
                    continue
                }
                changes += 1
                try await writer.write(item: item, of: batch.body, isVersioned ? .asEncoded : .unchanged(document))
            }
        }
        for (key, document) in listed {
            changes += 1
            result.deleted += 1
            try await writer.delete(key, document)
        }
        try await writer.finish()
        result.written += writer.counts.acknowledged - writer.counts.rejected - writer.counts.superseded
        result.conflicts += writer.counts.superseded
        result.refused += writer.rejections
        return changes
    }
}

/// One row's document among those of a few buckets.
struct ComparedRow {
    let key: DocumentKey
    let contentHash: UInt64
    let canonicalHash: () -> UInt64
}

extension DocumentHash {
    /// - Returns: nil where the document is in another bucket.
    func row(_ item: Int, of body: BulkBody, in buckets: BucketSet) -> ComparedRow? {
        unsafe body.withItem(item) { parts -> ComparedRow? in
            let hash = unsafe key(rawID: parts.id, rawRouting: parts.routing)
            guard buckets.contains(DocumentBuckets.bucket(of: hash)) else { return nil }
            return unsafe ComparedRow(
                key: DocumentKey(rawID: parts.id, rawRouting: parts.routing),
                contentHash: self(parts.source, salt: hash),
                canonicalHash: {
                    unsafe body.withItem(item) { unsafe canonical($0.source, salt: hash) }
                })
        }
    }
}
