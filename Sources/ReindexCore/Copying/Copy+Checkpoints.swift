extension Copy {
    /// What was acknowledged before the copy failed need not be sent again; where it cannot be written down, it is.
    func keepProgress(_ state: inout State, _ error: any Error) async {
        if case RunError.takenOver = error { return }
        let remaining = state.slices.remainingCheckpoints(now: clocks.now()) { $0 > 0 }
        guard !remaining.isEmpty else { return }
        await ledger.hurry()
        for slice in remaining { try? await ledger.write(stamped(slice)) }
    }

    func startCheckpointing(_ state: inout State, in group: inout ThrowingTaskGroup<Event, any Error>) {
        guard !state.isCheckpointing, state.split?.isUnderWay != true,
            let slice = state.slices.dueCheckpoint(now: clocks.now())
        else { return }
        state.isCheckpointing = true
        let stamped = stamped(slice)
        group.addTask { [ledger] in
            try await ledger.write(stamped)
            return .checkpointed
        }
    }

    func stamped(_ slice: SliceRecord) -> SliceRecord {
        var slice = slice
        slice.updatedAt = clocks.timestamp
        slice.progress = progress.snapshot
        return slice
    }
}
