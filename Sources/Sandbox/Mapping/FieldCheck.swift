/// Whether a field takes a value, in the words that OpenSearch refuses it with.
struct FieldCheck {
    let field: Field
    /// The names of the objects around the field.
    let parents: [String]
    let leaf: String
    let id: String
    let settings: IndexSettings

    /// Takes a value or an array of values, and those of the multi-fields with it.
    func run(_ value: JSON) throws(APIError) {
        if field.kind == .alias {
            throw APIError(
                400, "mapper_parsing_exception", "failed to parse",
                causedBy: APIError.cause("illegal_argument_exception", "Cannot write to a field alias [\(name)]."))
        }
        if field.kind == .geoPoint { return try geoPoint(value) }
        if case .array = value {
            for element in value.flattened where element != .null { try one(element) }
        } else if value != .null {
            try one(value)
        }
        for (name, below) in field.fields {
            let check = FieldCheck(field: below, parents: parents + [leaf], leaf: name, id: id, settings: settings)
            try check.run(value)
        }
    }

    private var name: String { (parents + [leaf]).joined(separator: ".") }

    private var ignoresMalformed: Bool { field.ignoresMalformed ?? (settings["mapping.ignore_malformed"] == "true") }

    private var coerces: Bool { field.coerces ?? (settings["mapping.coerce"] != "false") }

    private func one(_ value: JSON) throws(APIError) {
        if let kind = field.kind.rangeOf {
            if let (problem, blamed) = range(value, of: kind) { throw failed(blamed, problem) }
            return
        }
        guard let problem = try problem(with: value) else { return }
        // A fraction is shown as the number that it was read as.
        if case .number(let digits) = value, field.kind.isFraction, field.kind != .halfFloat,
            let number = Double(digits),
            !number.isFinite || (field.kind == .float && !Float(number).isFinite)
        {
            throw failed(.string(number < 0 ? "-Infinity" : "Infinity"), problem)
        }
        // Even then an object is no number.
        if ignoresMalformed, value.object == nil { return }
        throw failed(value, problem)
    }

    /// Why the value is refused; nil when it is taken.
    private func problem(with value: JSON) throws(APIError) -> JSON? {
        switch field.kind {
        case .long, .integer, .short, .byte, .unsignedLong, .double, .float, .halfFloat, .scaledFloat:
            return NumberCheck(kind: field.kind, coerces: coerces).problem(with: value)
        case .boolean: return boolean(value)
        case .date, .dateNanos: return date(value)
        case .ip:
            guard let text = value.text else { return notText(value) }
            return IPAddress(text) == nil ? illegal("'\(text)' is not an IP string literal.") : nil
        case .text, .matchOnlyText, .wildcard, .binary, .searchAsYouType:
            return value.text == nil ? notText(value) : nil
        case .keyword: return try keyword(value)
        case .flatObject:
            return value.object == nil
                ? APIError.cause("parsing_exception", "[\(name)] unexpected token [VALUE] in flat_object field value")
                : nil
        default: return nil
        }
    }

    private func boolean(_ value: JSON) -> JSON? {
        switch value {
        case .bool, .string("true"), .string("false"), .string(""): nil
        case .string(let text): illegal("Failed to parse value [\(text)] as only [true] or [false] are allowed.")
        default: APIError.cause("json_parse_exception", "Current token (\(value.token)) not of boolean type")
        }
    }

    private func date(_ value: JSON) -> JSON? {
        guard let text = value.text else { return notText(value) }
        if text.isEmpty { return illegal("cannot parse empty date") }
        guard let time = field.dateFormat.milliseconds(text) else {
            return [
                "type": "illegal_argument_exception",
                "reason": .string("failed to parse date field [\(text)] with format [\(field.dateFormat.text)]"),
                "caused_by": APIError.cause("date_time_parse_exception", "Failed to parse with all enclosed parsers"),
            ]
        }
        if field.kind == .dateNanos, time > 9_223_372_036_854 {
            return illegal(
                "date[\(text)] is after 2262-04-11T23:47:16.854775807 and cannot be stored in nanosecond resolution")
        }
        if field.kind == .dateNanos, time < 0 {
            return illegal(
                "date[\(text)] is before the epoch in 1970 and cannot be stored in nanosecond resolution")
        }
        return nil
    }

    private func keyword(_ value: JSON) throws(APIError) -> JSON? {
        guard let text = value.text else { return notText(value) }
        if let limit = field.ignoreAbove, text.utf16.count > limit { return nil }
        if field.isIndexed, text.utf8.count > 32_766 {
            let start = text.utf8.prefix(30).map { String(Int8(bitPattern: $0)) }.joined(separator: ", ")
            let problem = "bytes can be at most 32766 in length; got \(text.utf8.count)"
            throw APIError(
                400, "illegal_argument_exception",
                "Document contains at least one immense term in field=\"\(name)\" (whose UTF8 encoding is longer than the max "
                    + "length 32766), all of which were skipped.  Please correct the analyzer to not produce such terms.  The "
                    + "prefix of the first immense term is: '[\(start)]...', original message: \(problem)",
                causedBy: APIError.cause("max_bytes_length_exceeded_exception", problem))
        }
        return nil
    }

    /// - Returns: the problem and the value to blame.
    private func range(_ value: JSON, of kind: FieldKind) -> (JSON, JSON)? {
        if kind == .ip, let text = value.string {
            let isAddress = IPAddress(String(text.prefix { $0 != "/" })) != nil
            return isAddress ? nil : (illegal("'\(text)' is not an IP string literal."), value)
        }
        guard let object = value.object else {
            let problem = "error parsing field [\(name)], expected an object but got \(leaf)"
            return (APIError.cause("mapper_parsing_exception", problem), value)
        }
        var ends: [String: Double] = [:]
        for member in object.members {
            guard ["gt", "gte", "lt", "lte"].contains(member.key) else {
                let problem = "error parsing field [\(name)], with unknown parameter [\(member.key)]"
                return (APIError.cause("mapper_parsing_exception", problem), member.value)
            }
            if member.value == .null { continue }
            if kind.isNumber {
                if let problem = NumberCheck(kind: kind, coerces: coerces).problem(with: member.value) {
                    return (problem, member.value)
                }
                ends[member.key] = member.value.text.flatMap(Double.init)
            } else if kind == .date {
                guard let problem = date(member.value) else {
                    ends[member.key] = member.value.text.flatMap(field.dateFormat.milliseconds).map(Double.init)
                    continue
                }
                let reason =
                    "failed to parse date field [\(member.value.preview)] with format [\(field.dateFormat.text)]"
                return (["type": "parse_exception", "reason": .string(reason), "caused_by": problem], member.value)
            }
        }
        let step = kind.isWhole || kind == .date ? 1.0 : 0
        let low = ends["gte"] ?? ends["gt"].map { $0 + step } ?? -Double.infinity
        let high = ends["lte"] ?? ends["lt"].map { $0 - step } ?? Double.infinity
        return low > high ? (illegal("min value (\(low)) is greater than max value (\(high))"), .null) : nil
    }

    private func geoPoint(_ value: JSON) throws(APIError) {
        guard let problem = GeoPoint.problem(with: value, name: name), !ignoresMalformed else { return }
        throw APIError(
            400, "mapper_parsing_exception", "failed to parse field [\(name)] of type [geo_point]", causedBy: problem)
    }

    private func illegal(_ reason: String) -> JSON { APIError.cause("illegal_argument_exception", reason) }

    private func notText(_ value: JSON) -> JSON {
        APIError.cause("illegal_state_exception", "Can't get text on a \(value.token)")
    }

    private func failed(_ value: JSON, _ cause: JSON) -> APIError {
        APIError(
            400, "mapper_parsing_exception",
            "failed to parse field [\(name)] of type [\(field.kind.rawValue)] in document with id '\(id)'. Preview of field's "
                + "value: '\(value.preview)'",
            causedBy: cause)
    }
}

extension JSON {
    /// The parser's name for the value's first token.
    var token: String {
        switch self {
        case .null, .raw: "VALUE_NULL"
        case .bool(let flag): flag ? "VALUE_TRUE" : "VALUE_FALSE"
        case .number(let digits): digits.contains { ".eE".contains($0) } ? "VALUE_NUMBER_FLOAT" : "VALUE_NUMBER_INT"
        case .string: "VALUE_STRING"
        case .array: "START_ARRAY"
        case .object: "START_OBJECT"
        }
    }

    /// The token as OpenSearch's own parsers name it, which know one kind of number and one of boolean.
    var plainToken: String {
        switch self {
        case .number: "VALUE_NUMBER"
        case .bool: "VALUE_BOOLEAN"
        default: token
        }
    }
}
