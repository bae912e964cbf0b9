internal import ReindexCore

extension MappingReading {
    /// `source:`: a table or a query, and the key that everything follows.
    func source(of file: MappingSection) -> SourceRules? {
        file.require("source", hint: "it names the rows: source: {table: public.products, key: id}")
        let names = ["table", "query", "key", "snapshot_max_age", "readers", "order"]
        guard let section = file.section("source", knowing: names) else { return nil }
        section.require("key", hint: "the column, or columns, that identify a row: unique and not null")
        let rows = rows(of: section)
        let key = section.texts("key")
        guard let rows, let key else { return nil }
        var rules = SourceRules(rows: rows, key: key)
        if let age = section.duration("snapshot_max_age", atLeast: .seconds(1)) { rules.snapshotMaxAge = age }
        rules.readers = readers(of: section)
        if let order = section.choice("order", SourceRules.Order.self) { rules.order = order }
        return rules
    }

    private func rows(of section: MappingSection) -> SourceRules.Rows? {
        switch (section["table"], section["query"]) {
        case (nil, nil):
            report(
                "has neither table nor query", at: section.mark, field: section.path,
                hint: "table: public.products, or query: with a SELECT")
            return nil
        case (_?, let query?):
            report(
                "stands beside table: only one of them can be read", at: query.mark, field: section.field("query"))
            return nil
        case (_?, nil): return section.text("table").flatMap { table(named: $0, in: section) }
        case (nil, _?): return query("query", of: section).map { .query($0) }
        }
    }

    private func table(named name: String, in section: MappingSection) -> SourceRules.Rows? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        if name.contains("\"") {
            section.report("holds a double quote", of: "table", hint: "write the name as it is; it is quoted for you")
        } else if ["select", "with", "values"].contains(name.split(separator: " ").first?.lowercased()) {
            section.report("is a query, not a table's name", of: "table", hint: "write query: instead of table:")
        } else if parts.count > 2 || parts.contains("") {
            section.report(
                "is \(MappingSection.quoted(name)), not a table or schema.table", of: "table",
                hint: "a name that itself holds a point needs query: select * from …")
        } else {
            return .table(name)
        }
        return nil
    }

    /// A SELECT, which is wrapped and never edited: so it cannot end in a semicolon.
    func query(_ name: String, of section: MappingSection) -> String? {
        guard let text = section.text(name) else { return nil }
        let trimmed = text.trimmingSuffix { $0.isWhitespace }
        guard !trimmed.isEmpty else {
            section.report("is empty", of: name)
            return nil
        }
        guard trimmed.last != ";" else {
            let field = section.field(name)
            let line = marks.line(ofCharacter: trimmed.unicodeScalars.count, in: text, of: field)
            report(
                MappingError(
                    file: file, line: line, field: field, message: "ends in a semicolon",
                    hint: "remove it: the query is read as part of a larger one"))
            return nil
        }
        return text
    }

    private func readers(of section: MappingSection) -> Int? {
        let count = section.value("readers", expecting: "auto or a number from 1 to 64", nearest: ["auto"]) { text in
            text == "auto" ? 0 : MappingSection.integer(text).flatMap { (1...64).contains($0) ? $0 : nil }
        }
        return count == 0 ? nil : count
    }
}

extension StringProtocol {
    func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> SubSequence {
        guard let last = lastIndex(where: { !isTrimmed($0) }) else { return self[startIndex..<startIndex] }
        return self[...last]
    }
}
