/// One HTTP request, its body complete and inflated.
struct Request: Sendable {
    let method: String
    /// The path as it was sent, still percent-encoded, for faults and errors.
    let rawPath: String
    /// The names between the slashes, decoded.
    let segments: [String]
    /// The parameters behind `?`; one without a value holds an empty string.
    let query: [String: String]
    let contentType: String?
    /// The whole value of the `Authorization` header.
    let authorization: String?
    let body: [UInt8]
    /// The share of bulk items to refuse with 429, set by a fault.
    var refusedShare: Double?

    /// - Parameter target: the request target, such as `/products/_count?pretty`.
    init(
        _ method: String, _ target: String, body: [UInt8] = [], contentType: String? = nil, authorization: String? = nil
    ) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        rawPath = String(parts[0])
        segments = parts[0].split(separator: "/").map { PercentEncoding.decoded($0) }
        var query: [String: String] = [:]
        for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[PercentEncoding.decoded(sides[0], plusIsSpace: true)] =
                sides.count > 1 ? PercentEncoding.decoded(sides[1], plusIsSpace: true) : ""
        }
        self.query = query
        self.body = body
        self.contentType = contentType
        self.authorization = authorization
    }

    /// A boolean parameter: present without a value means true.
    func flag(_ name: String) throws(APIError) -> Bool? {
        switch query[name] {
        case nil: nil
        case "", "true": true
        case "false": false
        case let other?:
            throw .illegalArgument("Failed to parse value [\(other)] as only [true] or [false] are allowed.")
        }
    }

    func number(_ name: String) throws(APIError) -> Int? {
        guard let text = query[name] else { return nil }
        guard let number = Int(text) else {
            throw .illegalArgument(
                "Failed to parse int parameter [\(name)] with value [\(text)]",
                causedBy: APIError.cause("number_format_exception", "For input string: \"\(text)\""))
        }
        return number
    }

    /// The body as JSON; nil when there is none.
    func json() throws(APIError) -> JSON? {
        if body.isEmpty { return nil }
        var parser = JSONParser(body)
        do {
            return try parser.parseDocument()
        } catch {
            throw APIError(400, error.type, error.reason)
        }
    }

    /// The body as a JSON object, empty when there is no body.
    func object() throws(APIError) -> JSONObject {
        guard let value = try json() else { return JSONObject() }
        guard let object = value.object else {
            throw APIError(400, "parse_exception", "request body must be an object")
        }
        return object
    }
}

/// Percent-encoding of paths and queries.
enum PercentEncoding {
    /// The text that was encoded; a `%` without two digits behind it stays.
    static func decoded(_ text: Substring, plusIsSpace: Bool = false) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(text)
        }
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let byte = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                decoded.append(byte)
                index += 3
            } else {
                decoded.append(plusIsSpace && bytes[index] == UInt8(ascii: "+") ? 0x20 : bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
