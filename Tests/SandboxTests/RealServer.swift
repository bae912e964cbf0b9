import Foundation

@testable import Sandbox

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The OpenSearch that the sandbox is held against: REINDEX_TEST_OPENSEARCH is its URL.
struct RealServer {
    static let url = ProcessInfo.processInfo.environment["REINDEX_TEST_OPENSEARCH"]

    func send(_ step: Step) async throws -> (status: Int, json: JSON) {
        guard let text = RealServer.url, let url = URL(string: text + step.target) else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = step.method
        request.timeoutInterval = 30
        if !step.body.isEmpty {
            request.httpBody = Data(step.body.utf8)
            request.setValue(
                step.isBulk ? "application/x-ndjson" : "application/json", forHTTPHeaderField: "Content-Type")
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        return (status, Response(status: status, body: .bytes(Array(data))).parsed)
    }
}

/// Takes out of an answer what may differ: times, identifiers, numbers of the machine.
enum Answer {
    private static let ignored: Set<String> = [
        "took", "ingest_took", "uuid", "index_uuid", "creation_date", "index.creation_date", "index.uuid", "max_score",
        "_score", "node",
        "cluster_name", "cluster_uuid", "name", "line", "col", "_scroll_id", "shards", "store", "bytes_offset", "phase",
        "grouped",
        "failed_shards", "build_type", "build_hash", "build_date", "sandbox", "number", "tagline", "docs.deleted",
        "store.size",
        "pri.store.size", "deleted", "_shards",
    ]

    static func reduced(_ json: JSON, key: String = "") -> JSON {
        switch json {
        case .object(let object):
            var kept = JSONObject()
            for member in object.sorted.members where !ignored.contains(member.key) {
                // Words of causes are those of Java's parsers, down to line and column: their type is what tells.
                if key == "caused_by", member.key == "reason" { continue }
                kept[member.key] = reduced(member.value, key: member.key)
            }
            return .object(kept)
        case .array(let elements): return .array(elements.map { reduced($0, key: key) })
        case .string(let text): return .string(key == "reason" ? words(text) : text)
        default: return json
        }
    }

    /// A reason without identifiers and without the parser's place.
    private static func words(_ text: String) -> String {
        text.replacingOccurrences(of: #"\n at \[Source.*$"#, with: "", options: .regularExpression)
            .replacingOccurrences(of: #"/[A-Za-z0-9_-]{22}\]"#, with: "]", options: .regularExpression)
            .replacingOccurrences(of: #"^\[\d+:\d+\] "#, with: "", options: .regularExpression)
            .replacingOccurrences(of: #"START_OBJECT at \d+:\d+"#, with: "START_OBJECT", options: .regularExpression)
            .replacingOccurrences(
                of: #"context found for id \[\d+\]"#, with: "context found", options: .regularExpression)
    }
}
