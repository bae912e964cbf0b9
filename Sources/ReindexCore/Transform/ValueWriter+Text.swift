extension ValueWriter {
    /// Text of any length as a JSON string.
    @inline(__always) mutating func string(_ text: BinaryValue) {
        out.put(UInt8(ascii: "\""))
        if text.count <= Self.chunk { out.putEscaped(text) } else { longText(text) }
        out.put(UInt8(ascii: "\""))
    }

    /// In pieces, so that room for the worst case is never made for all of it.
    @inline(never) mutating func longText(_ text: BinaryValue) {
        var offset = 0
        while offset < text.count {
            let piece = text.slice(offset, min(Self.chunk, text.count - offset))
            makeRoom(Self.room(forValueOf: piece.count))
            out.putEscaped(piece)
            offset += piece.count
        }
        makeRoom(Self.room(forValueOf: 0))
    }

    /// `"char"`: no character at all for the byte 0, and `\ooo` for what is not ASCII, as PostgreSQL 16 prints it.
    mutating func byteCharacter(_ value: BinaryValue) -> ValueOutcome {
        guard value.count == 1 else { return malformed("\"char\"") }
        let byte = value[0]
        if byte < 0x80 {
            string(byte == 0 ? value.slice(0, 0) : value)
        } else {
            out.put("\"\\\\")
            for shift in [6, 3, 0] as [UInt8] { out.put(UInt8(ascii: "0") + (byte >> shift) & 7) }
            out.put(UInt8(ascii: "\""))
        }
        return .written
    }

    @inline(__always) mutating func uuid(_ value: BinaryValue) -> ValueOutcome {
        guard value.count == 16 else { return malformed("uuid") }
        out.put(UInt8(ascii: "\""))
        out.putHexadecimal(value.uint32(at: 0))
        out.put(UInt8(ascii: "-"))
        // A pair of groups of four is written at once, and the second half again behind the hyphen.
        let second = Digits.hexadecimal(value.uint32(at: 4)), third = Digits.hexadecimal(value.uint32(at: 8))
        out.put(second, count: 4)
        out.put(UInt8(ascii: "-"))
        out.put(second &>> 32, count: 4)
        out.put(UInt8(ascii: "-"))
        out.put(third, count: 4)
        out.put(UInt8(ascii: "-"))
        out.put(third &>> 32, count: 4)
        out.putHexadecimal(value.uint32(at: 12))
        out.put(UInt8(ascii: "\""))
        return .written
    }

    /// RFC 4648 with padding, what OpenSearch's `binary` takes.
    mutating func base64(_ value: BinaryValue) {
        out.put(UInt8(ascii: "\""))
        var offset = 0
        while value.count - offset >= 3 {
            let end = offset + min(3 * 1024, (value.count - offset) / 3 * 3)
            makeRoom((end - offset) / 3 * 4 + 16)
            var cursor = out
            while offset < end {
                let group = UInt32(value[offset]) << 16 | UInt32(value[offset + 1]) << 8 | UInt32(value[offset + 2])
                cursor.put(Self.base64Digits(group), count: 4)
                offset += 3
            }
            out = cursor
        }
        switch value.count - offset {
        case 1: out.put(Self.base64Digits(UInt32(value[offset]) << 16) & 0xFFFF | 0x3D3D_0000, count: 4)
        case 2:
            let group = UInt32(value[offset]) << 16 | UInt32(value[offset + 1]) << 8
            out.put(Self.base64Digits(group) & 0xFF_FFFF | 0x3D00_0000, count: 4)
        default: break
        }
        out.put(UInt8(ascii: "\""))
    }

    @inline(__always) private static func base64Digits(_ group: UInt32) -> UInt64 {
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        let digits = unsafe alphabet.utf8Start
        return unsafe UInt64(digits[Int(group &>> 18 & 63)]) | UInt64(digits[Int(group &>> 12 & 63)]) &<< 8
            | UInt64(digits[Int(group &>> 6 & 63)]) &<< 16 | UInt64(digits[Int(group & 63)]) &<< 24
    }

    /// bit and varbit: the number of bits, then the bits from each byte's highest on.
    mutating func bits(_ value: BinaryValue) -> ValueOutcome {
        guard value.count >= 4 else { return malformed("bit") }
        let bitCount = Int(value.int32())
        guard bitCount >= 0, value.count - 4 == (bitCount + 7) / 8 else { return malformed("bit") }
        out.put(UInt8(ascii: "\""))
        for bit in 0..<bitCount {
            if bit % Self.chunk == 0 { makeRoom(Self.chunk + 16) }
            out.put(UInt8(ascii: "0") + value[4 + bit / 8] >> UInt8(7 - bit % 8) & 1)
        }
        out.put(UInt8(ascii: "\""))
        return .written
    }
}
