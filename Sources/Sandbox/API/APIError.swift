/// A refusal with OpenSearch's own type, reason and status.
struct APIError: Error, Sendable, Equatable {
    let status: Int
    let type: String
    let reason: String
    /// Members beside type and reason, such as `index` and `index_uuid`.
    var details = JSONObject()
    /// `caused_by`, where OpenSearch names one.
    var causedBy: JSON?
    /// What stands in `root_cause`, where it is not this error itself.
    var rootCause: JSON?

    init(
        _ status: Int, _ type: String, _ reason: String, details: JSON = [:], causedBy: JSON? = nil,
        rootCause: JSON? = nil
    ) {
        (self.status, self.type, self.reason) = (status, type, reason)
        self.details = details.object ?? JSONObject()
        (self.causedBy, self.rootCause) = (causedBy, rootCause)
    }

    /// The error as a bulk item or `_mget` shows it.
    var item: JSON {
        var object = described
        object["caused_by"] = causedBy
        return .object(object)
    }

    /// The whole body of an answer.
    var json: JSON {
        var error: JSONObject = JSONObject([.init(key: "root_cause", value: [rootCause ?? .object(described)])])
        error.members.append(contentsOf: described.members)
        error["caused_by"] = causedBy
        return ["error": .object(error), "status": JSON(status)]
    }

    private var described: JSONObject {
        var object = JSONObject([
            .init(key: "type", value: .string(type)), .init(key: "reason", value: .string(reason)),
        ])
        object.members.append(contentsOf: details.members)
        return object
    }

    /// A `caused_by` of its own.
    static func cause(_ type: String, _ reason: String) -> JSON { ["type": .string(type), "reason": .string(reason)] }
}

extension APIError {
    static func illegalArgument(_ reason: String, causedBy: JSON? = nil) -> APIError {
        APIError(400, "illegal_argument_exception", reason, causedBy: causedBy)
    }

    /// A request that does not hold together; the problems are numbered as OpenSearch does.
    static func invalidRequest(_ problems: String...) -> APIError {
        let list = problems.enumerated().map { "\($0.offset + 1): \($0.element);" }.joined()
        return APIError(400, "action_request_validation_exception", "Validation Failed: \(list)")
    }

    /// - Parameter resource: `index_or_alias` for calls on indices, `index_expression` for those on documents.
    static func noSuchIndex(_ name: String, resource: String = "index_or_alias") -> APIError {
        APIError(
            404, "index_not_found_exception", "no such index [\(name)]",
            details: [
                "index": .string(name), "resource.id": .string(name), "resource.type": .string(resource),
                "index_uuid": "_na_",
            ])
    }

    static func notAnAlias(_ name: String) -> APIError {
        APIError(
            404, "index_not_found_exception",
            "no such index [\(name)] and [require_alias] request flag is [true] and [\(name)] is not an alias",
            details: ["index": .string(name), "index_uuid": "_na_"])
    }

    static func invalidIndexName(_ name: String, _ problem: String) -> APIError {
        APIError(
            400, "invalid_index_name_exception", "Invalid index name [\(name)], \(problem)",
            details: ["index": .string(name), "index_uuid": "_na_"])
    }

    /// What the sandbox does not imitate. It never pretends.
    static func notImplemented(_ what: String) -> APIError {
        APIError(501, "not_implemented", "opensearch-sandbox does not know \(what)")
    }
}
