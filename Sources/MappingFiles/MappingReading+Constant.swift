internal import ReindexCore

extension MappingReading {
    /// `{value: …}`: a constant as JSON, by the YAML 1.2 core rules: `yes` and `on` are texts, `true` is not.
    func constant(_ node: YAMLNode, field: String) -> JSONValue? {
        switch node.content {
        case .list(let items):
            let values = items.compactMap { constant($0, field: field) }
            return values.count == items.count ? .array(values) : nil
        case .map(let members):
            var object: [String: JSONValue] = [:]
            for member in members { object[member.name] = constant(member.value, field: "\(field).\(member.name)") }
            return object.count == members.count ? .object(object) : nil
        case .scalar(let text, .plain):
            if node.isNull { return .null }
            if ["true", "True", "TRUE"].contains(text) { return .bool(true) }
            if ["false", "False", "FALSE"].contains(text) { return .bool(false) }
            return number(text, at: node, field: field)
        case .scalar(let text, _): return .string(text)
        }
    }

    /// What looks like a number is one, or is refused where it would change on the way; all else is text.
    private func number(_ text: String, at node: YAMLNode, field: String) -> JSONValue? {
        let unsigned = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
        let isNumeric =
            unsigned.contains { $0.isASCII && $0.isNumber } && unsigned.first?.isLetter == false
            && unsigned.allSatisfy { "0123456789.eE+-".contains($0) } && Double(text) != nil
        guard isNumeric else { return .string(text) }
        let hasFraction = unsigned.contains { ".eE".contains($0) }
        if !hasFraction, unsigned.count == 1 || unsigned.first != "0", let whole = Int64(text) {
            return .integer(whole)
        }
        if hasFraction, let number = Double(text), number.isFinite { return .number(number) }
        report(
            "is \(MappingSection.quoted(text)), which as a number would change", at: node.mark, field: field,
            hint: "quote it to keep it as text")
        return nil
    }
}
