/// Lets one task at a time pass, in the order they came: for steps of an actor that suspend and must not interleave.
struct Turnstile {
    private var isOccupied = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Whether the caller may pass at once; otherwise it must `queue` a continuation.
    mutating func enter() -> Bool {
        defer { isOccupied = true }
        return !isOccupied
    }

    mutating func queue(_ continuation: CheckedContinuation<Void, Never>) { waiting.append(continuation) }

    mutating func leave() {
        if waiting.isEmpty { isOccupied = false } else { waiting.removeFirst().resume() }
    }
}
