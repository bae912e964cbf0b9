/// `--together`: where a run waits for the others (``JointPromotion``).
extension Reindex {
    /// Before each phase.
    func waitForOthers(before phase: Phase) async throws {
        guard let joint else { return }
        let member = plan.mapping.name
        switch phase {
        case .promote: return await joint.endTurn(member)
        case _ where phase > .promote: return await joint.excuse(member)
        case .lastRound:
            await joint.endTurn(member)
            await joint.isProven(member)
            try await wait("the other mappings are not proven yet") { try await joint.areAllProven() }
        default: break
        }
        try await wait("another mapping has its turn") { try await joint.takesTurn(member) }
    }

    /// - Returns: what moves the aliases of all, for ``Promotion``.
    var jointMove: (@Sendable (JointPromotion.Part) async throws -> Void)? {
        guard let joint else { return nil }
        let member = plan.mapping.name
        return { part in
            await joint.submit(part, of: member)
            try await wait("the other mappings are not ready for the alias call") { try await joint.isMoved() }
        }
    }

    private func wait(_ why: String, until isOver: @Sendable () async throws -> Bool) async throws {
        var isTold = false
        // Who is stopped was not failed by the others, who are stopped as well.
        while true {
            if let reason = stop.reason { throw RunError.interrupted(reason) }
            if try await isOver() { break }
            if !isTold { progress.paused(why) }
            isTold = true
            try await clocks.sleep(.milliseconds(100))
        }
        if isTold { progress.paused(nil) }
    }
}
