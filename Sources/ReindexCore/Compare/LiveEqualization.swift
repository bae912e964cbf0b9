/// Brings an index up to date that the application writes too, without undoing what it writes.
///
/// What the index holds is listed first, with its sequence numbers, then the rows are read in a fresh snapshot, and each
/// write says what it expects to find: whoever wrote in between wins, and is looked at again in the next round. An
/// application that writes the index after its commit is never overtaken: what we read is at least as old as what it wrote.
struct LiveEqualization: Sendable {
    /// Each time in a snapshot of its own.
    let scanRows:
        @Sendable (_ selection: RowSelection, _ each: (EncodedBatch) async throws -> Void) async throws -> Void
    let index: IndexScan
    let target: any IndexTarget
    let makeWriter: @Sendable () -> DocumentWriter
    /// `writers: versioned`: a write carries the row's own version, and the newer one stays, whoever sent it.
    var isVersioned = false
    /// Only these documents; nil is all of them.
    var scope: RepairScope?

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
        if let scope {
            result.unencodable = []
            let buckets = scope.documents.map { DocumentBuckets.bucket(of: index.hash.key($0)) }
            let part = buckets.reduce(into: BucketSet()) { $0.insert($1) }
            let changes = try await write(part, &result, deletesOnly: deletesOnly)
            if !deletesOnly { result.left = changes }
            return changes
        }
        let held = try await index.digest(withContent: true)
        var wanted = SideDigest(index.hash)
        var unencodable: [Rejection] = []
        try await scanRows(.whole) {
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
        let comparesContent = scope?.comparesContent ?? true
        var listed = try await index.documents(in: part, withContent: comparesContent, among: scope?.documents)
        let refused = Set(result.refused.compactMap(\.documentKey))
        let writer = makeWriter()
        defer { writer.cancel() }
        var changes = 0
        try await scanRows(scope?.rows ?? .whole) { batch in
            if let scope { result.unencodable += batch.rejections.filter(scope.holds) }
            for item in 0..<batch.body.itemCount {
                guard let row = index.hash.row(item, of: batch.body, in: part), !refused.contains(row.key),
                    scope?.documents.contains(row.key) ?? true
                else { continue }
                let found = listed.removeValue(forKey: row.key)
                if deletesOnly { continue }
                guard let document = found else {
                    changes += 1
                    try await writer.write(item: item, of: batch.body, isVersioned ? .asEncoded : .absent)
                    continue
                }
                guard comparesContent, document.contentHash != row.contentHash,
                    document.canonicalHash != row.canonicalHash()
                else { continue }
                changes += 1
                try await writer.write(item: item, of: batch.body, isVersioned ? .asEncoded : .unchanged(document))
            }
        }
        try await keepWhatHasARow(&listed, result)
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

    /// Of an interval only its own rows were read: where `_id` is made of other columns than the key, the row of a document may
    /// by now lie elsewhere.
    private func keepWhatHasARow(
        _ listed: inout [DocumentKey: IndexScan.Listed], _ result: Result
    ) async throws {
        guard let scope, scope.rows != .whole, !listed.isEmpty else { return }
        let goes = Set((result.refused + result.unencodable).compactMap(\.documentKey))
        try await scanRows(.keys) { batch in
            for item in 0..<batch.body.itemCount {
                let key = unsafe batch.body.withItem(item) { unsafe DocumentKey(rawID: $0.id, rawRouting: $0.routing) }
                if !goes.contains(key) { listed.removeValue(forKey: key) }
            }
        }
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
