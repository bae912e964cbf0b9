/// Takes aliases from wherever they are to an index, in one atomic call, and reads back where they are: their state
/// decides, and not the answer. Promotion and rollback are made of it.
struct AliasMove: Sendable {
    struct Destination: Sendable {
        /// The alias that is searched, and those that move with it.
        let names: [String]
        let index: String
    }

    let target: any IndexTarget
    /// Several where mappings are promoted together.
    let destinations: [Destination]
    let progress: Progress
    let clocks: Clocks

    private static let attempts = 5

    /// Where the aliases are now.
    func placements() async throws -> [AliasPlacement] {
        var placements: [AliasPlacement] = []
        for name in destinations.flatMap(\.names) { placements += try await target.alias(name) }
        return placements
    }

    /// - Parameters:
    ///   - before: as they were read; each is removed with `must_exist`: a compare-and-swap.
    ///   - more: what is to happen in the same call.
    /// - Throws: ``RunError/notPromoted(reason:)`` where they are elsewhere afterwards.
    func run(from before: [AliasPlacement], with more: [AliasAction]) async throws {
        try await move(from: before, actions(from: before) + more)
        for destination in destinations {
            for name in destination.names {
                let now = try await target.alias(name)
                guard now.map(\.index) == [destination.index] else {
                    let places = now.isEmpty ? "no index" : now.map(\.index).joined(separator: ", ")
                    throw RunError.notPromoted(
                        reason: "the alias \(name) points at \(places), not at \(destination.index)")
                }
            }
        }
    }

    private func actions(from before: [AliasPlacement]) -> [AliasAction] {
        var actions = before.map { AliasAction.remove(alias: $0.alias, index: $0.index) }
        for (name, index) in destinations.flatMap({ destination in destination.names.map { ($0, destination.index) } })
        {
            // Filters and routing of the alias are kept, where they are the same on every index it is on.
            let places = before.filter { $0.alias == name }
            var added = AliasPlacement(alias: name, index: index, isWriteIndex: true)
            if let first = places.first, places.allSatisfy({ $0.filter == first.filter }) {
                added.filter = first.filter
                added.indexRouting = first.indexRouting
                added.searchRouting = first.searchRouting
                added.isHidden = first.isHidden
            }
            actions.append(.add(added))
        }
        return actions
    }

    private func move(from before: [AliasPlacement], _ actions: [AliasAction]) async throws {
        for attempt in 1...Self.attempts {
            guard let error = await failure(of: actions) else { return }
            // Lost, refused or in doubt: what the alias says now is the truth. Only where nothing moved is it asked again.
            progress.note("the alias call was answered: \(error.message)")
            guard error.isTransient, Set(try await placements()) == Set(before) else { return }
            guard attempt < Self.attempts else { throw error }
            try await clocks.sleep(RetryPolicy().delay(attempt: attempt, retryAfter: nil, random: clocks.random()))
        }
    }

    private func failure(of actions: [AliasAction]) async -> TargetError? {
        do throws(TargetError) {
            try await target.updateAliases(actions)
            return nil
        } catch {
            return error
        }
    }
}
