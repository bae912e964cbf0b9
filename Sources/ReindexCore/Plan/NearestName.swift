/// The known name that a mistyped one most likely meant.
package enum NearestName {
    /// The nearest of `names` by insertions, deletions, substitutions and swaps of neighbours, or the one that `word` begins.
    /// - Returns: nil where nothing is near: more than a third of the word would have to change.
    package static func of(_ word: String, in names: some Sequence<String>) -> String? {
        let typed = Array(word.lowercased().utf8)
        // Longer than any name of ours: not a slip of the fingers, and the table below is quadratic.
        guard !typed.isEmpty, typed.count <= 128 else { return nil }
        let allowed = max(1, typed.count / 3)
        let ranked = names.map { (name: $0, distance: distance(typed, Array($0.lowercased().utf8.prefix(128)))) }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
        if let best = ranked.first, best.distance <= allowed { return best.name }
        return typed.count < 3 ? nil : ranked.first { $0.name.lowercased().hasPrefix(word.lowercased()) }?.name
    }

    /// Optimal string alignment distance, three rows at a time.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let isSame = left[row] == right[column]
                var best = min(last[column + 1] + 1, current[column] + 1, last[column] + (isSame ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
