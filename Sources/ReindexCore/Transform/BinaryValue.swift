/// The bytes of one value in PostgreSQL's binary format, which is big-endian throughout.
///
/// Borrowed from a ``RowStorage``. Every read is within `count`: callers prove the length first, and a read that they did
/// not prove stops the program instead of leaving the value.
@safe struct BinaryValue {
    let start: UnsafePointer<UInt8>
    let count: Int

    @inline(__always) init(start: UnsafePointer<UInt8>, count: Int) {
        unsafe self.start = unsafe start
        self.count = count
    }

    @inline(__always) subscript(offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < count, "a read within the value")
        return unsafe start[offset]
    }

    @inline(__always) private func load<Word: FixedWidthInteger & BitwiseCopyable>(_ type: Word.Type, _ offset: Int)
        -> Word
    {
        precondition(offset >= 0 && offset <= count &- MemoryLayout<Word>.size, "a read within the value")
        return unsafe Word(bigEndian: UnsafeRawPointer(start).loadUnaligned(fromByteOffset: offset, as: Word.self))
    }

    @inline(__always) func int16(at offset: Int = 0) -> Int16 { load(Int16.self, offset) }
    @inline(__always) func int32(at offset: Int = 0) -> Int32 { load(Int32.self, offset) }
    @inline(__always) func int64(at offset: Int = 0) -> Int64 { load(Int64.self, offset) }
    @inline(__always) func uint16(at offset: Int = 0) -> UInt16 { load(UInt16.self, offset) }
    @inline(__always) func uint32(at offset: Int = 0) -> UInt32 { load(UInt32.self, offset) }
    @inline(__always) func uint64(at offset: Int = 0) -> UInt64 { load(UInt64.self, offset) }
    @inline(__always) func float(at offset: Int = 0) -> Float { Float(bitPattern: uint32(at: offset)) }
    @inline(__always) func double(at offset: Int = 0) -> Double { Double(bitPattern: uint64(at: offset)) }

    @inline(__always) func slice(_ offset: Int, _ length: Int) -> BinaryValue {
        precondition(offset >= 0 && length >= 0 && offset <= count &- length, "a slice within the value")
        return unsafe BinaryValue(start: start + offset, count: length)
    }

    @inline(__always) func dropFirst(_ length: Int) -> BinaryValue { slice(length, count - length) }
}

/// Reads a value that holds others from its beginning to its end; nil where the bytes end too soon.
@safe struct BinaryReader {
    let value: BinaryValue
    private(set) var offset = 0

    init(_ value: BinaryValue) { self.value = value }

    var isAtEnd: Bool { offset == value.count }
    var remaining: Int { value.count - offset }

    mutating func byte() -> UInt8? {
        guard remaining >= 1 else { return nil }
        defer { offset += 1 }
        return value[offset]
    }

    mutating func int16() -> Int16? {
        guard remaining >= 2 else { return nil }
        defer { offset += 2 }
        return value.int16(at: offset)
    }

    mutating func int32() -> Int32? {
        guard remaining >= 4 else { return nil }
        defer { offset += 4 }
        return value.int32(at: offset)
    }

    mutating func bytes(_ count: Int) -> BinaryValue? {
        guard count >= 0, remaining >= count else { return nil }
        defer { offset += count }
        return value.slice(offset, count)
    }

    /// A length of four bytes and as many bytes; a length of -1 is SQL null.
    mutating func field() -> Field? {
        guard let length = int32() else { return nil }
        if length == -1 { return .null }
        return bytes(Int(length)).map(Field.value)
    }

    enum Field {
        case null
        case value(BinaryValue)
    }
}
