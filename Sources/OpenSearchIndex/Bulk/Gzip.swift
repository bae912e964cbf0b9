internal import CZlib

/// gzip at level 1: 116 MB/s a core and a third of the bytes; higher levels cost several times as much for little more.
enum Gzip {
    /// - Returns: nil when zlib has no memory.
    static func compress(_ bytes: UnsafeBufferPointer<UInt8>) -> ByteBuffer? {
        var stream = unsafe z_stream()
        // 15 + 16: the largest window, with a gzip header. deflateInit2 is a macro over this function.
        let status = unsafe deflateInit2_(
            &stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { return nil }
        defer { unsafe deflateEnd(&stream) }
        var isComplete = false
        let bound = Int(unsafe deflateBound(&stream, UInt(bytes.count)))
        // The bound is more than the result will be; pages that are not written to are never taken from the system.
        let buffer = unsafe ByteBuffer(capacity: bound) { room in
            // zlib does not write through next_in; the type lacks the const.
            unsafe stream.next_in = unsafe UnsafeMutablePointer(mutating: bytes.baseAddress)
            unsafe stream.avail_in = UInt32(bytes.count)
            unsafe stream.next_out = room.baseAddress
            unsafe stream.avail_out = UInt32(room.count)
            isComplete = unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
            return unsafe room.count - Int(stream.avail_out)
        }
        return isComplete ? buffer : nil
    }
}
