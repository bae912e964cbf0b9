/// How the rows of recorded rejections are found again: each by its key, or by reading all rows.
///
/// A rejection of OpenSearch's knows its `_id` alone. Where that is the key as it stands, the row is asked for by it;
/// otherwise all rows are read, and those of these ids taken. A row that no `_id` could be made of is asked for by its key.
struct RejectedRows: Sendable, Hashable {
    /// Rows to ask for one by one.
    private(set) var keys: [[String]] = []
    /// Ids to look for in all rows.
    private(set) var ids: Set<[UInt8]> = []

    /// Where an index finds a row by its key, so many are asked for rather than all read.
    private static let mostKeys = 1000
    /// Types whose text in an `_id` is what PostgreSQL reads.
    private static let plainTypes: Set<String> = ["int2", "int4", "int8", "uuid", "text", "varchar"]

    init(_ rejections: [Rejection], plan: ReindexPlan) {
        let isByKey = rejections.count <= Self.mostKeys && Self.isIDTheKey(plan)
        for rejection in rejections {
            guard let id = rejection.id else {
                keys.append(rejection.key)
                continue
            }
            if isByKey { keys.append([id]) } else { ids.insert(Array(id.utf8)) }
        }
    }

    private static func isIDTheKey(_ plan: ReindexPlan) -> Bool {
        let (source, rules) = (plan.source, plan.mapping.document.id)
        guard source.isOrderedByIndex, source.keyColumns.count == 1, rules.isEmpty || rules == plan.mapping.source.key,
            case .base(let type) = source.columns[source.keyColumns[0]].type.underlying
        else { return false }
        return plainTypes.contains(type)
    }

    var selections: [RowSelection] { keys.map { .between($0, $0) } + (ids.isEmpty ? [] : [.whole]) }

    func isLookedFor(_ id: [UInt8], _ selection: RowSelection) -> Bool { selection != .whole || ids.contains(id) }
}
