internal import ReindexCore

extension MappingReading {
    /// `document:`: how a row becomes a document.
    func document(of file: MappingSection) -> DocumentRules {
        let names = ["id", "routing", "version", "nulls", "strict_values", "omit", "fields", "children"]
        var rules = DocumentRules()
        guard let section = file.section("document", knowing: names) else { return rules }
        rules.id = section.texts("id") ?? []
        rules.routing = section.text("routing")
        rules.version = section.text("version")
        rules.keepsNulls =
            section.value("nulls", expecting: "omit or keep", nearest: ["omit", "keep"]) { text in
                ["omit": false, "keep": true][text]
            } ?? false
        rules.strictValues = section.flag("strict_values") ?? false
        rules.omit = section.texts("omit") ?? []
        if let fields = section.section("fields") {
            for member in fields.members {
                if let rule = field(member, of: fields) { rules.fields.append(rule) }
            }
        }
        if let children = section.section("children") {
            for member in children.members {
                if let rule = child(member, of: children) { rules.children.append(rule) }
            }
        }
        checkOmitted(rules, in: section)
        checkNames(in: section)
        return rules
    }

    private func field(_ member: YAMLNode.Member, of fields: MappingSection) -> DocumentRules.FieldRule? {
        let path = fields.field(member.name)
        switch member.value.content {
        case .scalar:
            guard let column = fields.text(of: member.value, field: path) else { return nil }
            return DocumentRules.FieldRule(name: member.name, value: .column(column))
        case .list:
            report(
                "is a list, not a column", at: member.value.mark, field: path,
                hint: "a constant list is written {value: [...]}, a point {geo_point: [lat, lon]}")
            return nil
        case .map(let members):
            let rule = MappingSection(member.value, path: path, knowing: ["geo_point", "value"], reading: self)
            guard let rule, members.count == 1 else {
                report(
                    "holds \(members.count) keys", at: member.value.mark, field: path,
                    hint: "exactly one of geo_point and value; a nested field is written with a point: a.b: column")
                return nil
            }
            return self.value(of: rule).map { DocumentRules.FieldRule(name: member.name, value: $0) }
        }
    }

    private func value(of rule: MappingSection) -> DocumentRules.FieldRule.Value? {
        if let node = rule["value"] { return constant(node, field: rule.field("value")).map { .constant($0) } }
        guard rule["geo_point"] != nil, let columns = rule.texts("geo_point") else { return nil }
        guard columns.count == 2 else {
            rule.report(
                "names \(columns.count) columns", of: "geo_point",
                hint: "two, the latitude first: {geo_point: [lat, lon]}")
            return nil
        }
        return .geoPoint(latitude: columns[0], longitude: columns[1])
    }

    private func child(_ member: YAMLNode.Member, of children: MappingSection) -> DocumentRules.ChildRule? {
        let path = children.field(member.name)
        guard let section = MappingSection(member.value, path: path, knowing: ["query", "parent"], reading: self)
        else { return nil }
        section.require("query", hint: "a SELECT with $1, the array of the batch's keys")
        section.require("parent", hint: "the column of the query that holds the parent's key")
        guard let query = query("query", of: section), let parent = section.texts("parent") else { return nil }
        for number in parent.indices.map({ $0 + 1 }) where !Self.hasParameter(number, in: query) {
            section.report(
                "has no $\(number)", of: "query",
                hint: "without it every child is read for every batch: where product_id = any($1)")
            return nil
        }
        return DocumentRules.ChildRule(name: member.name, query: query, parent: parent)
    }

    /// Whether `$1` stands in the query, and not only as part of `$10`.
    private static func hasParameter(_ number: Int, in query: String) -> Bool {
        query.split(separator: "$").dropFirst().contains { $0.prefix { $0.isASCII && $0.isNumber } == "\(number)" }
    }

    private func checkOmitted(_ rules: DocumentRules, in section: MappingSection) {
        for rule in rules.fields {
            guard case .column(let column) = rule.value, rules.omit.contains(column) else { continue }
            section.report(
                "leaves out \(column), which fields.\(rule.name) takes", of: "omit",
                hint: "a column that is renamed does not keep its own name: remove it from omit")
        }
    }

    /// Names of fields and children may not be empty, and none may be a value and hold others at once.
    private func checkNames(in section: MappingSection) {
        var marks: [(name: String, mark: YAMLMark, field: String)] = []
        for key in ["fields", "children"] {
            guard case .map(let members)? = section[key]?.content else { continue }
            marks += members.map { ($0.name, $0.nameMark, section.field("\(key).\($0.name)")) }
        }
        var seen: Set<String> = []
        var parents: [String: String] = [:]
        for (name, mark, field) in marks {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard !parts.contains(where: { $0.allSatisfy(\.isWhitespace) }) else {
                report("has an empty name between its points", at: mark, field: field)
                continue
            }
            if !seen.insert(name).inserted {
                report("is named twice, under fields and under children", at: mark, field: field)
            }
            for length in 1..<max(1, parts.count) {
                parents[parts.prefix(length).joined(separator: ".")] = name
            }
        }
        for (name, mark, field) in marks {
            if let nested = parents[name] {
                report("is a value and, by \(nested), an object too", at: mark, field: field)
            }
        }
    }
}
