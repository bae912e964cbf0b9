/// Hashes of documents for comparing two sides: 64 bits, seeded anew for each comparison, so that no collision lasts.
///
/// Source: the multiply-and-fold of wyhash (Wang Yi, public domain).
package struct DocumentHash: Sendable {
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
        var (one, two): (UInt64, UInt64) = (0, 0)
        for place in offset..<bytes.count {
            let (byte, shift) = unsafe (UInt64(bytes[place]), UInt64(8 * (place - offset)))
            if shift < 64 { one |= byte << shift } else { two |= byte << (shift - 64) }
        }
        hash = Self.fold(one ^ Self.second, two ^ hash)
        return Self.fold(hash ^ Self.first, Self.second)
    }

    private static let first: UInt64 = 0xa076_1d64_78bd_642f
    private static let second: UInt64 = 0xe703_7ed1_a0b4_28db

    private static func fold(_ one: UInt64, _ two: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: two)
        return product.high ^ product.low
    }
}
