/// One action of a bulk body, with the place of its document.
struct BulkAction {
    enum Kind: String { case index, create, delete }

    let kind: Kind
    /// Nil takes the index of the path.
    var indexName: String?
    /// Nil asks for one to be made; never so for a deletion.
    var id: String?
    var routing: String?
    var condition = WriteCondition()
    var requiresAlias: Bool?
    var pipeline: String?
    /// The bytes of the document in the body; empty for a deletion.
    var source: Range<Int> = 0..<0

    /// - Parameters:
    ///   - line: an action line, parsed.
    ///   - number: counted from 1, for errors.
    init(_ line: JSON, number: Int) throws(APIError) {
        guard let object = line.object else {
            throw .illegalArgument(
                "Malformed action/metadata line [\(number)], expected START_OBJECT but found [\(line.plainToken)]")
        }
        guard let member = object.members.first else {
            throw .illegalArgument(
                "Malformed action/metadata line [\(number)], expected FIELD_NAME but found [END_OBJECT]")
        }
        if member.key == "update" { throw .notImplemented("[update] in _bulk") }
        guard let kind = Kind(rawValue: member.key) else {
            throw .illegalArgument(
                "Malformed action/metadata line [\(number)], expected one of [create, delete, index, update] but found "
                    + "[\(member.key)]")
        }
        guard let parameters = member.value.object else {
            throw .illegalArgument(
                "Malformed action/metadata line [\(number)], expected START_OBJECT or END_OBJECT but found [\(member.value.plainToken)]"
            )
        }
        if object.members.count > 1 {
            throw .illegalArgument(
                "Malformed action/metadata line [\(number)], expected END_OBJECT but found [FIELD_NAME]")
        }
        self.kind = kind
        condition.isCreation = kind == .create
        for parameter in parameters.members { try take(parameter, number: number) }
    }

    private mutating func take(_ parameter: JSONObject.Member, number: Int) throws(APIError) {
        let value = parameter.value
        switch parameter.key {
        case "_index": indexName = value.text
        case "_id": id = value.text
        case "routing", "_routing": routing = value.text
        case "version", "_version": condition.version = value.int
        case "version_type", "_version_type":
            guard let type = WriteCondition.VersionType(rawValue: value.text ?? "") else {
                throw .illegalArgument("No version type match [\(value.text ?? "")]")
            }
            condition.versionType = type
        case "if_seq_no": condition.sequenceNumber = value.int
        case "if_primary_term": condition.primaryTerm = value.int
        case "op_type":
            guard value.text == "create" || value.text == "index" else {
                throw .illegalArgument("opType must be 'create' or 'index', found: [\(value.text ?? "")]")
            }
            condition.isCreation = value.text == "create"
        case "require_alias": requiresAlias = value.bool
        case "pipeline": pipeline = value.text
        default:
            throw .illegalArgument("Action/metadata line [\(number)] contains an unknown parameter [\(parameter.key)]")
        }
    }
}

/// Splits a bulk body into its actions, and refuses the whole of it where OpenSearch would.
enum BulkBody {
    static func actions(_ body: [UInt8]) throws(APIError) -> [BulkAction] {
        guard let last = body.last else { throw APIError(400, "parse_exception", "request body is required") }
        guard last == UInt8(ascii: "\n") else {
            throw .illegalArgument("The bulk request must be terminated by a newline [\\n]")
        }
        var actions: [BulkAction] = []
        var (start, number) = (0, 0)
        while let line = nextLine(body, &start) {
            number += 1
            if line.isEmpty { continue }
            var action = try BulkAction(try parse(body, line), number: number)
            if action.kind != .delete {
                // A body that ends behind an action line has no request in it: that is how OpenSearch sees it.
                guard let document = nextLine(body, &start) else { break }
                number += 1
                action.source = document
            }
            actions.append(action)
        }
        if actions.isEmpty { throw .invalidRequest("no requests added") }
        return actions
    }

    private static func nextLine(_ body: [UInt8], _ start: inout Int) -> Range<Int>? {
        guard start < body.count, let end = body[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { start = end + 1 }
        let trimmed = end > start && body[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
        return start..<trimmed
    }

    private static func parse(_ body: [UInt8], _ line: Range<Int>) throws(APIError) -> JSON {
        var parser = JSONParser(body, in: line)
        do {
            return try parser.parseDocument()
        } catch {
            throw APIError(400, error.type, error.reason)
        }
    }
}
