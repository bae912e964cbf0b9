import ReindexCore
import Testing

@Suite struct NumberEncodingTests {
    private func doubles(_ numbers: [Double]) throws -> [String] {
        try Fixture(.base("float8")).encode(numbers.map { [Binary.integer(Int64(1)), Binary.double($0)] })
            .documents.map { String($0.dropFirst("{\"value\":".count).dropLast()) }
    }

    private func floats(_ numbers: [Float]) throws -> [String] {
        try Fixture(.base("float4")).encode(numbers.map { [Binary.integer(Int64(1)), Binary.float($0)] })
            .documents.map { String($0.dropFirst("{\"value\":".count).dropLast()) }
    }

    @Test(arguments: 0..<50) func `random doubles are the standard library's shortest form`(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        let patterns = (0..<1000).map { _ in Double(bitPattern: random.next()) }
        let near = (0..<1000).map { _ in Double.random(in: -1e6...1e6, using: &random) }
        let numbers = (patterns + near).filter(\.isFinite)
        #expect(try doubles(numbers) == numbers.map(\.description))
    }

    @Test(arguments: 0..<18) func `doubles of few digits are those digits, and read back the same`(places: Int) throws {
        var random = SplitMix(state: UInt64(places))
        var power = 1.0
        for _ in 0..<places { power *= 10 }
        let numbers = (0..<3000).map { _ -> Double in
            let digits = Double(
                Int64.random(in: -999_999_999_999_999...999_999_999_999_999, using: &random)
                    / Int64(1 << Int.random(in: 0...40, using: &random)))
            return digits / power
        }
        let texts = try doubles(numbers)
        #expect(texts == numbers.map(\.description))
        #expect(texts.map { Double($0) } == numbers)
    }

    @Test func `whole and special doubles have a fraction or an exponent`() throws {
        let numbers = [
            0.0, -0.0, 14, 1e15, 1e16, 123_456_789_012_345, 0.1, 1e-4, 1e-5, .leastNonzeroMagnitude,
            .greatestFiniteMagnitude,
            9007199254740992, 0.3, 2.5e-5,
        ]
        #expect(try doubles(numbers) == numbers.map(\.description))
        #expect(try doubles([14]) == ["14.0"])
    }

    @Test(arguments: 0..<50) func `random floats read back the same and are as short as can be`(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        let patterns = (0..<1000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }
        let near = (0..<1000).map { _ in Float.random(in: -2...2, using: &random) }
        let numbers = (patterns + near).filter(\.isFinite)
        let texts = try floats(numbers)
        #expect(texts.map { Float($0) } == numbers)
        func digits(_ text: String) -> Int { text.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }.count }
        for (text, number) in zip(texts, numbers) where !text.hasSuffix(".0") {
            #expect(digits(text) <= digits(number.description), "\(text) for \(number)")
        }
    }

    @Test func `NaN and infinities become null and are counted, or reject the document`() throws {
        var fixture = Fixture(.base("float8"))
        let encoded = try fixture.encode(
            [.nan, .infinity, -.infinity, 1].map { [Binary.integer(Int64(1)), Binary.double($0)] })
        #expect(encoded.documents == Array(repeating: #"{"value":null}"#, count: 3) + [#"{"value":1.0}"#])
        #expect(encoded.replacedValues == 3)
        fixture.rules.strictValues = true
        #expect(try fixture.value(Binary.double(.nan)) == "unrepresentable_value")
    }

    @Test func `integers of all widths`() throws {
        for value in [0, 7, 10, 99_999_999, 100_000_000, 1_234_567_890_123, .max, -1, .min] as [Int64] {
            #expect(try Fixture(.base("int8")).value(Binary.integer(value)) == String(value))
        }
        #expect(try Fixture(.base("int4")).value(Binary.integer(Int32.min)) == "-2147483648")
        #expect(try Fixture(.base("int2")).value(Binary.integer(Int16.min)) == "-32768")
        #expect(try Fixture(.base("oid")).value(Binary.integer(UInt32.max)) == "4294967295")
        #expect(try Fixture(.base("xid8")).value(Binary.integer(UInt64.max)) == "18446744073709551615")
        #expect(try Fixture(.base("bool")).value([1]) == "true")
        #expect(try Fixture(.base("bool")).value([0]) == "false")
    }

    @Test(arguments: 0..<20) func `random integers are their description`(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        let numbers = (0..<500).map { _ in Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random)
        }
        let encoded = try Fixture(.base("int8")).encode(numbers.map { [Binary.integer(Int64(1)), Binary.integer($0)] })
        #expect(encoded.documents == numbers.map { "{\"value\":\($0)}" })
    }

    @Test func `numeric keeps all of its digits and its scale`() throws {
        let numeric = Fixture(.base("numeric"))
        #expect(try numeric.value(Binary.numeric([], weight: 0, scale: 0)) == "0")
        #expect(try numeric.value(Binary.numeric([], weight: 0, scale: 2)) == "0.00")
        #expect(try numeric.value(Binary.numeric([12, 3400], weight: 0, scale: 2)) == "12.34")
        #expect(try numeric.value(Binary.numeric([1], weight: 2, sign: 0x4000, scale: 0)) == "-100000000")
        #expect(try numeric.value(Binary.numeric([5], weight: -2, scale: 8)) == "0.00000005")
        #expect(try numeric.value(Binary.numeric([1, 2, 3000], weight: 1, scale: 1)) == "10002.3")
        #expect(
            try numeric.value(Binary.numeric([1], weight: 100, scale: 0)) == "1" + String(repeating: "0", count: 400))
    }

    @Test func `a numeric that is none is malformed`() throws {
        let numeric = Fixture(.base("numeric"))
        #expect(try numeric.value(Binary.numeric([10_000], weight: 0, scale: 0)) == "malformed_value")
        #expect(try numeric.value(Binary.numeric([0, 1], weight: 1, scale: 0)) == "malformed_value")
        #expect(try numeric.value(Binary.numeric([1], weight: 0, sign: 1, scale: 0)) == "malformed_value")
        #expect(try numeric.value(Binary.numeric([1], weight: 0, scale: 0) + [0]) == "malformed_value")
    }
}
