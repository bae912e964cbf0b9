/// How rows that changed since the copy are found: `catch_up` and what `auto` makes of it.
package struct CatchUpChoice: Sendable, Hashable {
    package enum Method: Sendable, Hashable {
        /// By the transactions that wrote the rows: exact but for deletions, which the key sets find.
        case xmin
        /// By the documents: everything, at the cost of reading both sides.
        case content
        /// By a column or expression: what that tells.
        case changedAt(String)
        /// Key sets alone.
        case none

        package var name: String {
            switch self {
            case .xmin: "xmin"
            case .content: "content"
            case .changedAt: "changed_at"
            case .none: "none"
            }
        }
    }

    package let method: Method
    /// For people: follows the method.
    package let reason: String

    init(mapping: Mapping, source: SourceDescription) {
        let whyNot = Self.whyNotXmin(mapping, source)
        if mapping.writers == .versioned, mapping.catchUp != .content {
            (method, reason) = (.content, "versions are the application's: only the documents prove what they say")
            return
        }
        if mapping.verify.contentShare > 0, mapping.catchUp != .content {
            (method, reason) = (.content, "verify.content asks for the documents, and all of them are compared")
            return
        }
        switch mapping.catchUp {
        case .none: (method, reason) = (.none, "as the mapping says: what changed is not looked for")
        case .content: (method, reason) = (.content, "as the mapping says")
        case .changedAt(let expression):
            let overlap = source.oldestTransaction ?? "the oldest open transaction is not known"
            (method, reason) = (.changedAt(expression), "as the mapping says; \(overlap)")
        case .xmin:
            if let whyNot {
                (method, reason) = (.content, "xmin is refused: \(whyNot)")
            } else {
                (method, reason) = (.xmin, "as the mapping says")
            }
        case .auto:
            if let whyNot {
                (method, reason) = (.content, whyNot)
            } else {
                (method, reason) = (.xmin, "the rows are those of one plain table")
            }
        }
    }

    private static func whyNotXmin(_ mapping: Mapping, _ source: SourceDescription) -> String? {
        if case .impossible(let reason) = source.physicalReading { return reason }
        if !mapping.document.children.isEmpty { return "a child's change does not touch its parent's row" }
        if source.server.isReplica { return "a replica does not tell its timeline" }
        if !source.tellsTimeline { return "this server does not tell its timeline" }
        return nil
    }
}

extension ReindexPlan {
    package var catchUpChoice: CatchUpChoice { CatchUpChoice(mapping: mapping, source: source) }
}
