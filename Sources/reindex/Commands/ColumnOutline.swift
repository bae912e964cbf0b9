internal import ReindexCore

/// Each column's rule as `plan` shows it: column, type, field, form.
struct ColumnOutline {
    let plan: ReindexPlan

    /// Four cells a row.
    var rows: [[String]] {
        plan.source.columns.map { column in
            let rule = ColumnRule(for: column.type)
            var form = rule.description
            if rule.isFallback { form += " (no rule for this type: its text form)" }
            return [column.name, column.type.displayName, fields(of: column.name), form]
        }
            + plan.source.children.map { child in
                [
                    "(query)", "rows", child.name,
                    "array of objects: \(child.columns.map(\.name).joined(separator: ", "))",
                ]
            }
    }

    /// The document's fields that a column becomes.
    private func fields(of column: String) -> String {
        let rules = plan.mapping.document
        var names: [String] = []
        var isConsumed = rules.omit.contains(column)
        for field in rules.fields {
            switch field.value {
            case .column(column):
                names.append(field.name)
                isConsumed = true
            case .geoPoint(column, let longitude): names.append("\(field.name) (with \(longitude))")
            case .geoPoint(let latitude, column): names.append("\(field.name) (with \(latitude))")
            default: continue
            }
        }
        if !isConsumed { names.insert(column, at: 0) }
        return names.isEmpty ? "(left out)" : names.joined(separator: ", ")
    }
}
