/// How to reach a cluster. The command fills it from the environment or files; nothing in here is ever printed whole.
package struct OpenSearchSettings: Sendable {
    /// `http://` or `https://` addresses, each possibly with `user:password@`, which counts for that address alone.
    package var urls: [String]
    /// For addresses that carry no user of their own.
    package var user: String?
    package var password: String?
    /// PEM file with the authorities to trust instead of the system's.
    package var caFile: String?
    /// Accepts any certificate. Never the default.
    package var insecure: Bool
    package var timeouts: OpenSearchTimeouts

    package init(
        urls: [String], user: String? = nil, password: String? = nil, caFile: String? = nil, insecure: Bool = false,
        timeouts: OpenSearchTimeouts = OpenSearchTimeouts()
    ) {
        self.urls = urls
        self.user = user
        self.password = password
        self.caFile = caFile
        self.insecure = insecure
        self.timeouts = timeouts
    }

    /// Splits the value of `OPENSEARCH_URL`: addresses separated by commas or blanks.
    package static func addresses(in text: String) -> [String] {
        text.split { $0 == "," || $0.isWhitespace }.map(String.init)
    }
}

/// How long each part of a request may take. There is no limit for a whole request, which may be a large one.
package struct OpenSearchTimeouts: Sendable, Hashable {
    /// Name resolution, TCP and TLS together.
    package var connect: Duration = .seconds(10)
    /// From the last byte of the request to the first one of the answer.
    package var firstByte: Duration = .seconds(30)
    /// The same for `_bulk`.
    package var bulkFirstByte: Duration = .seconds(90)
    /// The same for calls that wait for work of the whole index: refresh, flush.
    package var slowFirstByte: Duration = .seconds(300)
    /// Without a byte moving, in the middle of a request or an answer.
    package var stall: Duration = .seconds(30)
    /// Of a whole request; of a bulk request, whose body may be 100 MB on a slow link, six times as long.
    package var total: Duration = .seconds(600)

    package init() {}
}

/// An address that cannot be used; never with its user and password.
package struct InvalidAddress: Error, Hashable {
    package let address: String
    package let reason: String
}
