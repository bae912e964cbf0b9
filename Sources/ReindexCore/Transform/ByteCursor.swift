internal import CEscape

/// Where the next byte goes, in memory that has room: pointer in, advanced pointer out.
///
/// It checks nothing: ``ValueWriter/makeRoom(_:)`` came before. Kept in a local variable it lives in a register, which
/// is what makes a row cost hundreds of nanoseconds and not thousands. Stores may be wider than what they advance by, so
/// room always includes ``overrun`` bytes more.
@safe struct ByteCursor {
    /// Bytes behind the end of what is written that a wide store may touch.
    static let overrun = 16

    private(set) var next: UnsafeMutablePointer<UInt8>

    @inline(__always) init(_ next: UnsafeMutablePointer<UInt8>) { unsafe self.next = unsafe next }

    @inline(__always) mutating func put(_ byte: UInt8) {
        unsafe next.pointee = byte
        unsafe next += 1
    }

    /// The `count` lowest bytes of a word, the lowest first. Stores all 8.
    @inline(__always) mutating func put(_ word: UInt64, count: Int) {
        unsafe UnsafeMutableRawPointer(next).storeBytes(of: word.littleEndian, as: UInt64.self)
        unsafe next += count
    }

    @inline(__always) mutating func put(_ text: StaticString) {
        unsafe put(from: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// Copies 16 bytes at a time: `start` has ``overrun`` readable bytes behind its end.
    @inline(__always) mutating func put(paddedFrom start: UnsafePointer<UInt8>, count: Int) {
        let source = unsafe UnsafeRawPointer(start), target = unsafe UnsafeMutableRawPointer(next)
        var offset = 0
        repeat {
            let pair = unsafe source.loadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self)
            unsafe target.storeBytes(of: pair, toByteOffset: offset, as: SIMD2<UInt64>.self)
            offset += 16
        } while offset < count
        unsafe next += count
    }

    @inline(__always) mutating func put(from start: UnsafePointer<UInt8>, count: Int) {
        unsafe next.update(from: start, count: count)
        unsafe next += count
    }

    @inline(__always) mutating func put(_ bytes: BinaryValue) {
        unsafe put(from: bytes.start, count: bytes.count)
    }

    /// Text as the inside of a JSON string. Takes up to 6 bytes for one.
    @inline(__always) mutating func putEscaped(_ text: BinaryValue) {
        unsafe next = unsafe escape_json(text.start, text.count, next)
    }

    /// Bytes as they are; nothing where a control is among them.
    @inline(__always) mutating func putClean(_ text: BinaryValue) -> Bool {
        guard unsafe escape_copy_has_control(text.start, text.count, next) == 0 else { return false }
        unsafe next += text.count
        return true
    }

    @inline(__always) mutating func back(_ count: Int) { unsafe next -= count }

    /// The byte written last.
    @inline(__always) var last: UInt8 { unsafe next[-1] }

    /// Writes over the byte written last.
    ///
    /// By moving back and forth, not by a store to `next[-1]`: with a store to `next[0]` behind it, Swift 6.3.1 -O lost
    /// the first of the two.
    @inline(__always) mutating func replaceLast(with byte: UInt8) {
        back(1)
        put(byte)
    }
}
