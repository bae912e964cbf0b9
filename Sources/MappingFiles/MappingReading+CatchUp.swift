internal import ReindexCore

extension MappingReading {
    /// `catch_up: {by: xmin}`, or `catch_up: {changed_at: updated_at}` with a column or SQL expression.
    func catchUp(of file: MappingSection, source: SourceRules?, document: DocumentRules) -> Mapping.CatchUpMethod {
        guard let section = file.section("catch_up", knowing: ["by", "changed_at"]) else { return .auto }
        if case .map = section["by"]?.content {
            let inner = section.section("by", knowing: ["changed_at"])
            return inner?.text("changed_at").map { .changedAt($0) } ?? .auto
        }
        let changedAt = section.text("changed_at")
        let known = ["auto", "xmin", "content", "none", "changed_at"]
        let by = section.value("by", expecting: known.joined(separator: ", "), nearest: known) { text in
            known.contains(text) ? text : nil
        }
        switch (by, changedAt) {
        case ("changed_at", nil):
            if section["changed_at"] == nil {
                section.report(
                    "needs the column that says when a row changed", of: "by",
                    hint: "catch_up: {changed_at: updated_at}")
            }
        case (nil, let expression?), ("changed_at", let expression?): return .changedAt(expression)
        case (let by?, _?):
            section.report("contradicts by: \(by)", of: "changed_at", hint: "keep one of the two")
        case ("xmin", nil):
            checkRowVersions(in: section, source: source, document: document)
            return .xmin
        case ("content", nil): return .content
        case ("none", nil): return .none
        default: break
        }
        return .auto
    }

    /// Only a table's rows have an `xmin`, and a child's change does not touch its parent's.
    private func checkRowVersions(in section: MappingSection, source: SourceRules?, document: DocumentRules) {
        if case .query = source?.rows {
            section.report(
                "is xmin, which a query's rows do not have", of: "by", hint: "auto, content or changed_at")
        } else if !document.children.isEmpty {
            section.report(
                "is xmin, which does not see changes of document.children", of: "by", hint: "auto or content")
        }
    }
}
