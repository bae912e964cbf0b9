/// Whether an index that serves may be brought up to date by the mapping of now: another one than it was built with would
/// make it hold two kinds of documents, without a gate and without a way back.
package enum BuiltMapping: Sendable {
    /// The mapping of now, or nothing is known of another.
    case same
    /// That of now is known to be bad, and another one serves on purpose: the index's own.
    case own(Mapping, fields: [String])
    case other(fields: [String])

    package init(of index: IndexDescription, plan: ReindexPlan, record: RunRecord?) {
        let digest = index.mappings[path: ["_meta", "reindex", "fingerprint"]]?.string
        let now = plan.fingerprint.digest
        guard let digest, digest != now else {
            self = .same
            return
        }
        let fields = Self.fields(of: index, digest, plan, record)
        if record?.knownBad(now) != nil, var built = IndexPlan.mapping(of: index) {
            built.marks = plan.mapping.marks
            self = .own(built, fields: fields)
        } else {
            self = .other(fields: fields)
        }
    }

    /// The whole fingerprint is the run's; of an older index the rules alone are known.
    private static func fields(
        of index: IndexDescription, _ digest: String, _ plan: ReindexPlan, _ record: RunRecord?
    ) -> [String] {
        if let record, record.index == index.name, record.fingerprint.digest == digest {
            return record.fingerprint.differences(to: plan.fingerprint).map(\.field)
        }
        var fields: [String] = []
        if var built = IndexPlan.mapping(of: index) {
            built.body = plan.mapping.body
            fields = Fingerprint(mapping: built, source: plan.source, cluster: plan.cluster)
                .differences(to: plan.fingerprint).map(\.field)
        }
        return fields.isEmpty ? ["the index body, or the columns of the query"] : fields
    }
}
