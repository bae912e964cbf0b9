internal import Synchronization

/// The memory of rows that were encoded and of bodies that were sent, for those that are filled next.
///
/// A block of a megabyte given back to malloc leaves a hole that the next one fills in part: the process grows by such
/// holes for as long as it runs. Kept whole, its memory is touched once, and the peak does not depend on the rows'
/// number. Larger ones than `largestKept` are rare and go back at once.
package final class BlockMemory: Sendable {
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

    private static let largestKept = 8 << 20
    private static let maxKept = 8

    package init() {}

    deinit {
        free.withLock { for room in $0 { room.deallocate() } }
    }

    /// A room of at least `capacity` bytes; where only smaller ones are free, one of them is given up for it.
    package func take(capacity: Int) -> Room {
        let found = free.withLock { free -> Room? in
            if let index = free.lastIndex(where: { $0.capacity >= capacity }) { return free.remove(at: index) }
            if let small = free.popLast() { small.deallocate() }
            return nil
        }
        return found ?? Room(capacity: capacity)
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
