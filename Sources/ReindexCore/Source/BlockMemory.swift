internal import Synchronization

/// The memory of rows that were encoded and of bodies that were sent, for those that are filled next.
///
/// A block of a megabyte given back to malloc leaves a hole that the next one fills in part: the process grows by such
/// holes for as long as it runs. Kept whole, its memory is touched once, and the peak does not depend on the rows'
/// number. Rows become a body of about their size, so one memory serves both, and all readers: what is touched is what
/// all of them hold at once, and not what each of them held at its worst moment. Larger rooms than `largestKept` are
/// rare and go back at once.
package final class BlockMemory: Sendable {
    /// The process's, as malloc is.
    package static let shared = BlockMemory()

    @safe package struct Room: @unchecked Sendable {
        // Sendable because it has one owner at a time: rows, a body, or the list of free ones.
        package let base: UnsafeMutablePointer<UInt8>
        package let capacity: Int

        package init(capacity: Int) {
            self.capacity = capacity
            unsafe base = .allocate(capacity: capacity)
        }

        package func deallocate() { unsafe base.deallocate() }
    }

    private let free = Mutex<[Room]>([])

    private static let smallest = 64 * 1024
    private static let largestKept = 8 << 20
    private static let maxKept = 16

    package init() {}

    deinit {
        free.withLock { for room in $0 { room.deallocate() } }
    }

    /// The smallest free room of at least `capacity` bytes; where only smaller ones are free, one of them is given up for it.
    package func take(capacity: Int) -> Room {
        let found = free.withLock { free -> Room? in
            let fitting = free.indices.filter { free[$0].capacity >= capacity }
            // Of several the last one given: a cache may hold it still.
            if let best = fitting.reversed().min(by: { free[$0].capacity < free[$1].capacity }) {
                return free.remove(at: best)
            }
            free.popLast()?.deallocate()
            return nil
        }
        return found ?? Room(capacity: Self.size(for: capacity))
    }

    /// Powers of two, so that the rows' rooms and their bodies' are one kind. What is not written to costs nothing.
    private static func size(for capacity: Int) -> Int {
        guard capacity <= largestKept else { return capacity }
        var size = smallest
        while size < capacity { size *= 2 }
        return size
    }

    package func give(_ room: Room) {
        let isKept = free.withLock { free in
            guard room.capacity <= Self.largestKept, free.count < Self.maxKept else { return false }
            free.append(room)
            return true
        }
        if !isKept { room.deallocate() }
    }
}
