internal import CCurl

/// One address of the cluster, with what authenticates there kept apart so that it is never shown.
struct Address: Sendable, Hashable {
    /// `scheme://host[:port][/prefix]`, without a slash at the end.
    let url: String
    let user: String?
    let password: String?
    /// Whether the bytes stay on this host, where compressing answers only costs time.
    let isLoopback: Bool

    init(_ text: String, user: String?, password: String?) throws(InvalidAddress) {
        let parts = try URLParts(text)
        url = parts.shown
        self.user = parts.user ?? user
        self.password = parts.user == nil ? password : parts.password ?? ""
        isLoopback = parts.host == "localhost" || parts.host.hasPrefix("127.") || parts.host == "[::1]"
    }
}

/// A URL taken apart by libcurl's own parser, so that what is checked is what will be used.
private struct URLParts {
    let host: String
    let user: String?
    let password: String?
    let shown: String

    init(_ text: String) throws(InvalidAddress) {
        let harmless = Self.withoutSecrets(text)
        let lower = text.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else {
            throw InvalidAddress(address: harmless, reason: "it does not begin with http:// or https://")
        }
        guard let handle = unsafe curl_url() else {
            throw InvalidAddress(address: harmless, reason: "out of memory")
        }
        defer { unsafe curl_url_cleanup(handle) }
        let status = unsafe curl_url_set(handle, CURLUPART_URL, text, 0)
        guard status == CURLUE_OK else {
            throw InvalidAddress(address: harmless, reason: unsafe String(cString: curl_url_strerror(status)))
        }
        func part(_ name: CURLUPart, _ flags: UInt32 = 0) -> String? {
            var value: UnsafeMutablePointer<CChar>?
            guard unsafe curl_url_get(handle, name, &value, flags) == CURLUE_OK, let value = unsafe value else {
                return nil
            }
            defer { unsafe curl_free(value) }
            return unsafe String(cString: value)
        }
        guard part(CURLUPART_QUERY) == nil, part(CURLUPART_FRAGMENT) == nil else {
            throw InvalidAddress(
                address: harmless,
                reason: "an address has no query and no fragment; in a password ? is written %3F and # is %23")
        }
        guard !(part(CURLUPART_PATH) ?? "").contains("@") else {
            throw InvalidAddress(
                address: harmless, reason: "its path has an @; in a password / is written %2F and @ is %40")
        }
        guard let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST) else {
            throw InvalidAddress(address: harmless, reason: "it names no host")
        }
        self.host = host
        user = part(CURLUPART_USER, UInt32(CURLU_URLDECODE))
        password = part(CURLUPART_PASSWORD, UInt32(CURLU_URLDECODE))
        let port = part(CURLUPART_PORT).map { ":" + $0 } ?? ""
        var path = part(CURLUPART_PATH) ?? ""
        while path.hasSuffix("/") { path.removeLast() }
        shown = scheme + "://" + host + port + path
    }

    /// What may be shown of a text that nothing could parse. Before an @, behind a ? or #, and where a port should be there
    /// may be a password, or a part of one that a blank or comma in it cut off.
    private static func withoutSecrets(_ text: String) -> String {
        var shown = text[...]
        if let at = shown.lastIndex(of: "@") { shown = shown[shown.index(after: at)...] }
        shown = shown.prefix { $0 != "?" && $0 != "#" }
        let host = shown.firstRange(of: "://").map { shown[$0.upperBound...] } ?? shown
        if let colon = host.firstIndex(of: ":"),
            !host[host.index(after: colon)...].prefix(while: { $0 != "/" }).allSatisfy(\.isNumber)
        {
            shown = shown[..<colon]
        }
        return String(shown)
    }
}
