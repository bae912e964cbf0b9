/// What one side holds, by hash bucket: how many documents and the sum of their hashes, whatever their order.
///
/// 1.5 MB for any number of documents. Two sides that hold the same, with multiplicity, have equal buckets; that two that
/// do not have equal ones is a matter of 1 in 2^64 a bucket.
package struct DocumentBuckets: Sendable {
    package static let count = 1 << 17

    private var counts = [UInt32](repeating: 0, count: Self.count)
    private var sums = [UInt64](repeating: 0, count: Self.count)
    package private(set) var documentCount = 0

    package init() {}

    package static func bucket(of keyHash: UInt64) -> Int { Int(keyHash >> 47) }

    package mutating func add(_ hash: UInt64, to bucket: Int) {
        counts[bucket] &+= 1
        sums[bucket] &+= hash
        documentCount += 1
    }

    package mutating func remove(_ hash: UInt64, from bucket: Int) {
        counts[bucket] &-= 1
        sums[bucket] &-= hash
        documentCount -= 1
    }

    /// Of all buckets together.
    var total: (count: Int, sum: UInt64) { (documentCount, sums.reduce(0, &+)) }

    func count(in bucket: Int) -> Int { Int(counts[bucket]) }

    package func differing(from other: DocumentBuckets) -> BucketSet {
        var set = BucketSet()
        for bucket in 0..<Self.count where counts[bucket] != other.counts[bucket] || sums[bucket] != other.sums[bucket]
        {
            set.insert(bucket)
        }
        return set
    }
}

/// Buckets to look at more closely.
package struct BucketSet: Sendable {
    private var words = [UInt64](repeating: 0, count: DocumentBuckets.count / 64)
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    package func contains(_ bucket: Int) -> Bool { words[bucket >> 6] & (1 << UInt64(bucket & 63)) != 0 }

    package mutating func insert(_ bucket: Int) {
        guard !contains(bucket) else { return }
        words[bucket >> 6] |= 1 << UInt64(bucket & 63)
        count += 1
    }

    /// Parts whose documents, of both sides together, are at most `limit`, as far as single buckets allow.
    func parts(of limit: Int, _ one: DocumentBuckets, _ other: DocumentBuckets) -> [BucketSet] {
        var parts: [BucketSet] = []
        var part = BucketSet()
        var documents = 0
        for bucket in 0..<DocumentBuckets.count where contains(bucket) {
            let more = max(one.count(in: bucket), other.count(in: bucket))
            if documents + more > limit, !part.isEmpty {
                parts.append(part)
                (part, documents) = (BucketSet(), 0)
            }
            part.insert(bucket)
            documents += more
        }
        return part.isEmpty ? parts : parts + [part]
    }
}
