/// What names of indices and aliases may look like.
enum IndexName {
    private static let forbidden: Set<Character> = [" ", "\"", "*", "\\", "<", "|", ",", ">", "/", "?"]

    /// Refuses a name that OpenSearch would refuse.
    static func check(_ name: String) throws(APIError) {
        if name.contains(where: forbidden.contains) {
            throw .invalidIndexName(
                name, "must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]")
        }
        if name.contains("#") { throw .invalidIndexName(name, "must not contain '#'") }
        if name.contains(":") { throw .invalidIndexName(name, "must not contain ':'") }
        if let first = name.first, "_-+".contains(first) {
            throw .invalidIndexName(name, "must not start with '_', '-', or '+'")
        }
        if name.utf8.count > 255 { throw .invalidIndexName(name, "index name is too long, (\(name.utf8.count) > 255)") }
        if name == "." || name == ".." { throw .invalidIndexName(name, "must not be '.' or '..'") }
        if name != name.lowercased() { throw .invalidIndexName(name, "must be lowercase") }
    }

    /// Aliases may have capitals.
    static func checkAlias(_ name: String) throws(APIError) {
        if name.isEmpty { throw .illegalArgument("alias name is required") }
        if name.contains(where: forbidden.contains) {
            throw invalidAlias(name, "must not contain the following characters [ , \", *, \\, <, |, ,, >, /, ?]")
        }
        if name.contains("#") { throw invalidAlias(name, "must not contain '#'") }
        if let first = name.first, "_-+".contains(first) {
            throw invalidAlias(name, "must not start with '_', '-', or '+'")
        }
    }

    private static func invalidAlias(_ name: String, _ problem: String) -> APIError {
        APIError(400, "invalid_alias_name_exception", "Invalid alias name [\(name)]: \(problem)")
    }
}

/// Finds the indices that an expression of a path means: names, aliases, lists, wildcards and exclusions.
struct IndexExpression {
    let text: String
    var includesHidden = false
    var includesOpen = true
    var ignoresUnavailable = false
    var allowsNone = true
    /// A deletion names indices only.
    var followsAliases = true

    init(_ text: String) { self.text = text }

    /// With the parameters `expand_wildcards`, `ignore_unavailable` and `allow_no_indices`.
    init(_ text: String, _ request: Request) throws(APIError) {
        self.text = text
        if let expand = request.query["expand_wildcards"] {
            let kinds = expand.split(separator: ",")
            for kind in kinds where !["open", "closed", "hidden", "none", "all"].contains(kind) {
                throw .illegalArgument("No valid expand wildcard value [\(kind)]")
            }
            includesHidden = kinds.contains("all") || kinds.contains("hidden")
            includesOpen = kinds.contains("all") || kinds.contains("open") || kinds == ["hidden"]
        }
        ignoresUnavailable = try request.flag("ignore_unavailable") ?? false
        allowsNone = try request.flag("allow_no_indices") ?? true
    }

    func resolve(in cluster: Cluster) throws(APIError) -> [Index] {
        var found: Set<String> = []
        let parts = text.isEmpty ? ["_all"] : text.split(separator: ",").map(String.init)
        for (place, part) in parts.enumerated() {
            if part == "_all" || part == "*" {
                found.formUnion(
                    cluster.indices.values.filter { includesOpen && (includesHidden || !$0.settings.isHidden) }.map(
                        \.name))
            } else if part.hasPrefix("-"), place > 0 {
                let excluded = Wildcard(String(part.dropFirst()))
                found = found.filter { !excluded.matches($0) }
            } else if part.contains("*") {
                found.formUnion(matches(of: Wildcard(part), in: cluster))
            } else if cluster.indices[part] != nil {
                found.insert(part)
            } else {
                found.formUnion(try members(ofAlias: part, in: cluster))
            }
        }
        if found.isEmpty, !allowsNone { throw .noSuchIndex(text) }
        return found.sorted().compactMap { cluster.indices[$0] }
    }

    private func members(ofAlias name: String, in cluster: Cluster) throws(APIError) -> [String] {
        if name.hasPrefix("_") { throw .invalidIndexName(name, "must not start with '_'.") }
        let members = cluster.indices(ofAlias: name).map(\.name)
        if members.isEmpty, !ignoresUnavailable { throw .noSuchIndex(name) }
        if followsAliases || members.isEmpty { return members }
        if ignoresUnavailable { return [] }
        throw .illegalArgument(
            "The provided expression [\(name)] matches an alias, specify the corresponding concrete indices instead.")
    }

    /// A pattern matches names and, unless indices alone are meant, aliases. What is hidden is found only when it is
    /// asked for, or when name and pattern both begin with a dot.
    private func matches(of pattern: Wildcard, in cluster: Cluster) -> [String] {
        guard includesOpen else { return [] }
        var names: [String] = []
        for index in cluster.indices.values {
            if pattern.matches(index.name), !index.settings.isHidden || isShown(index.name, pattern) {
                names.append(index.name)
            } else if followsAliases {
                let isFound = index.aliases.contains { name, options in
                    pattern.matches(name) && (options.isHidden != true || isShown(name, pattern))
                }
                if isFound { names.append(index.name) }
            }
        }
        return names
    }

    private func isShown(_ name: String, _ pattern: Wildcard) -> Bool {
        includesHidden || (name.hasPrefix(".") && pattern.text.hasPrefix("."))
    }
}
