/// The field types of OpenSearch 2.19 that the sandbox accepts in a mapping.
enum FieldKind: String, Sendable, CaseIterable {
    case object, nested
    case long, integer, short, byte, unsignedLong = "unsigned_long"
    case double, float, halfFloat = "half_float", scaledFloat = "scaled_float"
    case boolean, date, dateNanos = "date_nanos", ip, geoPoint = "geo_point"
    case text, matchOnlyText = "match_only_text", keyword, wildcard, binary, alias
    case longRange = "long_range", integerRange = "integer_range", doubleRange = "double_range", floatRange =
        "float_range"
    case dateRange = "date_range", ipRange = "ip_range"
    case flatObject = "flat_object"
    /// Values of these are taken without a look at them.
    case geoShape = "geo_shape", completion, searchAsYouType = "search_as_you_type", rankFeature = "rank_feature"
    case rankFeatures = "rank_features", tokenCount = "token_count", percolator, join

    var isObject: Bool { self == .object || self == .nested }

    var isWhole: Bool { [.long, .integer, .short, .byte, .unsignedLong].contains(self) }

    var isFraction: Bool { [.double, .float, .halfFloat, .scaledFloat].contains(self) }

    var isNumber: Bool { isWhole || isFraction }

    var isDate: Bool { self == .date || self == .dateNanos }

    /// Analyzed into words.
    var isText: Bool { self == .text || self == .matchOnlyText || self == .searchAsYouType }

    /// The kind of a range's two ends; nil for what is no range.
    var rangeOf: FieldKind? {
        switch self {
        case .longRange: .long
        case .integerRange: .integer
        case .doubleRange: .double
        case .floatRange: .float
        case .dateRange: .date
        case .ipRange: .ip
        default: nil
        }
    }
}

/// How an object treats a field that its mapping does not have.
enum Dynamic: String, Sendable {
    case added = "true"
    case ignored = "false"
    case strict
}
