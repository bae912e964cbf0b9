internal import CZlib

/// Inflates gzip bodies.
enum Inflate {
    enum Failure: Error { case malformed, tooLarge }

    /// - Parameter limit: the most bytes that may come out.
    static func gzip(_ compressed: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        var stream = unsafe z_stream()
        // 15 bits of window, and 16 more to say gzip. inflateInit2 is a macro for this call.
        guard unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .malformed
        }
        defer { unsafe inflateEnd(&stream) }
        var inflated: [UInt8] = []
        var status = Z_OK
        var input = compressed
        // The pointers of the stream are valid inside the closures only, where inflate is called.
        unsafe input.withUnsafeMutableBufferPointer { source in
            unsafe stream.next_in = source.baseAddress
            unsafe stream.avail_in = UInt32(source.count)
            while status == Z_OK, inflated.count <= limit {
                inflated.append(addingCapacity: 256 << 10) { target in
                    unsafe target.withUnsafeMutableBufferPointer { buffer, count in
                        unsafe stream.next_out = buffer.baseAddress
                        unsafe stream.avail_out = UInt32(buffer.count)
                        status = unsafe inflate(&stream, Z_NO_FLUSH)
                        count = unsafe buffer.count - Int(stream.avail_out)
                    }
                }
            }
        }
        if inflated.count > limit { throw .tooLarge }
        guard status == Z_STREAM_END else { throw .malformed }
        return inflated
    }
}
