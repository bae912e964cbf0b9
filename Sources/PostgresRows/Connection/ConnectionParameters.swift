internal import CPostgres
internal import ReindexCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// What is handed to PQconnectdbParams with `expand_dbname`: a later one wins, and what is not named here comes from
/// the PG* variables, the service file and libpq's defaults.
struct ConnectionParameters {
    private var parameters: [(keyword: String, value: String)] = []

    /// - Parameter address: the one server to go to, of all that the settings may name.
    init(_ settings: PostgresSettings, at address: ServerAddress?) throws(SourceError) {
        if let url = settings.url { try Self.check(url) }
        let known = Self.namedByEnvironment()
        // Before `dbname`, so that the URL's own go before ours; and only what neither environment nor service file names.
        for (keyword, value) in Self.patience where !known.contains(keyword) { parameters.append((keyword, value)) }
        if let url = settings.url { parameters.append(("dbname", url)) }
        if let address {
            parameters += [("host", address.host), ("hostaddr", address.hostAddress), ("port", address.port)]
        }
        if let command = settings.passwordCommand {
            parameters.append(("password", try PasswordCommand(command: command).password()))
        }
        parameters.append(("application_name", "reindex"))
    }

    /// A host that drops packets is noticed in seconds while connecting, and in two minutes while reading.
    private static let patience = [
        ("connect_timeout", "10"), ("keepalives_idle", "60"), ("keepalives_interval", "10"), ("keepalives_count", "6"),
    ]

    /// A URL that libpq cannot parse is refused here, for libpq would quote it with the password in it.
    private static func check(_ url: String) throws(SourceError) {
        let options = unsafe PQconninfoParse(url, nil)
        let isReadable = unsafe options != nil && (url.contains("=") || url.contains("://"))
        unsafe PQconninfoFree(options)
        guard isReadable, !mayHoldPartOfPassword(url) else {
            throw SourceError(
                .unsupported, doing: "connecting",
                message: "DATABASE_URL is not a connection string that libpq can read",
                hint: """
                    postgresql://user@host:5432/database; in a user's name or password / is written %2F, @ is %40, : is %3A, \
                    ? is %3F and # is %23
                    """)
        }
    }

    /// Whether libpq would take a part of the password for a host, a port or a database, which its messages name:
    /// `user:a/b@host`, `user:a@b@host`.
    private static func mayHoldPartOfPassword(_ url: String) -> Bool {
        guard let scheme = url.firstRange(of: "://") else { return false }
        let beforeQuery = url[scheme.upperBound...].prefix { $0 != "?" }
        let parts = beforeQuery.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { return true }
        if parts.count == 2, parts[0].contains("/") || parts[0].contains("#") { return true }
        let hosts = parts[parts.count - 1].prefix { $0 != "/" }
        return hosts.split(separator: ",").contains { host in
            let behindAddress = host.lastIndex(of: "]").map { host[$0...] } ?? host
            guard let colon = behindAddress.lastIndex(of: ":") else { return false }
            return !behindAddress[behindAddress.index(after: colon)...].allSatisfy(\.isNumber)
        }
    }

    /// The keywords that PG* variables or the service file give a value (PQconndefaults).
    private static func namedByEnvironment() -> Set<String> {
        guard let options = unsafe PQconndefaults() else { return [] }
        var names: Set<String> = []
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val, unsafe value.pointee != 0 {
                names.insert(unsafe String(cString: keyword))
            }
            unsafe option += 1
        }
        unsafe PQconninfoFree(options)
        return names
    }

    /// Lends two arrays of C strings that end with a null pointer; both are freed afterwards.
    func withCStrings<Result>(
        _ use: (
            UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<UnsafePointer<CChar>?>?
        ) -> Result
    ) -> Result {
        var keywords = unsafe parameters.map { unsafe UnsafePointer<CChar>(strdup($0.keyword)) }
        var values = unsafe parameters.map { unsafe UnsafePointer<CChar>(strdup($0.value)) }
        unsafe keywords.append(nil)
        unsafe values.append(nil)
        defer {
            for index in unsafe keywords.indices {
                unsafe free(UnsafeMutablePointer(mutating: keywords[index]))
                unsafe free(UnsafeMutablePointer(mutating: values[index]))
            }
        }
        return unsafe use(keywords, values)
    }
}
