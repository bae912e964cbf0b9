package import ReindexCore

/// What stands at the address, and the limits that a load has to keep to.
extension OpenSearchCluster {
    /// `GET /` first, for what is no OpenSearch is best told by it; then everything else at once.
    package func describeCluster() async throws(TargetError) -> ClusterDescription {
        var cluster = try await whatAnswers()
        async let health = optional(
            "/_cluster/health?filter_path=number_of_data_nodes", of: "the number of data nodes",
            without: "one is assumed")
        async let nodes = optional(
            "/_nodes/stats/fs,indexing_pressure?filter_path=nodes.*.roles,nodes.*.fs.total,"
                + "nodes.*.indexing_pressure.memory.limit_in_bytes",
            of: "disk and indexing pressure", without: "disk space is not checked, and \(Self.unbounded)")
        async let http = optional(
            "/_nodes/http?filter_path=nodes.*.http.max_content_length_in_bytes", of: "http.max_content_length",
            without: "it is learned from a 413")
        async let settings = optional(
            "/_cluster/settings?include_defaults=true&filter_path=*.cluster.routing.allocation.disk",
            of: "disk watermarks", without: "they are not checked")
        if let json = await health.noted(in: &cluster) { cluster.dataNodes = json["number_of_data_nodes"]?.int ?? 1 }
        if let json = await nodes.noted(in: &cluster) { Self.readNodes(json, into: &cluster) }
        if let json = await http.noted(in: &cluster) {
            let limits = (json["nodes"]?.object ?? [:]).values.compactMap {
                $0[path: ["http", "max_content_length_in_bytes"]]?.int
            }
            cluster.maxContentLength = limits.filter { $0 > 0 }.min()
        }
        if let json = await settings.noted(in: &cluster) { Self.readWatermarks(json, into: &cluster) }
        return cluster
    }

    private static let unbounded = "only 429s, and the memory of this process, bound the bytes in flight"

    /// `GET /`: the one answer that must be given, and by OpenSearch.
    private func whatAnswers() async throws(TargetError) -> ClusterDescription {
        let doing = "asking which server answers"
        let response = try await retry.run { _ throws(TargetError) in
            let response = try await transport.send(HTTPRequest(.get, "/", doing: doing))
            // A node that starts, or a proxy whose node is away: worth another try.
            if response.status == 429 || response.status >= 500 { _ = try Self.json(in: response, doing: doing) }
            return response
        }
        func unsupported(_ message: String) -> TargetError {
            TargetError(.unsupported, doing: doing, message: message, address: response.address)
        }
        if response.status == 401 || response.status == 403 { _ = try Self.json(in: response, doing: doing) }
        guard let json = try? JSONValue(parsing: response.body), let number = json["version"]?["number"]?.string else {
            throw unsupported("it answers \(response.status) with \(ServerText.summary(of: response.body))")
        }
        let version = ServerText.clean(number, limit: 40)
        guard json["version"]?["distribution"]?.string == "opensearch" else {
            let isDisguised = json["tagline"]?.string?.contains("OpenSearch") ?? false
            throw unsupported(
                isDisguised
                    ? "OpenSearch disguised as \(version) by compatibility.override_main_response_version"
                    : "Elasticsearch \(version)")
        }
        guard let major = version.split(separator: ".").first.flatMap({ Int($0) }), major >= 2 else {
            throw unsupported("OpenSearch \(version); 2 or later is needed")
        }
        var cluster = ClusterDescription(
            name: ServerText.clean(json["cluster_name"]?.string ?? "", limit: 100),
            uuid: ServerText.clean(json["cluster_uuid"]?.string ?? "", limit: 100), version: version, dataNodes: 1)
        cluster.isSandbox = json["tagline"]?.string?.lowercased().contains("sandbox") ?? false
        return cluster
    }

    /// Disk of the data node with least of it left, and the smallest limits of all nodes.
    private static func readNodes(_ json: JSONValue, into cluster: inout ClusterDescription) {
        let nodes = (json["nodes"]?.object ?? [:]).values
        let disks = nodes.filter { $0["roles"]?.array?.contains("data") ?? true }.compactMap {
            $0[path: ["fs", "total"]]
        }
        let fullest = disks.min {
            ($0["available_in_bytes"]?.int ?? .max) < ($1["available_in_bytes"]?.int ?? .max)
        }
        cluster.freeDiskBytes = fullest?["available_in_bytes"]?.int
        cluster.totalDiskBytes = fullest?["total_in_bytes"]?.int
        let limits = nodes.compactMap { $0[path: ["indexing_pressure", "memory", "limit_in_bytes"]]?.int }
        cluster.indexingPressureLimit = limits.filter { $0 > 0 }.min()
        if cluster.indexingPressureLimit == nil {
            cluster.notes.append("the nodes name no limit of indexing pressure: \(unbounded)")
        }
    }

    private static func readWatermarks(_ json: JSONValue, into cluster: inout ClusterDescription) {
        func setting(_ name: [String]) -> String? {
            // What was set for now counts before what was set for good, and that before the default.
            ["transient", "persistent", "defaults"].lazy
                .compactMap { json[path: [$0, "cluster", "routing", "allocation", "disk"] + name] }
                .compactMap { $0.string ?? $0["value"]?.string }.first
        }
        guard setting(["threshold_enabled"]) != "false" else {
            cluster.notes.append("the cluster watches no disk watermarks (threshold_enabled is false)")
            return
        }
        let total = cluster.totalDiskBytes
        cluster.highWatermark = setting(["watermark", "high"]).flatMap { DiskWatermark.usedShare($0, of: total) }
        cluster.floodStageWatermark = setting(["watermark", "flood_stage"]).flatMap {
            DiskWatermark.usedShare($0, of: total)
        }
    }

    /// Something that is good to know: where it may not or cannot be read, a note says what is done without it.
    private func optional(
        _ path: String, of subject: String, without consequence: String
    ) async -> OptionalAnswer {
        do {
            return .json(try await call(HTTPRequest(.get, path, doing: "reading \(subject)")))
        } catch {
            let reason =
                switch error.kind {
                case .notAllowed, .authentication: "may not be read"
                case .refused(let status, let type): "cannot be read (\(status) \(type))"
                default: "cannot be read (\(error.message))"
                }
            return .note("\(subject) \(reason): \(consequence)")
        }
    }

    private enum OptionalAnswer: Sendable {
        case json(JSONValue)
        case note(String)

        func noted(in cluster: inout ClusterDescription) -> JSONValue? {
            switch self {
            case .json(let json): return json
            case .note(let text):
                cluster.notes.append(text)
                return nil
            }
        }
    }
}

/// `cluster.routing.allocation.disk.watermark.*`: a share in use (`90%`, `0.9`) or bytes that must stay free (`500mb`).
enum DiskWatermark {
    static func usedShare(_ text: String, of totalBytes: Int?) -> Double? {
        if text.hasSuffix("%") { return Double(text.dropLast()).map { $0 / 100 } }
        if let share = Double(text), share <= 1 { return share }
        guard let free = byteCount(text), let totalBytes, totalBytes > 0 else { return nil }
        return max(0, 1 - free / Double(totalBytes))
    }

    private static func byteCount(_ text: String) -> Double? {
        let lower = text.lowercased()
        let units = [("pb", 50), ("tb", 40), ("gb", 30), ("mb", 20), ("kb", 10), ("p", 50), ("t", 40), ("g", 30)]
        for (unit, bits) in units + [("m", 20), ("k", 10), ("b", 0)] where lower.hasSuffix(unit) {
            return Double(lower.dropLast(unit.count)).map { $0 * Double(1 << bits) }
        }
        return nil
    }
}
