/// Rules that say which requests go wrong and how: `METHOD PATH-GLOB [nth=K] [every=K] [times=N] ACTION`, one a line.
///
/// Each rule counts the requests that its method and path match. It acts on all of them, from the `nth` on (on that one
/// alone unless `times` says more), or on each `every`-th; never more than `times` times. The first rule that acts wins.
struct FaultScript: Sendable {
    struct Rule: Sendable {
        let text: String
        let method: String
        let path: String
        let nth: Int?
        let every: Int?
        let times: Int?
        let action: FaultAction
        var matchedCount = 0
        var firedCount = 0

        /// Counts a request that matches.
        fileprivate mutating func fires() -> Bool {
            matchedCount += 1
            if let limit = times ?? (nth == nil ? nil : 1), firedCount >= limit { return false }
            if let nth, matchedCount < nth { return false }
            if let every, matchedCount % every != 0 { return false }
            return true
        }
    }

    private(set) var rules: [Rule] = []

    init() {}

    /// - Parameter text: a script; empty lines and those that begin with `#` say nothing.
    init(_ text: String) throws(APIError) {
        for (place, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard let rule = Rule(words, text: words.joined(separator: " ")) else {
                throw .illegalArgument("line \(place + 1) of the fault script is no rule: \(line)")
            }
            rules.append(rule)
        }
    }

    /// What is to happen to a request, if anything.
    /// - Parameter path: without the parameters.
    mutating func action(method: String, path: String) -> FaultAction? {
        var found: FaultAction?
        for place in rules.indices {
            guard rules[place].method == "*" || rules[place].method == method, Wildcard(rules[place].path).matches(path)
            else {
                continue
            }
            guard rules[place].fires(), found == nil else { continue }
            rules[place].firedCount += 1
            found = rules[place].action
        }
        return found
    }

    /// The rules and how often each matched and acted.
    var json: JSON {
        [
            "rules": .array(
                rules.map {
                    ["rule": .string($0.text), "matched": JSON($0.matchedCount), "fired": JSON($0.firedCount)]
                })
        ]
    }
}

extension FaultScript.Rule {
    fileprivate init?(_ words: [Substring], text: String) {
        guard words.count >= 3 else { return nil }
        var counts: [Substring: Int] = [:]
        var rest = words[2...]
        while let word = rest.first, let sign = word.firstIndex(of: "=") {
            let name = word[..<sign]
            guard ["nth", "every", "times"].contains(name), let count = Int(word[word.index(after: sign)...]), count > 0
            else {
                return nil
            }
            counts[name] = count
            rest = rest.dropFirst()
        }
        guard let action = FaultAction(Array(rest)) else { return nil }
        self.init(
            text: text, method: String(words[0]), path: String(words[1]), nth: counts["nth"], every: counts["every"],
            times: counts["times"], action: action)
    }
}
