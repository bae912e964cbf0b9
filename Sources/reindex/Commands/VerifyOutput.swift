internal import ReindexCore

/// `verify --json` (`docs/report.md`), and the same as lines.
struct VerifyOutput: Encodable {
    let mapping: String
    let index: String
    let comparedContent: Bool
    let notComparable: String?
    /// The fields in which the mapping of now differs from the one that the index was built with.
    let builtOtherwise: [String]?
    /// `--keys`: the first and the last.
    let keys: [String]?
    /// With `--keys` false where `_id` does not tell the key.
    let looksForSuperfluous: Bool
    let rows: Int
    let documents: Int
    let missing: Int
    let superfluous: Int
    let different: Int
    let rejected: Int
    let changing: Int
    let unencodable: Int
    let differences: [Verification.Difference]
    let seconds: Double

    init(
        request: VerifyRequest, mapping: String, index: String, comparedContent: Bool, notComparable: String?,
        builtOtherwise: [String]?, seconds: Double, _ result: Verification.Result
    ) {
        (self.mapping, self.index, self.comparedContent) = (mapping, index, comparedContent)
        (self.notComparable, self.builtOtherwise, self.seconds) = (notComparable, builtOtherwise, seconds)
        keys = request.keys.map { [$0.first, $0.last] }
        looksForSuperfluous = !result.leavesOutSuperfluous
        (rows, documents) = (result.rows, result.documents)
        missing = result.counts[.missing] ?? 0
        superfluous = result.counts[.superfluous] ?? 0
        different = result.counts[.different] ?? 0
        (rejected, changing, unencodable) = (result.rejected, result.changing, result.unencodable)
        differences = result.differences
    }

    func lines(_ request: VerifyRequest, _ result: Verification.Result, isEqual: Bool) -> [String] {
        let what = comparedContent ? "keys and documents" : "keys"
        let verdict = isEqual ? "equals" : "does NOT equal"
        var lines = [
            "\(mapping): \(index) \(verdict) what the query yields (\(what), \(Quantities.count(rows, "row")), \(Quantities.duration(seconds)))"
        ]
        if let keys = request.keys {
            lines.append("  keys from \(keys.first) through \(keys.last) alone")
            if rows == 0, documents == 0 {
                lines.append("  no row and no document lies there: does the first key come before the last?")
            }
        }
        if !looksForSuperfluous {
            lines.append(
                "  documents without a row were not looked for: _id is not made of the key; without --keys they are")
        }
        if let fields = builtOtherwise {
            lines.append(
                "  by another mapping than the index was built with; changed since: \(fields.joined(separator: ", "))")
        }
        if let why = notComparable { lines.append("  not comparable: the documents, for \(why)") }
        if !result.isEqual { lines += differing(request, result) }
        if rejected > 0 {
            lines.append(
                "  \(Quantities.count(rejected, "document")) not in it, for OpenSearch refused them\(isEqual ? ", as max_rejected allows" : ""); all of them: reindex rejected \(mapping)"
            )
        }
        if changing > 0 {
            lines.append("  \(Quantities.count(changing)) changed while they were compared: not counted")
        }
        if unencodable > 0 {
            lines.append("  \(Quantities.count(unencodable, "row")) that no document can be made of: not counted")
        }
        return lines
    }

    private func differing(_ request: VerifyRequest, _ result: Verification.Result) -> [String] {
        var lines = [
            "  missing \(Quantities.count(missing)), superfluous \(Quantities.count(superfluous)), different \(Quantities.count(different))"
        ]
        for difference in differences.prefix(20) { lines.append("  " + Self.line(difference)) }
        let count = missing + superfluous + different
        if count > 20 { lines.append("  and \(Quantities.count(count - 20)) more: --json lists the first 100") }
        if !request.repairs {
            var command = "reindex verify \(mapping)"
            if request.comparesContent { command += " --content" }
            if let keys = request.keys { command += " --keys \(keys.first)..\(keys.last)" }
            if let index = request.index { command += " --index \(index)" }
            lines.append("  put right by: \(command) --repair")
        }
        return lines
    }

    private static func line(_ difference: Verification.Difference) -> String {
        var text = "\(difference.kind.rawValue)  \(difference.id)"
        if let routing = difference.routing { text += " (routing \(routing))" }
        if !difference.fields.isEmpty { text += ": \(difference.fields.prefix(8).joined(separator: ", "))" }
        return text
    }

    /// Of an index that nobody searches.
    static func lines(of repaired: Reindex.Repaired) -> [String] {
        var lines = [
            "  put right: \(Quantities.count(repaired.written)) written, \(Quantities.count(repaired.deleted)) deleted"
        ]
        for rejection in repaired.refused.prefix(20) {
            lines.append("  refused    \(rejection.id ?? rejection.key.joined(separator: ",")): \(rejection.reason)")
        }
        if !repaired.isEqual { lines.append("  somebody else was writing it to the end: verify it again") }
        return lines
    }
}
