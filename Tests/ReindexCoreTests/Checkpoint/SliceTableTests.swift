import Testing

@testable import ReindexCore

@Suite struct SliceTableTests {
    private func table(_ count: Int) -> SliceTable {
        SliceTable((1...count).map { SliceRecord(slice: $0, updatedAt: "") }, now: .zero)
    }

    private func batch(_ slice: Int, endingAt key: Int) -> RowBatch {
        let rows = FetchedRows(rows: ScriptedRowStorage([ScriptedRow(key: key, payload: "")]))
        return RowBatch(
            fetched: rows, firstRow: 0, endRow: 1, epoch: Epoch(version: 1), slice: slice, end: KeyPlace(key: key))
    }

    private var one: DocumentCounts {
        var counts = DocumentCounts()
        counts.acknowledged = 1
        return counts
    }

    @Test func `each slice is taken once, in order`() {
        var table = table(3)
        #expect((0..<4).map { _ in table.take()?.slice } == [1, 2, 3, nil])
        #expect(!table.isAllRead && !table.isFinished)
    }

    @Test func `a slice is finished when it is read and all of it is acknowledged`() {
        var table = table(1)
        _ = table.take()
        let first = table.batchRead(batch(1, endingAt: 5)), second = table.batchRead(batch(1, endingAt: 9))
        table.acknowledged(second, counts: one)
        table.readToEnd(1)
        #expect(table.isAllRead && !table.isFinished && table.dueCheckpoint(now: .zero) == nil)
        table.acknowledged(first, counts: one)
        let checkpoint = table.dueCheckpoint(now: .zero)
        #expect(checkpoint?.isFinished == true && checkpoint?.place?.key == 9 && checkpoint?.counts.acknowledged == 2)
        #expect(table.dueCheckpoint(now: .seconds(9)) == nil && table.remainingCheckpoints(now: .zero).isEmpty)
    }

    @Test func `a batch of one slice does not wait for another slice's`() {
        var table = table(2)
        _ = (table.take(), table.take())
        _ = table.batchRead(batch(1, endingAt: 5))
        let other = table.batchRead(batch(2, endingAt: 50))
        table.acknowledged(other, counts: one)
        let checkpoint = table.dueCheckpoint(now: .seconds(1))
        #expect(checkpoint?.slice == 2 && checkpoint?.place?.key == 50 && checkpoint?.isFinished == false)
    }

    @Test func `a slice that is given back goes on behind what was read, not behind what was acknowledged`() {
        var table = table(1)
        _ = table.take()
        _ = table.batchRead(batch(1, endingAt: 5))
        table.giveBack(1)
        #expect(table.take()?.place?.key == 5)
        #expect(table.remainingCheckpoints(now: .zero).map(\.place) == [nil])
    }

    @Test func `of a slice that nobody took there is nothing to store`() {
        var table = table(2)
        _ = table.take()
        #expect(table.remainingCheckpoints(now: .zero).map(\.slice) == [1])
    }
}
