/// Values in PostgreSQL's binary format.
enum Binary {
    static func integer(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) }
    }

    static func double(_ value: Double) -> [UInt8] { integer(value.bitPattern) }

    static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// numeric(…, 2), below 10,000.
    static func price(_ whole: Int, _ cents: Int) -> [UInt8] {
        integer(Int16(2)) + integer(Int16(0)) + integer(Int16(0)) + integer(Int16(2)) + integer(Int16(whole))
            + integer(Int16(cents * 100))
    }

    /// A length and as many bytes: what arrays, ranges, composites and hstore are made of.
    static func field(_ value: [UInt8]) -> [UInt8] { integer(Int32(value.count)) + value }

    /// One dimension without nulls; `type` is the elements' oid.
    static func array(of type: Int32, _ elements: [[UInt8]]) -> [UInt8] {
        integer(Int32(1)) + integer(Int32(0)) + integer(type) + integer(Int32(elements.count)) + integer(Int32(1))
            + elements.flatMap(field)
    }
}

/// Numbers that are the same each time: a linear congruential generator's upper bits.
struct Random {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(below(256)) } }
}

enum Texts {
    private static let syllables = [
        "ka", "lo", "mi", "ren", "tor", "vel", "sa", "dun", "fi", "gra", "het", "ion", "jar", "ku",
    ]

    /// Words of a shop; one in fifty has a character that JSON escapes, as many one that is not ASCII.
    static func words(_ count: Int, _ random: inout Random) -> [UInt8] {
        let words = (0..<count).map { _ -> String in
            switch random.below(100) {
            case 0: "5\" wide"
            case 1: "line\nbreak"
            case 2: "Größe"
            case 3: "日本語"
            default: (0...random.below(3)).map { _ in syllables[random.below(syllables.count)] }.joined()
            }
        }
        return Array(words.joined(separator: " ").utf8)
    }
}
