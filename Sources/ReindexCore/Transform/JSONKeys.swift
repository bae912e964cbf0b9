/// The keys of the objects that are open, to find one that stands twice in its object.
///
/// A key is its hash and its place; one with escapes is spelled out first. An object of few keys is compared pair by
/// pair, a larger one is sorted: n log n whatever the keys are.
struct JSONKeys {
    private struct Key {
        var hash: UInt64
        /// Where it stands in the text.
        var place: Int
        /// Where its bytes are: in the text, or in `spelled`.
        var bytes: Range<Int>
        var isSpelled: Bool
    }

    private var keys: [Key] = []
    private var spelled: [UInt8] = []

    var count: Int { keys.count }

    mutating func removeAll() {
        keys.removeAll(keepingCapacity: true)
        spelled.removeAll(keepingCapacity: true)
    }

    mutating func add(_ bytes: Range<Int>, hasEscapes: Bool, in text: JSONBytes) {
        var key = Key(hash: 0, place: bytes.lowerBound, bytes: bytes, isSpelled: hasEscapes)
        if hasEscapes { key.bytes = spell(bytes, of: text) }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in key.bytes {
            hash = (hash ^ UInt64(key.isSpelled ? spelled[index] : text[index])) &* 0x100_0000_01B3
        }
        key.hash = hash
        keys.append(key)
    }

    /// Forgets the keys of an object that ends.
    /// - Returns: the place of a key that stands there twice.
    mutating func closeObject(from first: Int, in text: JSONBytes) -> Int? {
        defer { keys.removeSubrange(first...) }
        if keys.count - first <= 12 {
            for later in first..<keys.count {
                for earlier in first..<later where areEqual(keys[earlier], keys[later], in: text) {
                    return keys[later].place
                }
            }
            return nil
        }
        let sorted = keys[first...].sorted { isLess($0, $1, in: text) }
        let pair = zip(sorted, sorted.dropFirst()).first { areEqual($0, $1, in: text) }
        return pair.map { max($0.place, $1.place) }
    }

    private func byte(_ index: Int, of key: Key, in text: JSONBytes) -> UInt8 {
        key.isSpelled ? spelled[key.bytes.lowerBound + index] : text[key.bytes.lowerBound + index]
    }

    private func areEqual(_ left: Key, _ right: Key, in text: JSONBytes) -> Bool {
        left.hash == right.hash && left.bytes.count == right.bytes.count
            && (0..<left.bytes.count).allSatisfy { byte($0, of: left, in: text) == byte($0, of: right, in: text) }
    }

    private func isLess(_ left: Key, _ right: Key, in text: JSONBytes) -> Bool {
        if left.hash != right.hash { return left.hash < right.hash }
        if left.bytes.count != right.bytes.count { return left.bytes.count < right.bytes.count }
        for index in 0..<left.bytes.count {
            let (a, b) = (byte(index, of: left, in: text), byte(index, of: right, in: text))
            if a != b { return a < b }
        }
        return false
    }

    /// Writes what a key with escapes stands for: its code points, surrogates as three bytes each where they are alone.
    private mutating func spell(_ bytes: Range<Int>, of text: JSONBytes) -> Range<Int> {
        let begin = spelled.count
        var at = bytes.lowerBound
        while at < bytes.upperBound {
            guard text[at] == UInt8(ascii: "\\") else {
                spelled.append(text[at])
                at += 1
                continue
            }
            let letter = text[at + 1]
            at += 2
            switch letter {
            case UInt8(ascii: "b"): spelled.append(0x08)
            case UInt8(ascii: "f"): spelled.append(0x0C)
            case UInt8(ascii: "n"): spelled.append(0x0A)
            case UInt8(ascii: "r"): spelled.append(0x0D)
            case UInt8(ascii: "t"): spelled.append(0x09)
            case UInt8(ascii: "u"):
                var code = Self.codeUnit(at: at, in: text)
                at += 4
                if code & 0xFC00 == 0xD800, at + 6 <= bytes.upperBound, text[at] == UInt8(ascii: "\\"),
                    text[at + 1] == UInt8(ascii: "u"), Self.codeUnit(at: at + 2, in: text) & 0xFC00 == 0xDC00
                {
                    code = 0x10000 + (code & 0x3FF) << 10 + Self.codeUnit(at: at + 2, in: text) & 0x3FF
                    at += 6
                }
                append(code)
            default: spelled.append(letter)
            }
        }
        return begin..<spelled.count
    }

    private mutating func append(_ code: UInt32) {
        switch code {
        case 0..<0x80: spelled.append(UInt8(code))
        case 0x80..<0x800: spelled += [0xC0 | UInt8(code >> 6), 0x80 | UInt8(code & 0x3F)]
        case 0x800..<0x10000:
            spelled += [0xE0 | UInt8(code >> 12), 0x80 | UInt8(code >> 6 & 0x3F), 0x80 | UInt8(code & 0x3F)]
        default:
            spelled += [
                0xF0 | UInt8(code >> 18), 0x80 | UInt8(code >> 12 & 0x3F), 0x80 | UInt8(code >> 6 & 0x3F),
                0x80 | UInt8(code & 0x3F),
            ]
        }
    }

    /// Four hexadecimal digits, which the scan has checked.
    private static func codeUnit(at: Int, in text: JSONBytes) -> UInt32 {
        (0..<4).reduce(0) { $0 << 4 | (hexadecimalDigit(text[at + $1]) ?? 0) }
    }

    static func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
