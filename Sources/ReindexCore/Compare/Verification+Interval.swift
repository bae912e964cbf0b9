extension Verification {
    /// Documents of one `_mget`.
    private static let askedCount = 1000
    /// Keys of one question to PostgreSQL.
    private static let comparedCount = 10_000

    /// The rows between two keys, both included, with the documents of their keys; and the documents whose key lies there
    /// and that have no row.
    ///
    /// The index does not know the key's order. So all keys are compared, which names the documents without a row, and
    /// PostgreSQL is asked which of those lie in the interval. That is not possible where `_id` is made of other columns.
    package func run(from first: [String], through last: [String]) async throws -> Result {
        var result = Result()
        try await target.refresh(index.index)
        let before = try await look(from: first, through: last, &result)
        guard before.count > 0 else { return result }
        try await clocks.sleep(Self.pause)
        result = Result()
        try await target.refresh(index.index)
        let after = try await look(from: first, through: last, &result)
        try await tell(before, after, &result)
        return result
    }

    private func look(from first: [String], through last: [String], _ result: inout Result) async throws -> Look {
        var look = Look()
        var waiting: [DocumentKey: [UInt8]] = [:]
        var rejected: Set<DocumentKey> = []
        try await scanRows(.between(first, last)) { batch in
            result.unencodable += batch.rejections.count
            rejected.formUnion(batch.rejections.compactMap(\.documentKey))
            for item in 0..<batch.body.itemCount {
                let (key, source) = unsafe batch.body.withItem(item) { parts in
                    unsafe (DocumentKey(rawID: parts.id, rawRouting: parts.routing), Array(parts.source))
                }
                waiting[key] = source
                if waiting.count == Self.askedCount { try await ask(&waiting, &look, &result) }
            }
        }
        try await ask(&waiting, &look, &result)
        guard let reading else {
            result.leavesOutSuperfluous = true
            return look
        }
        for part in try await differingKeys(but: rejected) {
            let superfluous = try await superfluous(in: part, but: rejected)
            for (key, document) in try await inside(first, last, superfluous, reading) {
                add(key, Finding(kind: .superfluous, document: UInt64(document.sequenceNumber)), to: &look)
                result.documents += 1
            }
        }
        return look
    }

    /// - Parameter rejected: rows that no document can be made of: the index is not to hold one of theirs.
    private func differingKeys(but rejected: Set<DocumentKey>) async throws -> [BucketSet] {
        let held = try await index.digest(withContent: false)
        var wanted = SideDigest(index.hash)
        try await scanRows(.keys) { wanted.add($0.body) }
        for key in rejected { wanted.remove(key) }
        return wanted.keys.differing(from: held.keys).parts(of: Self.partLimit, wanted.keys, held.keys)
    }

    private func superfluous(
        in part: BucketSet, but rejected: Set<DocumentKey>
    ) async throws -> [DocumentKey: IndexScan.Listed] {
        var listed = try await index.documents(in: part, withContent: false)
        try await scanRows(.keys) { batch in
            for item in 0..<batch.body.itemCount {
                guard let key = index.hash.row(item, of: batch.body, in: part)?.key, !rejected.contains(key) else {
                    continue
                }
                listed.removeValue(forKey: key)
            }
        }
        return listed
    }

    private func inside(
        _ first: [String], _ last: [String], _ documents: [DocumentKey: IndexScan.Listed], _ reading: IDReading
    ) async throws -> [(DocumentKey, IndexScan.Listed)] {
        let read = documents.compactMap { document in reading.key(document.key.id).map { (document, $0) } }
        var inside: [(DocumentKey, IndexScan.Listed)] = []
        for start in stride(from: 0, to: read.count, by: Self.comparedCount) {
            let some = read[start..<min(read.count, start + Self.comparedCount)]
            let lies = try await lie(some.map(\.1), first, last)
            inside += zip(some, lies).filter(\.1).map { ($0.0.0.key, $0.0.0.value) }
        }
        return inside
    }

    private func ask(_ waiting: inout [DocumentKey: [UInt8]], _ look: inout Look, _ result: inout Result) async throws {
        guard !waiting.isEmpty else { return }
        let held = try await target.documents(waiting.keys.sorted(), in: index.index)
        result.rows += waiting.count
        result.documents += held.count
        for (key, source) in waiting {
            let row = unsafe source.withUnsafeBufferPointer { unsafe index.hash($0) }
            guard let document = held[key] else {
                add(key, Finding(kind: .missing, row: row), to: &look)
                continue
            }
            guard comparesContent, (try? JSONValue(parsing: source)) != document else { continue }
            let bytes = document.bytes
            let held = unsafe bytes.withUnsafeBufferPointer { unsafe index.hash($0) }
            add(key, Finding(kind: .different, row: row, document: held), to: &look)
            if look.sources.count < Self.listedCount { look.sources[key] = source }
        }
        waiting = [:]
    }
}
