import ReindexCore
import Testing

@Suite struct RunNameTests {
    @Test func `a run is named by its second and 16 random bits`() {
        // 2026-11-22T10:11:12.345678Z
        let name = RunName.id(microseconds: 1_795_342_272_345_678, random: 0xab)
        #expect(name == "20261122-101112-00ab")
        #expect(RunName.index(alias: "Products", run: name) == "products-20261122-101112-00ab")
    }

    @Test func `a timestamp has microseconds and Z`() {
        #expect(Timestamp.text(microseconds: 1_795_342_272_345_678) == "2026-11-22T10:11:12.345678Z")
        #expect(Timestamp.text(microseconds: 0) == "1970-01-01T00:00:00.000000Z")
    }

    @Test func `the last microseconds of a second stay in it`() {
        #expect(Timestamp.text(microseconds: 1_795_342_272_999_999) == "2026-11-22T10:11:12.999999Z")
        #expect(Timestamp.text(microseconds: 1_795_342_272_500_000) == "2026-11-22T10:11:12.500000Z")
    }

    @Test(arguments: 0..<300) func `a timestamp is read back as it was`(seed: Int) {
        var generator = SplitMix(seed: seed)
        let at = Int64.random(in: 1_600_000_000_000_000...4_000_000_000_000_000, using: &generator)
        #expect(Timestamp.microseconds(Timestamp.text(microseconds: at)) == at)
    }

    @Test(arguments: ["", "x", "2026", "2026-11-22 10:11:12", "99999999999999999999999999"])
    func `what is not a timestamp is nil`(text: String) {
        #expect(Timestamp.microseconds(text) == nil)
    }
}
