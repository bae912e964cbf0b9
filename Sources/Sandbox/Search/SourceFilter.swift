/// Which part of a `_source` is answered.
struct SourceFilter: Sendable, Equatable {
    private var isOff = false
    private var includes: [String] = []
    private var excludes: [String] = []

    /// The whole source, byte for byte.
    static let everything = SourceFilter()

    private init() {}

    /// - Parameter json: false, a pattern, a list of patterns, or `includes` and `excludes`.
    init(_ json: JSON) {
        switch json {
        case .bool(let flag): isOff = !flag
        case .object(let object):
            includes = ((object["includes"] ?? object["include"])?.elements ?? []).compactMap(\.text)
            excludes = ((object["excludes"] ?? object["exclude"])?.elements ?? []).compactMap(\.text)
        default: includes = json.elements.compactMap(\.text)
        }
    }

    /// The parameters `_source`, `_source_includes` and `_source_excludes`; nil where there are none.
    init?(_ query: [String: String]) {
        guard query.keys.contains(where: { $0.hasPrefix("_source") }) else { return nil }
        switch query["_source"] {
        case "false": isOff = true
        case nil, "true", "": break
        case let names?: includes = names.split(separator: ",").map(String.init)
        }
        includes += (query["_source_includes"] ?? "").split(separator: ",").map(String.init)
        excludes += (query["_source_excludes"] ?? "").split(separator: ",").map(String.init)
    }

    /// What is answered of a source; nil for nothing. A filtered one is parsed and written again, as OpenSearch does.
    func apply(to source: [UInt8]) -> JSON? {
        if isOff { return nil }
        if includes.isEmpty, excludes.isEmpty { return .raw(source) }
        var parser = JSONParser(source)
        guard let json = try? parser.parseDocument() else { return .raw(source) }
        return SourceNumbers.rewritten(filter(json, path: "", isIncluded: includes.isEmpty) ?? [:])
    }

    private func filter(_ json: JSON, path: String, isIncluded: Bool) -> JSON? {
        switch json {
        case .object(let object):
            var kept = JSONObject()
            for member in object.members {
                let whole = path.isEmpty ? member.key : path + "." + member.key
                if excludes.contains(where: { Wildcard($0).matches(whole) }) { continue }
                let isIncluded = isIncluded || includes.contains { Wildcard($0).matches(whole) }
                let isContainer = member.value.object != nil || member.value.array != nil
                if isContainer, let value = filter(member.value, path: whole, isIncluded: isIncluded) {
                    kept.members.append(.init(key: member.key, value: value))
                } else if !isContainer, isIncluded {
                    kept.members.append(member)
                }
            }
            return kept.isEmpty && !isIncluded ? nil : .object(kept)
        case .array(let elements):
            let kept = elements.compactMap { filter($0, path: path, isIncluded: isIncluded) }
            return kept.isEmpty && !isIncluded ? nil : .array(kept)
        default: return isIncluded ? json : nil
        }
    }
}
