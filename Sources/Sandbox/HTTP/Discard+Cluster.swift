extension Discard {
    /// A sink for a bulk request; nil where the request is none, or asks for a shape that the sink does not write.
    static func sink(for request: Request, in service: Service) -> Discard? {
        guard service.isDiscarding, ["POST", "PUT"].contains(request.method), request.segments.last == "_bulk",
            request.segments.count <= 2
        else { return nil }
        let filter = request.query["filter_path"]
        let isShort = filter?.split(separator: ",").contains("items.*._id") ?? false
        if filter != nil, !isShort { return nil }
        let isFenced = request.query["require_alias"] == "true" || request.query["require_alias"] == ""
        return Discard(pathIndex: request.segments.count == 2 ? request.segments[0] : nil) { name in
            service.withCluster { outcome(name, isFenced: isFenced, isShort: isShort, in: $0) }
        }
    }

    private static func outcome(_ name: String, isFenced: Bool, isShort: Bool, in cluster: Cluster) -> Outcome {
        do throws(APIError) {
            if isFenced, !cluster.isAlias(name) { throw .notAnAlias(name) }
            if cluster.indices[name] == nil, !cluster.isAlias(name) { try cluster.create(name) }
            let index = try cluster.writeIndex(name)
            if isShort {
                return Outcome(
                    isAccepted: true, prefix: [], created: Array("\"status\":201".utf8),
                    deleted: Array("\"status\":200".utf8))
            }
            let rest = "\"_shards\":{\"total\":1,\"successful\":1,\"failed\":0},\"_seq_no\":0,\"_primary_term\":1,"
            return Outcome(
                isAccepted: true, prefix: Array("\"_index\":\"\(index.name)\",".utf8),
                created: Array("\"_version\":1,\"result\":\"created\",\(rest)\"status\":201".utf8),
                deleted: Array("\"_version\":1,\"result\":\"deleted\",\(rest)\"status\":200".utf8))
        } catch {
            let failed = Array("\"status\":\(error.status),\"error\":".utf8) + JSONWriter.bytes(error.item)
            return Outcome(isAccepted: false, prefix: [], created: failed, deleted: failed)
        }
    }

    /// Adds the accepted items to what `_count` answers for their index.
    func record(in service: Service) {
        guard let indexName, isAccepted else { return }
        service.withCluster { cluster in
            if let index = try? cluster.writeIndex(indexName) { index.discardedCount += itemCount }
        }
    }
}
