/// Mappings that are promoted together: each fills and proves its index in its turn, and the alias call is one for all.
///
/// States of a member: waiting for its turn → at work (one at a time, for memory and for both servers) → proven → at work on
/// its last round → submitted → moved, or excused (it has nothing to promote). One that fails before the call ends it for all:
/// nothing was moved, and each can be gone on with.
/// Owner of the turn and of what was submitted. Members ask again and again, so that each of them can be stopped.
package actor JointPromotion {
    struct Part: Sendable {
        let move: AliasMove
        let before: [AliasPlacement]
        let more: [AliasAction]
    }

    private var members: Set<String>
    private var turn: String?
    private var proven: Set<String> = []
    private var parts: [String: Part] = [:]
    private var failure: (member: String, why: String)?
    private var call: Task<Void, any Error>?

    /// - Parameter members: the mappings' names.
    package init(members: [String]) { self.members = Set(members) }

    func takesTurn(_ member: String) throws -> Bool {
        try requireNoFailure()
        if turn == nil { turn = member }
        return turn == member
    }

    func endTurn(_ member: String) { if turn == member { turn = nil } }

    func isProven(_ member: String) { proven.insert(member) }

    func areAllProven() throws -> Bool {
        try requireNoFailure()
        return proven.isSuperset(of: members)
    }

    /// It has nothing to promote, or has been.
    package func excuse(_ member: String) {
        endTurn(member)
        members.remove(member)
    }

    package func fail(_ member: String, _ why: String) {
        excuse(member)
        if call == nil, failure == nil { failure = (member, why) }
    }

    func submit(_ part: Part, of member: String) { parts[member] = part }

    /// - Returns: whether the call was made: by whoever asks first when all parts are there.
    func isMoved() async throws -> Bool {
        if call == nil {
            try requireNoFailure()
            guard Set(parts.keys).isSuperset(of: members), let first = parts.values.first else { return false }
            let all = parts.keys.sorted().compactMap { parts[$0] }
            let joint = AliasMove(
                target: first.move.target, destinations: all.flatMap(\.move.destinations),
                progress: first.move.progress, clocks: first.move.clocks)
            call = Task { try await joint.run(from: all.flatMap(\.before), with: all.flatMap(\.more)) }
        }
        try await call?.value
        return true
    }

    private func requireNoFailure() throws {
        guard let failure else { return }
        throw RunError.notPromoted(
            reason: "\(failure.member), which was to be promoted in the same call, ended: \(failure.why)")
    }
}
