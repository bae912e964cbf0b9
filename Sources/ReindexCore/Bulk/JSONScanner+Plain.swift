/// Pieces of an answer in exactly the bytes that OpenSearch writes for them, compared as bytes: nearly all items and hits are
/// such. Anything else is nil, consumes nothing, and is left to the careful reading.
extension JSONScanner {
    /// Consumes `first`, the inside of a string without escapes, its closing quote and `last`, where exactly these bytes
    /// come next.
    /// - Returns: where the inside of the string stands.
    mutating func takeString(after first: StaticString, _ last: StaticString) -> Range<Int>? {
        let string = unsafe bytes.withUnsafeBufferPointer { buffer -> Range<Int>? in
            let start = position + first.utf8CodeUnitCount
            guard let base = buffer.baseAddress, start < buffer.count,
                unsafe Self.isEqual(base + position, first.utf8Start, first.utf8CodeUnitCount),
                let end = unsafe Self.endOfPlain(buffer, from: start), end + 1 + last.utf8CodeUnitCount <= buffer.count,
                unsafe Self.isEqual(base + end + 1, last.utf8Start, last.utf8CodeUnitCount)
            else { return nil }
            return start..<end
        }
        if let string { position = string.upperBound + 1 + last.utf8CodeUnitCount }
        return string
    }

    /// Where a string ends in which no escape and no control character stands.
    @inline(__always)
    private static func endOfPlain(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var end = start
        while end < bytes.count, case let byte = unsafe bytes[end], byte != UInt8(ascii: "\"") {
            guard byte >= 0x20, byte != UInt8(ascii: "\\") else { return nil }
            end += 1
        }
        return end < bytes.count ? end : nil
    }

    /// Consumes `first`, the inside of a string and its closing quote, `then`, a digit 0 or 1, and `last`, where exactly
    /// these bytes come next.
    /// - Parameter isExpected: whether the string, which has no escapes, is the one that should stand there.
    /// - Returns: 200 or 201.
    mutating func take(
        _ first: StaticString, then: StaticString, last: StaticString,
        _ isExpected: (UnsafeBufferPointer<UInt8>) -> Bool
    ) -> Int? {
        let end = unsafe bytes.withUnsafeBufferPointer { buffer -> Int? in
            let start = position + first.utf8CodeUnitCount
            let behind = 1 + then.utf8CodeUnitCount + 1 + last.utf8CodeUnitCount
            guard let base = buffer.baseAddress, start + behind <= buffer.count,
                unsafe Self.isEqual(base + position, first.utf8Start, first.utf8CodeUnitCount),
                let end = unsafe Self.endOfPlain(buffer, from: start)
            else { return nil }
            let digit = end + 1 + then.utf8CodeUnitCount
            guard end + behind <= buffer.count, unsafe buffer[digit] & 0xfe == UInt8(ascii: "0"),
                unsafe Self.isEqual(base + end + 1, then.utf8Start, then.utf8CodeUnitCount),
                unsafe Self.isEqual(base + digit + 1, last.utf8Start, last.utf8CodeUnitCount),
                unsafe isExpected(UnsafeBufferPointer(rebasing: buffer[start..<end]))
            else { return nil }
            return end + behind
        }
        guard let end else { return nil }
        position = end
        return 200 + Int(bytes[end - last.utf8CodeUnitCount - 1] & 1)
    }

    /// Consumes `first`, `then`, a digit 0 or 1, and `last`, where exactly these bytes come next.
    /// - Returns: 200 or 201.
    mutating func take(_ first: UnsafeBufferPointer<UInt8>, then: StaticString, last: StaticString) -> Int? {
        let (middle, end) = (then.utf8CodeUnitCount, last.utf8CodeUnitCount)
        let count = first.count + middle + 1 + end
        guard position + count <= bytes.count, let firstStart = first.baseAddress else { return nil }
        let status = unsafe bytes.withUnsafeBufferPointer { buffer -> Int? in
            guard let base = buffer.baseAddress else { return nil }
            let start = unsafe base + position
            let digit = unsafe start[first.count + middle] &- UInt8(ascii: "0")
            guard digit <= 1, unsafe Self.isEqual(start, firstStart, first.count),
                unsafe Self.isEqual(start + first.count, then.utf8Start, middle),
                unsafe Self.isEqual(start + first.count + middle + 1, last.utf8Start, end)
            else { return nil }
            return 200 + Int(digit)
        }
        if status != nil { position += count }
        return status
    }

    /// By words, the last two of which may overlap.
    @inline(__always)
    private static func isEqual(_ one: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        if count >= 8 {
            var offset = 0
            while offset < count {
                let place = min(offset, count - 8)
                let left = unsafe UnsafeRawPointer(one).loadUnaligned(fromByteOffset: place, as: UInt64.self)
                let right = unsafe UnsafeRawPointer(other).loadUnaligned(fromByteOffset: place, as: UInt64.self)
                guard left == right else { return false }
                offset += 8
            }
            return true
        }
        for offset in 0..<count where unsafe one[offset] != other[offset] { return false }
        return true
    }
}
