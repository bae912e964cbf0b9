import Testing

@testable import ReindexCore

@Suite struct SnapshotMarkTests {
    private func mark(_ snapshot: String, origin: String? = "00000001", oldest: String? = nil) -> SnapshotMark {
        SnapshotMark(snapshot: snapshot, origin: origin, oldestBegan: oldest, seesAll: true)
    }

    private func since(_ marks: [SnapshotMark?]) -> ChangedSince? { try? SnapshotMark.firstUnseen(by: marks).get() }

    @Test func `the oldest transaction of all snapshots is where changes are looked for`() {
        #expect(since([mark("700:705:700,703"), mark("690:710:690")]) == .transaction(690, origin: "00000001"))
    }

    @Test func `what is not on record, or of another origin, is not guessed`() {
        #expect(since([]) == nil)
        #expect(since([mark("700:705:"), nil]) == nil)
        #expect(since([mark("700:705:", origin: nil)]) == nil)
        #expect(since([mark("700:705:"), mark("700:705:", origin: "00000002")]) == nil)
        #expect(since([mark("damaged")]) == nil)
    }

    @Test func `transactions that may have come round are out of reach, and so is another origin`() {
        let changes = ChangedSince.transaction(1000, origin: "00000001")
        #expect(mark("1000:1000:").isWithinReach(of: changes))
        #expect(mark("1000000000:1000000001:").isWithinReach(of: changes))
        #expect(!mark("\(1000 + (1 << 30)):\(2000 + (1 << 30)):").isWithinReach(of: changes))
        #expect(!mark("999:1000:").isWithinReach(of: changes), "the numbers went back: another server")
        #expect(!mark("2000:2000:", origin: "00000002").isWithinReach(of: changes))
        #expect(!mark("2000:2000:", origin: nil).isWithinReach(of: changes))
    }

    @Test func `the earliest time counts`() {
        let marks = [mark("1:1:", oldest: "2026-01-01 10:00:00+00"), mark("1:1:", oldest: "2026-01-01 09:59:00.5+00")]
        #expect((try? SnapshotMark.oldestBegan(of: marks).get()) == "2026-01-01 09:59:00.5+00")
        #expect((try? SnapshotMark.oldestBegan(of: marks + [mark("1:1:")]).get()) == nil)
    }
}
