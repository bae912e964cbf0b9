internal import Synchronization

/// The keys that the index should hold, as of the last complete reading of the query.
///
/// As long as the source has not moved since, they need not be read again: the index alone is listed. Only of what this
/// process read itself, and wholly.
final class KeyProof: Sendable {
    struct Known: Sendable {
        var keys: KeyDigest
        var moment: SourceMoment
    }

    private let known = Mutex<Known?>(nil)

    func learn(_ keys: KeyDigest?, at moment: SourceMoment?) {
        known.withLock { known in
            if let keys, let moment { known = Known(keys: keys, moment: moment) } else { known = nil }
        }
    }

    var value: Known? { known.withLock { $0 } }
}

/// The keys of one side alone: how many, and the wrapping sum of their hashes. Whether two are equal is all that it tells.
struct KeyDigest: Sendable {
    private(set) var count = 0
    private var sum: UInt64 = 0
    let hash: DocumentHash

    init(_ hash: DocumentHash) { self.hash = hash }

    init(_ side: SideDigest) {
        hash = side.hash
        (count, sum) = side.keys.total
    }

    func isEqual(to side: SideDigest) -> Bool { side.keys.total == (count, sum) }

    func isEqual(to other: KeyDigest) -> Bool { (other.hash, other.count, other.sum) == (hash, count, sum) }

    /// Takes in what the index holds.
    mutating func add(_ page: IndexPage) {
        count += page.documents.count
        unsafe page.bytes.withUnsafeBufferPointer { bytes in
            for document in page.documents {
                sum &+= unsafe hash.key(
                    rawID: UnsafeBufferPointer(rebasing: bytes[document.id]),
                    rawRouting: document.routing.map { unsafe UnsafeBufferPointer(rebasing: bytes[$0]) })
            }
        }
    }

    mutating func add(_ body: BulkBody) {
        count += body.itemCount
        if let hashes = body.hashes, hashes.hash == hash {
            for key in hashes.keys { sum &+= key }
            return
        }
        for item in 0..<body.itemCount {
            sum &+= unsafe body.withKey(ofItem: item) { unsafe hash.key(rawID: $0, rawRouting: $1) }
        }
    }

    mutating func remove(_ key: DocumentKey) {
        count -= 1
        sum &-= hash.key(key)
    }
}
