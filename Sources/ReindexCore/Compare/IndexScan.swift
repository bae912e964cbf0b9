/// Everything that an index holds, streamed: as a digest, or the documents of a few buckets one by one.
struct IndexScan: Sendable {
    let target: any IndexReader
    let index: String
    let hash: DocumentHash
    let stop: StopRequest

    /// Of one page, source included: ``partsAtOnce`` and one more are in memory.
    private static let pageBytes = 2 << 20
    private static let pageSize = 10_000
    /// On loopback it makes little difference; with 20 ms of latency a million ids take half the time with 2, and a third to
    /// a half of it with 4. The cluster's own time is the same.
    private static let partsAtOnce = 4

    /// One document of the index.
    struct Listed: Sendable {
        /// Of the source's bytes; of its canonical form where they are JSON; 0 where the listing had no source.
        var contentHash: UInt64 = 0
        var canonicalHash: UInt64 = 0
        var sequenceNumber: Int64
        var primaryTerm: Int64
    }

    func digest(withContent: Bool) async throws -> SideDigest {
        var digest = SideDigest(hash)
        try await read(
            ListingForm(hasSource: withContent, hasVersions: false), restart: { digest = SideDigest(hash) },
            each: { digest.add($0) })
        return digest
    }

    /// The keys alone, without buckets that would tell which of them differ.
    func keyDigest() async throws -> KeyDigest {
        var digest = KeyDigest(hash)
        try await read(
            ListingForm(hasSource: false, hasVersions: false), restart: { digest = KeyDigest(hash) },
            each: { digest.add($0) })
        return digest
    }

    /// The documents of some buckets.
    /// - Parameter wanted: only these; nil is all of them.
    func documents(
        in buckets: BucketSet, withContent: Bool, among wanted: Set<DocumentKey>? = nil
    ) async throws -> [DocumentKey: Listed] {
        var all: [DocumentKey: Listed] = [:]
        try await read(ListingForm(hasSource: withContent, hasVersions: true), restart: { all = [:] }) { page in
            unsafe page.bytes.withUnsafeBufferPointer { bytes in
                for document in page.documents {
                    let id = unsafe UnsafeBufferPointer(rebasing: bytes[document.id])
                    let routing = unsafe document.routing.map { unsafe UnsafeBufferPointer(rebasing: bytes[$0]) }
                    let key = unsafe hash.key(rawID: id, rawRouting: routing)
                    guard buckets.contains(DocumentBuckets.bucket(of: key)) else { continue }
                    let found = unsafe DocumentKey(rawID: id, rawRouting: routing)
                    guard wanted?.contains(found) ?? true else { continue }
                    var listed = Listed(
                        sequenceNumber: document.sequenceNumber, primaryTerm: document.primaryTerm)
                    if let source = document.source {
                        let text = unsafe UnsafeBufferPointer(rebasing: bytes[source])
                        unsafe listed.contentHash = hash(text, salt: key)
                        unsafe listed.canonicalHash = hash.canonical(text, salt: key)
                    }
                    all[found] = listed
                }
            }
        }
        return all
    }

    /// Restarts with smaller pages where one was too long, or its point in time was lost.
    private func read(_ form: ListingForm, restart: () -> Void, each: (IndexPage) -> Void) async throws {
        var share = 1
        for attempt in 1... {
            restart()
            let result = await readOnce(form, share, each)
            if let reason = stop.reason { throw RunError.interrupted(reason) }
            guard case .failure(let error) = result else { return }
            guard case .incompleteAnswer = error.kind, attempt < 4, !Task.isCancelled else { throw error }
            share *= 8
        }
    }

    /// The first documents tell whether they are all, and otherwise how large a page should be.
    private func readOnce(
        _ form: ListingForm, _ share: Int, _ each: (IndexPage) -> Void
    ) async -> Result<Void, TargetError> {
        do throws(TargetError) {
            let first = try await target.firstDocuments(
                of: index, form, limit: max(1, (form.hasSource ? 100 : 1000) / share))
            if first.documents.count == first.total {
                each(first)
                return .success(())
            }
            let limit = max(1, (form.hasSource ? Self.pageSize(judgedBy: first) : Self.pageSize) / share)
            let listing = try await target.beginListing(index, parts: Self.partsAtOnce)
            let pages = ListingPages(
                target: target, listing: listing, form: form, limit: limit, atOnce: Self.partsAtOnce, stop: stop)
            return await pages.read(each)
        } catch {
            return .failure(error)
        }
    }

    /// How many documents are about ``pageBytes``.
    private static func pageSize(judgedBy first: IndexPage) -> Int {
        let largest = first.documents.map { $0.source?.count ?? 0 }.max() ?? 0
        let mean = first.bytes.count / max(1, first.documents.count)
        return min(pageSize, max(10, pageBytes / max(mean, largest / 8, 1)))
    }
}

extension DocumentHash {
    /// Of what the JSON says, however it is written: members sorted, numbers by their value.
    func canonical(_ text: UnsafeBufferPointer<UInt8>, salt: UInt64) -> UInt64 {
        guard let value = try? JSONValue(parsing: unsafe Array(text)) else { return unsafe self(text, salt: salt) }
        let bytes = value.bytes
        return unsafe bytes.withUnsafeBufferPointer { unsafe self($0, salt: salt) }
    }
}
