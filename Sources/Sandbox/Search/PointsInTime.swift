/// Points in time that are open: what searches saw of an index when each was made.
struct PointsInTime {
    struct Point {
        let indices: [Index]
        /// By the index's name, one a shard.
        let documents: [String: [SearchableDocuments]]
        let created: Int
        var keptFor: Int
        /// Milliseconds since 1970.
        var expires: Int
    }

    private var points: [Int: Point] = [:]
    private var lastID = 0

    mutating func add(_ indices: [Index], keptFor milliseconds: Int, now: Int) -> String {
        lastID += 1
        points[lastID] = Point(
            indices: indices,
            documents: Dictionary(uniqueKeysWithValues: indices.map { ($0.name, $0.shards.map(\.searchable)) }),
            created: now, keptFor: milliseconds, expires: now + milliseconds)
        return "\(Self.prefix)\(lastID)"
    }

    /// A point in time, which lives on for another while; one whose index was deleted is lost.
    mutating func use(_ text: String, keptFor milliseconds: Int?, in cluster: Cluster) throws(APIError) -> Point {
        let id = try Self.id(text)
        let now = cluster.clock.milliseconds()
        points = points.filter { $0.value.expires > now }
        guard var point = points[id], point.indices.allSatisfy({ cluster.indices[$0.name] === $0 }) else {
            throw SearchFailure.missingContext(id)
        }
        if let milliseconds { point.keptFor = milliseconds }
        point.expires = now + point.keptFor
        points[id] = point
        return point
    }

    mutating func remove(_ text: String) throws(APIError) { points[try Self.id(text)] = nil }

    mutating func removeAll() -> [String] {
        defer { points = [:] }
        return texts
    }

    var texts: [String] { points.keys.sorted().map { "\(Self.prefix)\($0)" } }

    func point(_ text: String) -> Point? { (try? Self.id(text)).flatMap { points[$0] } }

    private static let prefix = "sandbox-pit-"

    private static func id(_ text: String) throws(APIError) -> Int {
        guard text.hasPrefix(prefix), let id = Int(text.dropFirst(prefix.count)) else {
            throw .illegalArgument(
                "invalid id: [\(text)]", causedBy: APIError.cause("e_o_f_exception", "the text is too short"))
        }
        return id
    }
}
