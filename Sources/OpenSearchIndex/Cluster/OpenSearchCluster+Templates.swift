package import ReindexCore

/// Templates that would act on a new index, which here is always a hidden one.
///
/// The rules are those of MetadataIndexTemplateService: of the composable templates that match, the one of the highest
/// priority acts; where none does, all older ones that match act, in ascending `order`. Neither kind acts on a hidden
/// index when one of its patterns is `*`. `_simulate_index` knows nothing of hidden indices and says nothing of the
/// older kind, so the choice is made here and only the winner's content is asked for.
extension OpenSearchCluster {
    package func templates(for index: String) async throws(TargetError) -> [TemplateEffect] {
        let doing = "reading templates"
        async let composableAnswer = outcome { () throws(TargetError) in
            try await call(HTTPRequest(.get, "/_index_template", doing: doing))
        }
        async let legacyAnswer = outcome { () throws(TargetError) in
            try await call(HTTPRequest(.get, "/_template", doing: doing))
        }
        let (composableResult, legacyResult) = await (composableAnswer, legacyAnswer)
        let composable = try composableResult.get()
        let matching = (composable["index_templates"]?.array ?? []).filter {
            Self.matches($0["index_template"]?["index_patterns"], index)
        }
        let winner = matching.max { Self.priority($0) < Self.priority($1) }
        if let name = winner?["name"]?.string {
            return [try await effect(of: name, on: index, doing: doing)]
        }
        // Where one of the newer kind acts, nothing is lost when these may not be read.
        let legacy = try legacyResult.get()
        return (legacy.object ?? [:]).filter { Self.matches($0.value["index_patterns"], index) }
            .sorted { ($0.value["order"]?.int ?? 0, $0.key) < ($1.value["order"]?.int ?? 0, $1.key) }
            .map { Self.effect(named: $0, isLegacy: true, $1, on: index) }
    }

    /// `_index_template/_simulate/name`: with the component templates it is composed of.
    private func effect(of name: String, on index: String, doing: String) async throws(TargetError) -> TemplateEffect {
        let path = "/_index_template/_simulate/" + PercentEncoding.encode(name)
        let answer = try await call(HTTPRequest(.post, path, doing: doing))
        return Self.effect(named: name, isLegacy: false, answer["template"] ?? [:], on: index)
    }

    private static func priority(_ template: JSONValue) -> Int { template["index_template"]?["priority"]?.int ?? 0 }

    private static func effect(
        named name: String, isLegacy: Bool, _ template: JSONValue, on index: String
    ) -> TemplateEffect {
        let settings = template["settings"] ?? [:]
        func pipeline(_ key: String) -> String? {
            let value = settings["index"]?[key]?.string ?? settings["index.\(key)"]?.string
            return value == "_none" ? nil : value
        }
        let aliases = (template["aliases"]?.object ?? [:]).keys.map { replacing("{index}", in: $0, with: index) }
        return TemplateEffect(
            name: name, isLegacy: isLegacy, aliases: aliases.sorted(), finalPipeline: pipeline("final_pipeline"),
            defaultPipeline: pipeline("default_pipeline"), settings: settings,
            hasMappings: template["mappings"]?.object?.isEmpty == false)
    }

    /// Whether a template with these patterns acts on a hidden index of this name.
    static func matches(_ patterns: JSONValue?, _ index: String) -> Bool {
        let patterns = (patterns?.array ?? []).compactMap(\.string)
        return !patterns.contains("*") && patterns.contains { matches(pattern: $0, index) }
    }

    /// `*` stands for any text, also none; nothing else is special (Regex.simpleMatch).
    static func matches(pattern: String, _ text: String) -> Bool {
        let pieces = pattern.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return pattern == text }
        let bytes = Array(text.utf8)
        guard bytes.count >= first.count + last.count, bytes.starts(with: first), bytes.suffix(last.count) == last[...]
        else { return false }
        var rest = bytes[first.count..<bytes.count - last.count]
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard rest.count >= piece.count,
                let start = (rest.startIndex...rest.endIndex - piece.count).first(where: {
                    rest[$0...].starts(with: piece)
                })
            else { return false }
            rest = rest[(start + piece.count)...]
        }
        return true
    }

    private static func replacing(_ mark: String, in text: String, with value: String) -> String {
        var result = text[...]
        var replaced = ""
        while let range = firstRange(of: mark, in: result) {
            replaced += result[..<range.lowerBound] + value
            result = result[range.upperBound...]
        }
        return replaced + result
    }

    private static func firstRange(of mark: String, in text: Substring) -> Range<Substring.Index>? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(mark) { return start..<text.index(start, offsetBy: mark.count) }
            start = text.index(after: start)
        }
        return nil
    }
}
