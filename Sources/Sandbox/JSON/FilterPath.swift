/// `filter_path`: keeps the parts of an answer that one of the patterns leads to.
///
/// `*` stands for any part of one name, `**` for any number of names. An array is transparent. As in OpenSearch,
/// filtering parses a `_source` and writes it again, so that `1.50` becomes `1.5` and `1e3` becomes `1000.0`.
struct FilterPath {
    private let patterns: [[Substring]]

    /// - Parameter text: the patterns, separated by commas. Exclusions (`-name`) are not known.
    init?(_ text: String) {
        let parts = text.split(separator: ",").map { $0.split(separator: ".") }
        if parts.contains(where: { $0.first?.hasPrefix("-") == true }) { return nil }
        patterns = parts
    }

    /// The value without what no pattern leads to; an empty object where nothing is left.
    func apply(to value: JSON) -> JSON { filter(value, patterns) ?? [:] }

    private func filter(_ value: JSON, _ patterns: [[Substring]]) -> JSON? {
        switch value {
        case .object(let object):
            var kept = JSONObject()
            for member in object.members {
                let below = advance(patterns, by: member.key)
                if below.isEmpty { continue }
                if below.contains(where: \.isEmpty) {
                    kept.members.append(.init(key: member.key, value: SourceNumbers.rewritten(member.value)))
                } else if let value = filter(member.value, below) {
                    kept.members.append(.init(key: member.key, value: value))
                }
            }
            return kept.isEmpty ? nil : .object(kept)
        case .array(let elements):
            let kept = elements.compactMap { filter($0, patterns) }
            return kept.isEmpty ? nil : .array(kept)
        case .raw(let bytes):
            var parser = JSONParser(bytes)
            return (try? parser.parseDocument()).flatMap { filter(SourceNumbers.rewritten($0), patterns) }
        case .null, .bool, .number, .string:
            return nil
        }
    }

    /// What is left of each pattern behind a member of this name.
    private func advance(_ patterns: [[Substring]], by name: String) -> [[Substring]] {
        var below: [[Substring]] = []
        for pattern in patterns {
            guard let first = pattern.first else { continue }
            if first == "**" {
                below.append(pattern)
                below.append(contentsOf: advance([Array(pattern.dropFirst())], by: name))
                if pattern.count == 1 { below.append([]) }
            } else if Wildcard(String(first)).matches(name) {
                below.append(Array(pattern.dropFirst()))
            }
        }
        return below
    }
}

/// What happens to the numbers of a `_source` that OpenSearch parses and writes again.
enum SourceNumbers {
    /// The value with each raw part parsed, and each number with a fraction or an exponent as a double.
    static func rewritten(_ value: JSON) -> JSON {
        switch value {
        case .raw(let bytes):
            var parser = JSONParser(bytes)
            return (try? parser.parseDocument()).map(rewritten) ?? value
        case .object(let object):
            return .object(JSONObject(object.members.map { .init(key: $0.key, value: rewritten($0.value)) }))
        case .array(let elements): return .array(elements.map(rewritten))
        case .number(let digits):
            guard digits.utf8.contains(where: { [0x2E, 0x65, 0x45].contains($0) }), let double = Double(digits) else {
                return value
            }
            return JSON(double)
        case .null, .bool, .string: return value
        }
    }
}
