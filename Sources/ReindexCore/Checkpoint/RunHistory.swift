/// What became of an alias's runs, under `history-<alias>`: the last ``limit``, oldest first, one entry a run.
///
/// For people and the forecast, and for a rollback from a machine that has no other record.
package enum RunHistory {
    static let limit = 50

    /// - Parameter more: what is known beyond the record; `null` leaves a member out.
    static func entry(
        _ record: RunRecord, _ state: RunState, finishedAt: String, isVerified: Bool, more: [String: JSONValue] = [:]
    ) -> JSONValue {
        var entry: JSONValue = [
            "run": .string(record.run), "index": .string(record.index), "state": .string(state.rawValue),
            "host": .string(record.holder.host), "startedAt": .string(record.startedAt),
            "finishedAt": .string(finishedAt),
            "previous": .array((record.previousIndices ?? []).map { .string($0) }),
            "verified": .bool(isVerified),
            "gate": .string(record.gate.map { $0.isOpen ? "open" : "closed" } ?? "none"),
        ]
        if let promoted = record.promotedAt { entry["promotedAt"] = .string(promoted) }
        for (name, value) in more where value != .null { entry[name] = value }
        return entry
    }

    /// With one more run, or one that is told anew: what is not known of it any more stays as it was told.
    static func adding(_ entry: JSONValue, to runs: [JSONValue]) -> [JSONValue] {
        var entry = entry
        if let before = runs.last(where: { $0["run"] == entry["run"] }) {
            if entry["previous"]?.array?.isEmpty != false { entry["previous"] = before["previous"] }
            if entry["gate"]?.string == "none" { entry["gate"] = before["gate"] }
            if entry["promotedAt"] == nil { entry["promotedAt"] = before["promotedAt"] }
        }
        return Array((runs.filter { $0["run"] != entry["run"] } + [entry]).suffix(limit))
    }

    /// The newest of an index.
    static func entry(of index: String, in runs: [JSONValue]) -> JSONValue? {
        runs.last { $0["index"]?.string == index }
    }
}
