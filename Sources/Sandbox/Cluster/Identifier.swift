/// Random identifiers in the form OpenSearch gives them: URL-safe base64 without padding.
enum Identifier {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// 22 characters, as a UUID of an index has.
    static func uuid() -> String { random(22) }

    /// 20 characters, as an `_id` that OpenSearch makes has.
    static func documentID() -> String { random(20) }

    private static func random(_ count: Int) -> String {
        String(decoding: (0..<count).map { _ in alphabet[Int.random(in: 0..<64)] }, as: UTF8.self)
    }
}
