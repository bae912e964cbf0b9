/// One side of a comparison: its keys, and its keys with their documents.
struct SideDigest: Sendable {
    var keys = DocumentBuckets()
    var content = DocumentBuckets()
    let hash: DocumentHash

    init(_ hash: DocumentHash) { self.hash = hash }

    /// Takes in what the query yields.
    mutating func add(_ body: BulkBody) {
        for item in 0..<body.itemCount {
            unsafe body.withItem(item) { parts in
                unsafe add(id: parts.id, routing: parts.routing, source: parts.source)
            }
        }
    }

    /// Takes in what the index holds.
    mutating func add(_ page: IndexPage) {
        unsafe page.bytes.withUnsafeBufferPointer { bytes in
            for document in page.documents {
                unsafe add(
                    id: UnsafeBufferPointer(rebasing: bytes[document.id]),
                    routing: unsafe document.routing.map { unsafe UnsafeBufferPointer(rebasing: bytes[$0]) },
                    source: unsafe document.source.map { unsafe UnsafeBufferPointer(rebasing: bytes[$0]) })
            }
        }
    }

    /// A row of the query that is not to be in the index: OpenSearch does not take it.
    mutating func remove(_ key: DocumentKey) {
        let hash = hash.key(key)
        keys.remove(hash, from: DocumentBuckets.bucket(of: hash))
    }

    private mutating func add(
        id: UnsafeBufferPointer<UInt8>, routing: UnsafeBufferPointer<UInt8>?, source: UnsafeBufferPointer<UInt8>?
    ) {
        let key = unsafe hash.key(rawID: id, rawRouting: routing)
        let bucket = DocumentBuckets.bucket(of: key)
        keys.add(key, to: bucket)
        if let source = unsafe source { unsafe content.add(hash(source, salt: key), to: bucket) }
    }
}
