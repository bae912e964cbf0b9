internal import CCurl

/// The header lines of each content type, made once. `Expect:` without a value keeps libcurl from asking for a
/// 100-continue, which costs a second where the server is silent.
@safe final class HeaderLists {
    private let lists: [UnsafeMutablePointer<curl_slist>?]

    init() {
        unsafe lists = HTTPRequest.ContentType.allCases.map { unsafe Self.list(of: Self.lines(for: $0)) }
    }

    deinit { unsafe lists.forEach { unsafe curl_slist_free_all($0) } }

    /// Belongs to this object.
    func list(for type: HTTPRequest.ContentType) -> UnsafeMutablePointer<curl_slist>? { unsafe lists[type.rawValue] }

    /// Belongs to the caller.
    func list(for type: HTTPRequest.ContentType, label: String) -> UnsafeMutablePointer<curl_slist>? {
        unsafe Self.list(of: Self.lines(for: type) + ["X-Opaque-Id: \(label)"])
    }

    private static func list(of lines: [String]) -> UnsafeMutablePointer<curl_slist>? {
        unsafe lines.reduce(nil) { list, line in unsafe curl_slist_append(list, line) }
    }

    private static func lines(for type: HTTPRequest.ContentType) -> [String] {
        switch type {
        case .json: ["Content-Type: application/json", "Expect:"]
        case .ndjson: ["Content-Type: application/x-ndjson", "Expect:"]
        case .compressedNDJSON: ["Content-Type: application/x-ndjson", "Content-Encoding: gzip", "Expect:"]
        }
    }
}
