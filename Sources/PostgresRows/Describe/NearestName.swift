extension String {
    /// The name that this one was probably meant to be: at most a third of its letters differ, upper and lower case aside.
    func nearest(among names: some Sequence<String>) -> String? {
        var best: (name: String, distance: Int)?
        for name in names {
            let distance = editDistance(to: name)
            if distance < best?.distance ?? .max { best = (name, distance) }
        }
        guard let best, best.distance <= max(1, count / 3) else { return nil }
        return best.name
    }

    /// Insertions, deletions, replacements and exchanges of neighbours (Damerau, "optimal string alignment").
    private func editDistance(to other: String) -> Int {
        let left = Array(lowercased()), right = Array(other.lowercased())
        guard abs(left.count - right.count) <= max(1, count / 3) else { return .max }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                var distance = min(last[column] + (left[row] == right[column] ? 0 : 1), last[column + 1] + 1)
                distance = min(distance, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    distance = min(distance, beforeLast[column - 1] + 1)
                }
                current.append(distance)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
