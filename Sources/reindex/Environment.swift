internal import FoundationEssentials
internal import OpenSearchIndex
internal import PostgresRows

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What the process's environment says; secrets come from here or from files, never from flags.
struct Environment: Sendable {
    let variables: [String: String]

    static let current = Environment(variables: ProcessInfo.processInfo.environment)

    var postgres: PostgresSettings {
        PostgresSettings(url: value("DATABASE_URL"), passwordCommand: value("DATABASE_PASSWORD_COMMAND"))
    }

    func openSearch(insecure: Bool) throws -> OpenSearchSettings {
        guard let url = value("OPENSEARCH_URL") else {
            throw Message.Carrier(
                message: Message(
                    .usage, "OPENSEARCH_URL is not set",
                    "several addresses of one cluster are separated by commas: OPENSEARCH_URL=http://127.0.0.1:9200"))
        }
        return OpenSearchSettings(
            urls: OpenSearchSettings.addresses(in: url), user: try secret("OPENSEARCH_USER"),
            password: try secret("OPENSEARCH_PASSWORD"), caFile: value("OPENSEARCH_CA"), insecure: insecure)
    }

    /// `NAME`, or the first line of the file that `NAME_FILE` names.
    private func secret(_ name: String) throws -> String? {
        if let value = value(name) { return value }
        guard let path = value(name + "_FILE") else { return nil }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw Message.Carrier(message: Message(.usage, "\(name)_FILE cannot be read", path))
        }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    /// Empty counts as not set.
    private func value(_ name: String) -> String? {
        variables[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&bytes, bytes.count - 1) == 0 else { return "unknown" }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static var processID: Int { Int(getpid()) }
}
