/// An array of one dimension in PostgreSQL's binary format, for `= any($1)` and `unnest($1)`.
///
/// Five big-endian words (dimensions, whether there are nulls, element type, length, lower bound), then each value behind
/// its length; -1 is null. Source: `array_recv` in PostgreSQL's arrayfuncs.c.
struct BinaryArray {
    private(set) var bytes: [UInt8] = []
    private var count: Int32 = 0
    private var hasNulls = false

    init(elements: TypeOID) {
        for word in [0, 0, elements.number] { append(word) }
    }

    private static let headerLength = 20

    mutating func append(_ value: UnsafeBufferPointer<UInt8>?) {
        if count == 0 {
            for word: UInt32 in [0, 1] { append(word) }
        }
        count += 1
        if let value = unsafe value {
            append(UInt32(value.count))
            unsafe bytes.append(contentsOf: value)
        } else {
            hasNulls = true
            append(UInt32.max)
        }
        patch(1, at: 0)
        patch(hasNulls ? 1 : 0, at: 4)
        patch(UInt32(count), at: 12)
    }

    private mutating func append(_ word: UInt32) {
        for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }

    private mutating func patch(_ word: UInt32, at offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32(index))) }
    }
}
