/// After the copy: the recorded settings are put back, everything becomes visible, and the copies are as good as the nodes allow.
struct Settlement: Sendable {
    let target: any IndexTarget
    let ledger: RunLedger
    let cluster: ClusterDescription
    let progress: Progress
    let clocks: Clocks
    let patience: Duration
    let stop: StopRequest

    func run() async throws {
        let record = await ledger.record
        if let restore = record.settingsToRestore {
            try await target.putSettings(IndexSettings.beforePromotion(restore), of: record.index)
        }
        try await target.refresh(record.index)
        try await waitForHealth(record)
    }

    /// Green, or yellow where there are too few nodes for the copies asked for.
    private func waitForHealth(_ record: RunRecord) async throws {
        let settings = try await target.index(record.index)?.settings ?? [:]
        let replicas = Int(settings["number_of_replicas"] ?? "0") ?? 0
        let wanted: IndexHealth.Color = replicas >= cluster.dataNodes ? .yellow : .green
        let began = clocks.now()
        while true {
            let health = try await target.health(of: record.index)
            if health.color == .green { break }
            if health.color == wanted && health.relocatingOrInitializingShards == 0 {
                progress.note(
                    "index is \(health.color.rawValue): \(replicas) replicas, \(cluster.dataNodes) data nodes")
                break
            }
            let waited = clocks.now() - began
            guard waited < patience else {
                throw RunError.unhealthy(index: record.index, health: health, waited: waited)
            }
            if let reason = stop.reason { throw RunError.interrupted(reason) }
            progress.paused("waiting for \(record.index) to become \(wanted.rawValue), it is \(health.color.rawValue)")
            try await clocks.sleep(.milliseconds(500))
        }
        progress.paused(nil)
    }
}
