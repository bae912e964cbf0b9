internal import ReindexCore

/// Typed reading of values: each returns nil for what is absent, and reports and returns nil for what is wrong.
extension MappingSection {
    /// Any single value as text: `alias: 2024` is the text 2024. Never empty.
    func text(_ name: String) -> String? {
        guard let node = self[name] else { return nil }
        return text(of: node, field: field(name))
    }

    /// One text or a list of them, none twice; an empty list is reported.
    func texts(_ name: String) -> [String]? {
        guard let node = self[name] else { return nil }
        guard case .list(let items) = node.content else { return text(of: node, field: field(name)).map { [$0] } }
        if items.isEmpty {
            report("is an empty list", of: name, hint: "name at least one, or remove the line")
            return nil
        }
        var texts: [String] = []
        for item in items {
            guard let text = text(of: item, field: field(name)) else { continue }
            if texts.contains(text) {
                reading.report("names \(text) twice", at: item.mark, field: field(name))
            } else {
                texts.append(text)
            }
        }
        return texts.count == items.count ? texts : nil
    }

    func text(of node: YAMLNode, field: String) -> String? {
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            reading.report(
                node.isNull ? "has no value" : "is \(node.kindName), not a single value", at: node.mark, field: field,
                hint: node.isNull ? "give it one, or remove the line" : nil)
            return nil
        }
        if text.isEmpty {
            reading.report("is empty", at: node.mark, field: field)
            return nil
        }
        // PostgreSQL and C strings end at a zero byte: what follows would silently be gone.
        if text.unicodeScalars.contains("\0") {
            reading.report("holds a zero character", at: node.mark, field: field)
            return nil
        }
        return text
    }

    func flag(_ name: String) -> Bool? { value(name, expecting: "true or false") { Self.flags[$0] } }

    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        let known = Choice.allCases.map(\.rawValue)
        return value(name, expecting: known.joined(separator: ", "), nearest: known) { Choice(rawValue: $0) }
    }

    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        value(name, expecting: Self.spelled(range)) { text in
            Self.integer(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func duration(_ name: String, atLeast least: Duration) -> Duration? {
        value(name, expecting: "a time of at least \(Quantity.text(of: least)), such as 500ms, 90s, 15m, 48h") { text in
            Quantity.duration(text).flatMap { $0 >= least ? $0 : nil }
        }
    }

    func share(_ name: String) -> Double? {
        value(name, expecting: "a percentage such as 1% or 0.5%, at most 100%") { Quantity.share($0) }
    }

    /// - Parameter expected: Follows "is …, not".
    func value<Value>(
        _ name: String, expecting expected: String, nearest known: [String] = [], read: (String) -> Value?
    ) -> Value? {
        guard let text = text(name) else { return nil }
        if let value = read(text) { return value }
        let nearest = NearestName.of(text, in: known).map { "did you mean \($0)?" }
        report("is \(Self.quoted(text)), not \(expected)", of: name, hint: nearest)
        return nil
    }

    /// Digits with an optional minus; not `+1`, `1_000`, `0x10`.
    static func integer(_ text: String) -> Int? {
        guard let first = text.first, first != "+", text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "-") })
        else { return nil }
        return Int(text)
    }

    static func spelled(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? "a whole number of at least \(range.lowerBound)"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }

    /// For messages: short, on one line.
    static func quoted(_ text: String) -> String {
        let line = text.prefix { !$0.isNewline }
        return line.count == text.count && line.count <= 60 ? "'\(line)'" : "'\(line.prefix(60))…'"
    }

    private static let flags = [
        "true": true, "True": true, "TRUE": true, "false": false, "False": false, "FALSE": false,
    ]
}
