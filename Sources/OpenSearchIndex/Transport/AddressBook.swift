/// Which address the next request goes to: each in turn, those that did not answer lately last.
///
/// An address that cannot be reached rests for a second, then two, four … up to a minute, and is asked again after
/// that. When all of them rest, the one that may be asked first is asked all the same: a guess of ours never keeps a
/// request from being tried.
struct AddressBook: Sendable {
    private struct Entry: Sendable {
        var failures = 0
        var restsUntil: ContinuousClock.Instant?
    }

    private static let shortestRest = Duration.seconds(1)
    private static let longestRest = Duration.seconds(60)

    private var entries: [Entry]
    private var turn = 0

    init(count: Int) {
        precondition(count > 0, "a cluster has an address")
        entries = Array(repeating: Entry(), count: count)
    }

    /// The addresses in the order in which one request tries them. The next call begins with another one.
    mutating func order(at now: ContinuousClock.Instant) -> [Int] {
        let inTurn = (0..<entries.count).map { (turn + $0) % entries.count }
        turn = (turn + 1) % entries.count
        let ready = inTurn.filter { !rests($0, at: now) }
        let resting = inTurn.filter { rests($0, at: now) }.sorted { left, right in
            (entries[left].restsUntil ?? now) < (entries[right].restsUntil ?? now)
        }
        return ready + resting
    }

    mutating func answered(_ index: Int) { entries[index] = Entry() }

    mutating func failed(_ index: Int, at now: ContinuousClock.Instant) {
        let rest = min(Self.shortestRest * (1 << min(entries[index].failures, 6)), Self.longestRest)
        entries[index].failures += 1
        entries[index].restsUntil = now + rest
    }

    private func rests(_ index: Int, at now: ContinuousClock.Instant) -> Bool {
        entries[index].restsUntil.map { $0 > now } ?? false
    }
}
