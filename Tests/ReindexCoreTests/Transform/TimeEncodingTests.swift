import ReindexCore
import Testing

@Suite struct TimeEncodingTests {
    private static let day: Int64 = 86_400_000_000

    private func timestamp(_ microseconds: Int64) throws -> String {
        try Fixture(.base("timestamptz")).value(Binary.integer(microseconds))
    }

    private func date(_ days: Int32) throws -> String { try Fixture(.base("date")).value(Binary.integer(days)) }

    @Test func `timestamps have microseconds, and Z where they are UTC`() throws {
        #expect(try timestamp(0) == #""2000-01-01T00:00:00.000000Z""#)
        #expect(try timestamp(-1) == #""1999-12-31T23:59:59.999999Z""#)
        #expect(try timestamp(Self.day * 366 + 3_723_000_042) == #""2001-01-01T01:02:03.000042Z""#)
        #expect(try Fixture(.base("timestamp")).value(Binary.integer(Int64(1))) == #""2000-01-01T00:00:00.000001""#)
    }

    @Test func `every day of 109 years follows its predecessor`() throws {
        let months = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var (year, month, day) = (1899, 12, 31)
        let fixture = Fixture(.base("date"))
        let first: Int32 = -36_524
        let rows = (0..<40_000).map { [Binary.integer(Int64(1)), Binary.integer(first + Int32($0))] as [[UInt8]?] }
        for document in try fixture.encode(rows).documents {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            day += 1
            if day > months[month - 1] + (month == 2 && isLeap ? 1 : 0) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
            let expected = "{\"value\":\"\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)\"}"
            guard document == expected else {
                Issue.record("\(document) for \(expected)")
                return
            }
        }
    }

    @Test func `years beyond 9999 carry a sign`() throws {
        #expect(try date(2_921_939) == #""9999-12-31""#)
        #expect(try date(2_921_940) == #""+10000-01-01""#)
        #expect(try date(2_145_031_948) == #""+5874897-12-31""#)
        #expect(try timestamp(9_223_371_331_199_999_999) == #""+294276-12-31T23:59:59.999999Z""#)
    }

    @Test func `years BC and infinities become null, or reject the document`() throws {
        #expect(try date(-730_119) == #""0001-01-01""#)
        #expect(try date(-730_120) == "null")
        #expect(try date(.max) == "null" && date(.min) == "null")
        #expect(try timestamp(.max) == "null" && timestamp(.min) == "null")
        var strict = Fixture(.base("date"))
        strict.rules.strictValues = true
        #expect(try strict.value(Binary.integer(Int32(-730_120))) == "unrepresentable_value")
        #expect(try strict.value(Binary.integer(Int32.max)) == "unrepresentable_value")
    }

    @Test func `in an _id and a key they are spelled out`() throws {
        var fixture = Fixture(["at": .base("date"), "n": .base("float8")])
        fixture.keyColumns = [0, 1]
        let encoded = try fixture.encode([
            [Binary.integer(Int32.max), Binary.double(.nan)],
            [Binary.integer(Int32(-730_121)), Binary.double(-.infinity)],
        ])
        #expect(encoded.actions[0].contains(#""_id":"infinity:NaN""#))
        #expect(encoded.actions[1].contains(#""_id":"-0000-12-30:-Infinity""#))
        let rows = FetchedRows(rows: FixtureRows([[Binary.integer(Int32.min), Binary.double(.infinity)]]))
        #expect(try fixture.template().place(ofRow: 0, in: rows).text == ["-infinity", "Infinity"])
    }

    @Test func `times of day and their zones`() throws {
        #expect(try Fixture(.base("time")).value(Binary.integer(Self.day)) == #""24:00:00.000000""#)
        #expect(try Fixture(.base("time")).value(Binary.integer(Self.day + 1)) == "malformed_value")
        func timetz(_ zone: Int32) throws -> String {
            try Fixture(.base("timetz")).value(Binary.integer(Int64(45_296_000_001)) + Binary.integer(zone))
        }
        #expect(try timetz(-7200) == #""12:34:56.000001+02:00""#)
        #expect(try timetz(12_600) == #""12:34:56.000001-03:30""#)
        #expect(try timetz(0) == #""12:34:56.000001+00:00""#)
        #expect(try timetz(-1172) == #""12:34:56.000001+00:19:32""#)
    }

    @Test func `intervals are what PostgreSQL prints in its ISO 8601 style`() throws {
        func interval(_ microseconds: Int64, _ days: Int32, _ months: Int32) throws -> String {
            try Fixture(.base("interval")).value(
                Binary.integer(microseconds) + Binary.integer(days) + Binary.integer(months))
        }
        #expect(try interval(0, 0, 0) == #""PT0S""#)
        #expect(try interval(14_706_700_000, 3, 14) == #""P1Y2M3DT4H5M6.7S""#)
        #expect(try interval(-500_000, 0, 0) == #""PT-0.5S""#)
        #expect(try interval(0, -4, -1) == #""P-1M-4D""#)
        #expect(try interval(.max, .max, .max) == "null")
    }
}
