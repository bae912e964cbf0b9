import Testing

@testable import ReindexCore

@Suite struct BlockMemoryTests {
    @Test func `a room of rows serves as a body's`() {
        let memory = BlockMemory()
        let rows = memory.take(capacity: 1_100_000)
        memory.give(rows)
        let body = memory.take(capacity: 1_800_000)
        #expect(body == rows)
        memory.give(body)
    }

    @Test func `what is small leaves a large room to what needs it`() {
        let memory = BlockMemory()
        let (small, large) = (memory.take(capacity: 100_000), memory.take(capacity: 4_000_000))
        memory.give(small)
        memory.give(large)
        let first = memory.take(capacity: 90_000)
        #expect(first == small)
        let second = memory.take(capacity: 90_000)
        #expect(second == large)
        memory.give(first)
        memory.give(second)
    }

    @Test func `a very large room has the size that was asked for`() {
        let memory = BlockMemory()
        let room = memory.take(capacity: 20_000_001)
        #expect(room.capacity == 20_000_001)
        memory.give(room)
    }
}

extension BlockMemory.Room {
    fileprivate static func == (left: Self, right: Self) -> Bool { unsafe left.base == right.base }
}
