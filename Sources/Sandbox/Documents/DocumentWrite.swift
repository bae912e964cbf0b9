/// The parts that every write of one document has, by `_bulk` or by itself.
enum DocumentWrite {
    /// Checks a source against the mapping and stores it.
    /// - Parameter source: the document's bytes, without the newline of a bulk body.
    static func index(
        _ id: String, routing: String?, source: [UInt8], _ condition: WriteCondition, in index: Index, now: Int
    ) throws(APIError) -> WriteResult {
        if id.isEmpty { throw .illegalArgument("if _id is specified it must not be empty") }
        if let block = index.writeBlock { throw block }
        if index.mapping.root.definition["_routing"]?["required"]?.bool == true, routing == nil {
            throw APIError(400, "routing_missing_exception", "routing is required for [\(index.name)]/[\(id)]")
        }
        let document = try parse(source)
        if let extended = try DocumentCheck.run(document, id: id, index: index) { index.mapping = extended }
        return try index.shard(forID: id, routing: routing)
            .index(id, routing: routing, source: source, condition, in: index, now: now)
    }

    static func delete(
        _ id: String, routing: String?, _ condition: WriteCondition, in index: Index, now: Int
    ) throws(APIError) -> WriteResult {
        if let block = index.writeBlock { throw block }
        return try index.shard(forID: id, routing: routing).delete(id, condition, in: index, now: now)
    }

    private static func parse(_ source: [UInt8]) throws(APIError) -> JSONObject {
        guard let first = source.first(where: { $0 > 0x20 }) else {
            throw APIError(400, "mapper_parsing_exception", "failed to parse, document is empty")
        }
        guard first == UInt8(ascii: "{") else {
            throw APIError(
                400, "mapper_parsing_exception", "failed to parse",
                causedBy: APIError.cause(
                    "not_x_content_exception",
                    "Compressor detection can only be called on some xcontent bytes or compressed xcontent bytes"))
        }
        var parser = JSONParser(source)
        do {
            return try parser.parseDocument().object ?? JSONObject()
        } catch {
            throw APIError(
                400, "mapper_parsing_exception", "failed to parse",
                causedBy: APIError.cause(error.type, error.reason))
        }
    }

    /// The answer to a write, without its status.
    static func json(_ result: WriteResult, index: Index, id: String, isRefreshed: Bool = false) -> JSONObject {
        var object = JSONObject()
        object["_index"] = .string(index.name)
        object["_id"] = .string(id)
        object["_version"] = JSON(result.version)
        object["result"] = .string(result.result)
        if isRefreshed { object["forced_refresh"] = true }
        object["_shards"] = ["total": JSON(1 + index.settings.numberOfReplicas), "successful": 1, "failed": 0]
        object["_seq_no"] = JSON(result.sequenceNumber)
        object["_primary_term"] = 1
        return object
    }
}
