import Foundation
import Testing

@testable import ReindexCore

/// What is written by hand equals what Foundation's encoder makes: fingerprints of earlier versions must stay what they are.
@Suite struct JSONValueEncodingTests {
    private static func foundation(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(value))
    }

    private static let texts =
        [
            "", "a", "B", "_", "a/b", "\"", "\\", "\u{7f}", "é", "e\u{301}", "😀", "ü€", "z10", "z9", "\u{2028}",
            "\u{FFFD}", "\u{FFFD}\n",
        ]
        + (0..<0x20).map { "\(Unicode.Scalar(UInt8($0)))" }

    private static func tree(_ random: inout SplitMix, depth: Int) -> JSONValue {
        let text = (0..<Int.random(in: 0...3, using: &random)).map { _ in texts.randomElement(using: &random) ?? "" }
        switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &random))
        case 3: return .integer(Int64.random(in: -9...9, using: &random))
        case 4: return .number(Double.random(in: -1e6...1e6, using: &random))
        case 5:
            let number = Double(bitPattern: UInt64.random(in: 0 ... .max, using: &random))
            return number.isFinite ? .number(number) : .number(0.1)
        case 6: return .string(text.joined())
        case 7: return .array((0..<Int.random(in: 0...4, using: &random)).map { _ in tree(&random, depth: depth - 1) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let key = (texts.randomElement(using: &random) ?? "") + (texts.randomElement(using: &random) ?? "")
                members[key] = tree(&random, depth: depth - 1)
            }
            return .object(members)
        }
    }

    @Test(arguments: 0..<20) func `bytes are those of Foundation's encoder, and are read back`(seed: Int) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<200 {
            let value = Self.tree(&random, depth: 4)
            let bytes = value.bytes
            #expect(try bytes == Self.foundation(value), "\(value)")
            let again = try JSONValue(parsing: bytes)
            #expect(again.bytes == bytes)
            #expect(try JSONValue(encoding: value) == value)
        }
    }

    @Test func `a number without a form leaves nothing of its tree`() {
        #expect(([1, .number(.nan)] as JSONValue).bytes == Array("null".utf8))
        #expect(JSONValue.number(-.infinity).bytes == Array("null".utf8))
    }

    struct Everything: Codable, Hashable {
        enum Choice: Codable, Hashable {
            case none
            case one(Int)
            case two(name: String, value: Double?)
        }
        struct Inner: Codable, Hashable { var text = "t", missing: Int?, list = [1, 2] }
        struct Empty: Codable, Hashable {}

        var bool = true, int = -1, small = Int8(-8), byte = UInt8(255), whole = 2.0,
            minusZero = -0.0
        var fraction = 0.1, float = Float(0.1), huge = 1e300, many = 1e17, limit = 9_007_199_254_740_993.0
        var text = "a/\"\n😀", empty = "", missing: String?, inner = Inner(), nothing = Empty()
        var list = [Inner(), Inner(text: "", missing: 3, list: [])], lists: [[Int]] = [[], [1]],
            optionals: [Int?] = [nil, 1]
        var members = ["b": 1, "a": 2], numbered = [1: "x"], tree: JSONValue = ["k": [1, .null, "v"]],
            null = JSONValue.null
        var choices: [Choice] = [.none, .one(1), .two(name: "n", value: nil), .two(name: "n", value: 1)]
        var duration = Duration.milliseconds(1500), state = RunState.rolledBack, epoch = Epoch(version: 7)
        var place = KeyPlace(values: [[0, 1, 255], []], text: ["a", "b"])
    }

    @Test func `a value becomes the tree that its JSON would be read as`() throws {
        let value = Everything()
        let tree = try JSONValue(encoding: value)
        let read = try JSONValue(parsing: Self.foundation(value))
        for (name, member) in tree.object ?? [:] { #expect(member == read[name], "\(name)") }
        #expect(try tree == JSONValue(parsing: Self.foundation(value)))
        #expect(try JSONValue(parsing: Self.foundation(tree.decode(Everything.self))) == tree)
        #expect(try JSONValue(encoding: [UInt64.max]) == JSONValue(parsing: Self.foundation([UInt64.max])))
        #expect(try JSONValue(encoding: [Int]()) == [])
        #expect(try JSONValue(encoding: "x") == "x")
        #expect(try JSONValue(encoding: RunState.held) == "held")
        #expect(try JSONValue(encoding: Int?.none) == .null)
        #expect(throws: EncodingError.self) { try JSONValue(encoding: ["a": Double.nan]) }
    }

    @Test func `a text with U+FFFD of its own is read, half of a pair is not`() throws {
        #expect(try JSONValue(parsing: Array("\"\u{FFFD}\\n\"".utf8)) == "\u{FFFD}\n")
        #expect(throws: (any Error).self) { try JSONValue(parsing: Array(#""�\ud800""#.utf8)) }
    }
}
