/// How much is sent at once, and by which fence.
extension Reindex {
    /// What a copy, and each repair, begins with.
    var sendLimits: SendLimits {
        SendLimits(
            maxPermits: options.maxInFlight ?? 64, bodyByteCount: options.bodyByteCount, ceiling: bodyCeiling,
            byteCountOut: byteCountOut,
            compression: CompressionTrial(
                compresses: plan.mapping.load.gzip == .on,
                mayTry: plan.mapping.load.gzip == .auto && !sink.isOnLoopback))
    }

    /// - Parameters:
    ///   - isConditional: each item says what it expects to find: whatever is there instead is no fault.
    ///   - pauses: nothing is sent while the run is paused.
    func sender(
        of record: RunRecord, _ ledger: RunLedger, _ limits: SendLimits, isConditional: Bool = false,
        pauses: Bool = false
    ) -> BulkSender {
        BulkSender(
            sink: sink,
            destination: BulkDestination(
                writerAlias: record.writerAlias, pipeline: plan.mapping.load.pipeline, compresses: limits.compresses),
            limits: limits,
            options: .init(
                retry: retry, clocks: clocks, stop: stop, keepsRejectedBodies: options.keepsRejectedBodies),
            progress: progress,
            newestEpoch: { isConditional ? Epoch(version: .max) : ledger.newestEpoch },
            mayWrite: { [progress, pace] in
                if pauses { try await pace.awaitLeave() }
                try await ledger.awaitLease(progress)
            },
            mayBegin: { [pace] in
                if pauses { try await pace.awaitLeave() }
                try await pace.awaitTurn(documents: $0)
            })
    }

    /// 9 MiB, less where the cluster says that it takes less.
    private var bodyCeiling: Int {
        min(max(9 << 20, options.bodyByteCount ?? 0), plan.cluster.maxContentLength ?? .max)
    }

    /// All bodies that are out stay under half of the cluster's indexing pressure, whatever was asked for, and within this
    /// process's memory, unless more was asked for.
    private var byteCountOut: Int {
        let asked = (options.maxInFlight ?? 1) * (options.bodyByteCount ?? 0)
        let memory = max(SendLimits.defaultByteCountOut, asked)
        return min(memory, plan.cluster.indexingPressureLimit.map { $0 / 2 } ?? .max)
    }
}
