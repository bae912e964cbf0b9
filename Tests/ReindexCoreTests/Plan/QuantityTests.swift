import ReindexCore
import Testing

@Suite struct QuantityTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("90s", .seconds(90)), ("15m", .seconds(900)),
        ("48h", .seconds(48 * 3600)),
        ("7d", .seconds(7 * 86_400)), ("1h30m", .seconds(5400)), ("1d2h3m4s5ms", .milliseconds(93_784_005)),
        ("0", .zero),
        ("0s", .zero),
    ])
    func `a time is read`(text: String, duration: Duration) {
        #expect(Quantity.duration(text) == duration)
        #expect(Quantity.duration(Quantity.text(of: duration)) == duration)
    }

    @Test(arguments: ["", "5", "m", "-1s", "1.5h", "1 h", "1m1h", "1m1m", "1H", "1x", "1s ", "9999999999s", "٣s"])
    func `what is no time is refused`(text: String) { #expect(Quantity.duration(text) == nil) }

    @Test(arguments: [("1%", 0.01), ("0.5%", 0.005), ("100%", 1), ("0%", 0)])
    func `a share is read`(text: String, share: Double) { #expect(Quantity.share(text) == share) }

    @Test(arguments: [
        "", "%", "1", "0.01", "101%", "-1%", "1e1%", "nan%", "inf%", "1 %", ".5%", "1.%", "1.2.3%", "0x1%",
    ])
    func `what is no share is refused`(text: String) { #expect(Quantity.share(text) == nil) }

    @Test(arguments: [
        ("1048576", 1 << 20), ("512KiB", 512 << 10), ("1MiB", 1 << 20), ("9MB", 9_000_000), ("1.5GiB", 3 << 29),
        ("5 mib", 5 << 20),
        ("10B", 10),
    ])
    func `a number of bytes is read`(text: String, count: Int) { #expect(Quantity.byteCount(text) == count) }

    @Test(arguments: ["", "MiB", "-1", "1m", "1TiB", "1e6", "99999999999GiB", "1.2.3"])
    func `what is no number of bytes is refused`(text: String) { #expect(Quantity.byteCount(text) == nil) }
}

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("sorce", "source"), ("SOURCE", "source"), ("soucre", "source"), ("max-rejected", "max_rejected"),
        ("max", "max_rejected"),
    ])
    func `a slip of the fingers is put right`(word: String, expected: String) {
        #expect(NearestName.of(word, in: ["source", "document", "max_rejected"]) == expected)
    }

    @Test(arguments: ["", "x", "quite another", String(repeating: "source", count: 10_000)])
    func `what is like nothing stays alone`(word: String) {
        #expect(NearestName.of(word, in: ["source", "document", "max_rejected"]) == nil)
    }
}
