extension Copy {
    /// Where a reader has nothing to do and no slice waits, one that is being read is split in two: its reader pauses, the
    /// other one looks for the middle of what is unread, and both halves are stored before anybody reads on. That look is
    /// short (``RowReader/cuts(_:of:)``): whoever pauses keeps a transaction, and the locks that others may wait for.
    func startSplitting(_ state: inout State, in group: inout ThrowingTaskGroup<Event, any Error>) {
        guard !state.isStopping, !pace.isPaused else {
            return state.split = state.split?.isUnderWay == true ? state.split : nil
        }
        if state.split == nil, !state.slices.isAnyWaiting, let slice = state.slices.splittable {
            let helper = state.readers.prefix(state.readerCount.count).firstIndex {
                $0.slice == nil && !$0.isReading && !$0.isGone
            }
            state.split = helper.map { Split(helper: $0, slice: slice) }
        }
        guard let split = state.split, !split.isUnderWay, !state.isCheckpointing else { return }
        guard let owner = state.readers.first(where: { $0.slice == split.slice }) else { return state.split = nil }
        guard !owner.isReading, let unread = state.slices.unread(of: split.slice) else { return }
        state.split?.isUnderWay = true
        state.readers[split.helper].isConnected = true
        let (source, stamped) = (state.readers[split.helper].source, stamped(unread.record))
        group.addTask { [ledger, progress, stop] in
            let middle: KeyPlace?
            do {
                middle = try await source.cuts(2, of: unread.range).first
            } catch {
                if !stop.isRequested {
                    progress.note("no slice was split: \(EndingReason.text(of: error).prefix(200))")
                }
                return .notSplit
            }
            guard let middle else { return .notSplit }
            let (first, second) = try await ledger.split(stamped, at: middle)
            return .split(first: first, second: second)
        }
    }
}
