/// Hashes of a bulk body's items, made when they are encoded, while their lines are in the processor's cache.
///
/// Two questions come later: whether an answer's ids are those that were sent, and which keys were sent. By then no cache
/// holds the lines any more; here they are answered from 8 bytes an item. Equal hashes are equal keys, as for every
/// ``DocumentHash``: its seed is chance, so that nobody can make two that collide.
package struct ItemHashes: Sendable {
    /// By which they were made; only those of the same seed can be compared.
    let hash: DocumentHash
    /// Of each item's `_id`, unescaped.
    private(set) var ids: [UInt64] = []
    /// Of its `_id` and routing; empty where no item has a routing, for both are the same then.
    private var routed: [UInt64] = []
    private let hasRouting: Bool

    /// - Parameter hasRouting: whether an item may have one.
    init(_ hash: DocumentHash, hasRouting: Bool, capacity: Int = 0) {
        self.hash = hash
        self.hasRouting = hasRouting
        ids.reserveCapacity(capacity)
        if hasRouting { routed.reserveCapacity(capacity) }
    }

    var count: Int { ids.count }

    /// Of each item's `_id` and routing: ``DocumentHash/key(rawID:rawRouting:)``.
    var keys: [UInt64] { hasRouting ? routed : ids }

    @inline(__always) mutating func append(_ item: DocumentHash.Item) {
        ids.append(item.id)
        if hasRouting { routed.append(item.key) }
    }

    /// Those of some items, in their order.
    func subset(_ items: [Int]) -> ItemHashes {
        var copy = ItemHashes(hash, hasRouting: hasRouting)
        copy.ids = items.map { ids[$0] }
        if hasRouting { copy.routed = items.map { routed[$0] } }
        return copy
    }
}
