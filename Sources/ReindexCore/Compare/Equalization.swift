/// Makes an index that nobody else writes equal to the query's result at one moment, and proves it (rule 4).
///
/// In one snapshot as far as the source allows (``RowScan``), so that the proof is of one moment: both sides are digested; the rows of the buckets that differ are
/// sent with the snapshot's epoch; then the key sets, less what OpenSearch refused, must be equal: what is missing is
/// sent, what is superfluous is deleted by `if_seq_no`, and they are compared again.
/// Where it is known which rows changed (`changes`), those are sent, and the keys alone compared.
/// Memory: three digests and one part of the documents that differ, whatever the index's size.
struct Equalization: Sendable {
    let rows: RowScan
    let index: IndexScan
    let target: any IndexTarget
    let makeWriter: @Sendable () -> DocumentWriter
    /// False where the index does not keep documents as they were sent: then the keys alone are compared.
    let comparesContent: Bool
    /// Versions are the application's: that a write was taken has to be seen.
    var provesContent = false
    /// Only rows that changed since are sent, and of the others the keys alone are compared; nil compares as above.
    var changes: ChangedSince?

    struct Result: Sendable {
        /// Documents in the index, and in the query's result less the rejections.
        var documentCount = 0
        /// Hash buckets that differed: a measure of how much changed since the round before.
        var differingBuckets = 0
        var counts = DocumentCounts()
        var deleted = 0
        /// Of this snapshot's rows, all of them.
        var rejections: [Rejection] = []
        /// The rows were not read, for nothing was written since: the rejections are still those of before.
        var isUnmoved = false
        var keys: KeyDigest?
        /// Of the one snapshot that was read; nil where there were several, or somebody was writing.
        var moment: SourceMoment?
        /// Of the snapshot of the first scan: what it does not see is left for the next round.
        var mark: SnapshotMark?
    }

    /// Entries of one part: 25 MB of memory.
    private static let partLimit = 100_000
    private static let attempts = 3

    /// - Parameter known: what the index should hold where the source has not moved since.
    func run(known: KeyProof.Known?) async throws -> Result {
        if let known, try await isProven(by: known) {
            return Result(
                documentCount: known.keys.count, isUnmoved: true, keys: known.keys,
                moment: known.moment)
        }
        if let changes { return try await sendChanged(changes) }
        try await target.refresh(index.index)
        let before = try await index.digest(withContent: comparesContent)
        var result = Result()
        var wanted = SideDigest(index.hash)
        result.mark = try await rows.run { batch in
            wanted.add(batch.body)
            result.rejections += batch.rejections
        }
        let differing =
            comparesContent
            ? wanted.content.differing(from: before.content) : wanted.keys.differing(from: before.keys)
        result.differingBuckets = differing.count
        if comparesContent, !differing.isEmpty {
            try await send(differing, &wanted, &result)
            try await target.refresh(index.index)
            if provesContent { try await requireEqual(wanted, result) }
        }
        try await equalizeKeys(known: differing.isEmpty ? before : nil, &wanted, &result)
        result.documentCount = wanted.keys.documentCount
        (result.keys, result.moment) = (KeyDigest(wanted), await rows.source.seenMoment)
        return result
    }

    /// Nothing was written to the source since the keys were read: only whether the index holds them is to be seen.
    private func isProven(by known: KeyProof.Known) async throws -> Bool {
        guard try await rows.source.moment() == known.moment else { return false }
        try await target.refresh(index.index)
        let held = try await IndexScan(target: target, index: index.index, hash: known.keys.hash, stop: index.stop)
            .keyDigest()
        return known.keys.isEqual(to: held)
    }

    /// The rows that changed are sent, whatever the index holds of them; then the keys of all are compared.
    private func sendChanged(_ changes: ChangedSince) async throws -> Result {
        var result = Result()
        let writer = makeWriter()
        defer { writer.cancel() }
        result.mark = try await rows.run(.changed(changes)) { batch in
            result.rejections += batch.rejections
            result.differingBuckets += batch.body.itemCount
            for item in 0..<batch.body.itemCount { try await writer.write(item: item, of: batch.body, .asEncoded) }
        }
        try await writer.finish()
        guard result.mark?.isWithinReach(of: changes) == true else { throw RunError.placesLost }
        result.counts.add(writer.counts)
        result.rejections += writer.rejections
        var wanted = SideDigest(index.hash)
        try await rows.run(.keys) { wanted.add($0.body) }
        for key in result.rejections.compactMap(\.documentKey) { wanted.remove(key) }
        try await target.refresh(index.index)
        try await equalizeKeys(known: nil, &wanted, &result)
        result.documentCount = wanted.keys.documentCount
        (result.keys, result.moment) = (KeyDigest(wanted), await rows.source.seenMoment)
        return result
    }

    /// All rows of the buckets that differ: more than changed, and never fewer.
    private func send(
        _ buckets: BucketSet, _ wanted: inout SideDigest, _ result: inout Result
    ) async throws {
        let writer = makeWriter()
        defer { writer.cancel() }
        try await rows.run { batch in
            for item in 0..<batch.body.itemCount {
                let key = unsafe batch.body.withItem(item) {
                    unsafe index.hash.key(rawID: $0.id, rawRouting: $0.routing)
                }
                guard buckets.contains(DocumentBuckets.bucket(of: key)) else { continue }
                try await writer.write(item: item, of: batch.body, .asEncoded)
            }
        }
        try await writer.finish()
        take(writer, &wanted, &result)
    }

    private func requireEqual(_ wanted: SideDigest, _ result: Result) async throws {
        // What was refused is counted among the rows.
        guard result.rejections.isEmpty else { return }
        let now = try await index.digest(withContent: true)
        let differing = wanted.content.differing(from: now.content)
        let superfluous = wanted.keys.differing(from: now.keys)
        let stale = (0..<DocumentBuckets.count).count { differing.contains($0) && !superfluous.contains($0) }
        if stale > 0 { throw RunError.versionsRefused(buckets: stale) }
    }

    private func equalizeKeys(known: SideDigest?, _ wanted: inout SideDigest, _ result: inout Result) async throws {
        var held = known
        for attempt in 1... {
            let now: SideDigest
            if let held { now = held } else { now = try await index.digest(withContent: false) }
            held = nil
            let differing = wanted.keys.differing(from: now.keys)
            guard !differing.isEmpty else { return }
            guard attempt < Self.attempts else {
                throw RunError.keysDiffer(
                    wanted: wanted.keys.documentCount, inIndex: now.keys.documentCount)
            }
            for part in differing.parts(of: Self.partLimit, wanted.keys, now.keys) {
                try await equalize(part, &wanted, &result)
            }
            try await target.refresh(index.index)
        }
    }

    private func equalize(_ part: BucketSet, _ wanted: inout SideDigest, _ result: inout Result) async throws {
        var listed = try await index.documents(in: part, withContent: false)
        let writer = makeWriter()
        defer { writer.cancel() }
        let refused = Set(result.rejections.compactMap(\.documentKey))
        let misses = changes == nil ? true : try await missesAny(part, listed, refused)
        try await rows.run(misses ? .whole : .keys) { batch in
            for item in 0..<batch.body.itemCount {
                let key = unsafe batch.body.withItem(item) { parts -> DocumentKey? in
                    let hash = unsafe index.hash.key(rawID: parts.id, rawRouting: parts.routing)
                    guard part.contains(DocumentBuckets.bucket(of: hash)) else { return nil }
                    return unsafe DocumentKey(rawID: parts.id, rawRouting: parts.routing)
                }
                // What was refused is not to be in the index: its older document goes too.
                guard let key, !refused.contains(key), listed.removeValue(forKey: key) == nil else { continue }
                try await writer.write(item: item, of: batch.body, .asEncoded)
            }
        }
        for (key, document) in listed {
            try await writer.delete(key, document)
            result.deleted += 1
        }
        try await writer.finish()
        take(writer, &wanted, &result)
    }

    /// Whether rows have to be sent; otherwise their keys tell what is superfluous.
    private func missesAny(
        _ part: BucketSet, _ listed: [DocumentKey: IndexScan.Listed], _ refused: Set<DocumentKey>
    ) async throws -> Bool {
        var missing = false
        try await rows.run(.keys) { batch in
            for item in 0..<batch.body.itemCount where !missing {
                guard let key = index.hash.row(item, of: batch.body, in: part)?.key else { continue }
                missing = listed[key] == nil && !refused.contains(key)
            }
        }
        return missing
    }

    private func take(_ writer: DocumentWriter, _ wanted: inout SideDigest, _ result: inout Result) {
        result.counts.add(writer.counts)
        for rejection in writer.rejections {
            result.rejections.append(rejection)
            if let key = rejection.documentKey { wanted.remove(key) }
        }
    }
}

extension Rejection {
    /// nil where the row yields no `_id`.
    var documentKey: DocumentKey? {
        id.map { DocumentKey(id: Array($0.utf8), routing: Array((routing ?? "").utf8)) }
    }
}
