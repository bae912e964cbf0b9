/// The NDJSON of one batch: an action line and a document line an item, and where each item ends.
///
/// Filled by one encoding task, then only read: by the transport (which sends a range of items without copying) and for
/// the retry of single items. Its memory grows by doubling, and goes back to where it came from with the body.
@safe package final class BulkBody: @unchecked Sendable {
    // Sendable because it is filled by one task before it is handed on, and not changed afterwards.
    private var base: UnsafeMutablePointer<UInt8>
    private var room: BlockMemory.Room
    private let memory: BlockMemory?
    /// Bytes that hold finished or begun items.
    package private(set) var byteCount = 0
    /// The end of each finished item, in bytes from the beginning.
    package private(set) var itemEnds: [Int] = []
    private var madeHashes: ItemHashes?

    /// - Parameter memory: where its room comes from and goes to; nil is malloc.
    package init(capacity: Int, from memory: BlockMemory? = nil) {
        self.memory = memory
        let capacity = max(capacity, 4096)
        room = memory?.take(capacity: capacity) ?? BlockMemory.Room(capacity: capacity)
        unsafe base = unsafe room.base
    }

    deinit { if let memory { memory.give(room) } else { room.deallocate() } }

    package var itemCount: Int { itemEnds.count }

    /// Of all items, where whoever filled the body made them; nil otherwise.
    var hashes: ItemHashes? { madeHashes?.count == itemCount ? madeHashes : nil }

    /// Room for at least `count` more bytes behind what is there. Valid until the next call of `reserve`.
    @inline(__always)
    package func reserve(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        if byteCount &+ count > room.capacity { grow(toHold: byteCount + count) }
        return unsafe base + byteCount
    }

    /// Says how far the room from `reserve` was filled.
    @inline(__always)
    package func fill(upTo end: UnsafeMutablePointer<UInt8>) {
        byteCount = unsafe end - base
        assert(byteCount <= room.capacity, "more was written than reserved")
    }

    /// The item is complete: its last byte is a newline.
    package func endItem() { itemEnds.append(byteCount) }

    /// All items of a body are complete: each end is behind a newline, in bytes from the beginning.
    func endItems(at ends: [Int], _ hashes: ItemHashes?) {
        assert(itemEnds.isEmpty && hashes?.count ?? ends.count == ends.count, "one hash for each of all items")
        itemEnds = ends
        madeHashes = hashes
    }

    /// Forgets what was written since the last `endItem`: a document that is rejected halfway.
    package func dropOpenItem() { byteCount = itemEnds.last ?? 0 }

    /// The bytes of one item's action and document.
    package func byteRange(ofItems items: Range<Int>) -> Range<Int> {
        let start = items.lowerBound == 0 ? 0 : itemEnds[items.lowerBound - 1]
        let end = items.isEmpty ? start : itemEnds[items.upperBound - 1]
        return start..<end
    }

    /// Lends the bytes of some items. They do not move until the body is freed, for nobody appends any more.
    package func withBytes<Result, Failure: Error>(
        ofItems items: Range<Int>, _ use: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let range = byteRange(ofItems: items)
        return try unsafe use(UnsafeBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    /// A copy of some items alone, for a retry.
    package func subset(_ items: [Int]) -> BulkBody {
        let copy = BulkBody(capacity: items.reduce(0) { $0 + byteRange(ofItems: $1..<$1 + 1).count })
        for item in items {
            unsafe withBytes(ofItems: item..<item + 1) { bytes in
                let room = unsafe copy.reserve(bytes.count)
                if let start = bytes.baseAddress { unsafe room.update(from: start, count: bytes.count) }
                unsafe copy.fill(upTo: room + bytes.count)
            }
            copy.endItem()
        }
        copy.madeHashes = hashes?.subset(items)
        return copy
    }

    private func grow(toHold needed: Int) {
        let larger = BlockMemory.Room(capacity: max(needed, room.capacity * 2))
        unsafe larger.base.update(from: base, count: byteCount)
        room.deallocate()
        room = larger
        unsafe base = unsafe larger.base
    }
}
