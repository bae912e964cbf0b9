/// Hashes of documents for comparing two sides: 64 bits, seeded anew for each comparison, so that no collision lasts.
///
/// Source: the multiply-and-fold of wyhash (Wang Yi, public domain).
package struct DocumentHash: Sendable, Hashable {
    private let seed: UInt64

    package init(seed: UInt64) { self.seed = seed }

    /// - Parameter salt: what else the hash depends on: of a document's source, the hash of its key.
    func callAsFunction(_ bytes: UnsafeBufferPointer<UInt8>, salt: UInt64 = 0) -> UInt64 {
        var hash = seed ^ salt ^ (UInt64(bytes.count) &* Self.first)
        guard let start = unsafe UnsafeRawPointer(bytes.baseAddress) else { return Self.fold(hash, Self.second) }
        var offset = 0
        while offset &+ 16 <= bytes.count {
            let one = unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let two = unsafe start.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self)
            hash = Self.fold(one ^ Self.first, two ^ hash)
            offset &+= 16
        }
        let (one, two) = unsafe Self.end(of: bytes, from: offset)
        hash = Self.fold(one ^ Self.second, two ^ hash)
        return Self.fold(hash ^ Self.first, Self.second)
    }

    /// The last 0 ... 15 bytes, in words that overlap where they are fewer than two: the length, which is in the hash
    /// already, tells them apart.
    @inline(__always)
    private static func end(of bytes: UnsafeBufferPointer<UInt8>, from offset: Int) -> (UInt64, UInt64) {
        guard let start = unsafe UnsafeRawPointer(bytes.baseAddress) else { return (0, 0) }
        let rest = bytes.count &- offset
        if rest >= 8 {
            let one = unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            return unsafe (one, start.loadUnaligned(fromByteOffset: bytes.count &- 8, as: UInt64.self))
        }
        if rest >= 4 {
            let one = unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            let two = unsafe start.loadUnaligned(fromByteOffset: bytes.count &- 4, as: UInt32.self)
            return (UInt64(one), UInt64(two))
        }
        guard rest > 0 else { return (0, 0) }
        let (low, middle) = unsafe (UInt64(bytes[offset]), UInt64(bytes[offset &+ (rest >> 1)]))
        return unsafe (low | middle << 8, UInt64(bytes[bytes.count &- 1]))
    }

    private static let first: UInt64 = 0xa076_1d64_78bd_642f
    private static let second: UInt64 = 0xe703_7ed1_a0b4_28db

    private static func fold(_ one: UInt64, _ two: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: two)
        return product.high ^ product.low
    }
}
