extension ReindexPlan {
    /// For `--if-changed`: whether each of the mapping's aliases is on one index alone, built by what the plan is made of.
    package func isServed(by target: any IndexTarget) async throws -> Bool {
        let digest = try JSONValue(encoding: fingerprint.digest)
        for name in [mapping.alias] + mapping.also {
            let serving = try await target.alias(name).map(\.index)
            guard serving.count == 1, let index = try await target.index(serving[0]),
                index.mappings[path: ["_meta", "reindex", "fingerprint"]] == digest
            else { return false }
        }
        return true
    }

    /// What `run` says where it is so.
    package static let servedReason = "the index that serves was built by the same mapping"
}
