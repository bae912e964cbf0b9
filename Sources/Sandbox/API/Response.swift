/// One answer before it is written.
struct Response: Sendable, Equatable {
    enum Body: Sendable, Equatable {
        case json(JSON)
        case text(String, contentType: String)
        case bytes([UInt8])
        case empty
    }

    var status: Int
    var body: Body
    /// Further headers, such as `WWW-Authenticate`.
    var headers: [String: String] = [:]

    init(_ status: Int = 200, _ json: JSON) { (self.status, body) = (status, .json(json)) }

    init(status: Int, body: Body, headers: [String: String] = [:]) {
        (self.status, self.body, self.headers) = (status, body, headers)
    }

    init(_ error: APIError) { self.init(error.status, error.json) }

    /// `{"acknowledged":true}`
    static let acknowledged = Response(200, ["acknowledged": true])

    /// The bytes to send.
    var bytes: [UInt8] {
        switch body {
        case .json(let json): JSONWriter.bytes(json)
        case .text(let text, _): Array(text.utf8)
        case .bytes(let bytes): bytes
        case .empty: []
        }
    }

    var contentType: String? {
        switch body {
        case .json, .bytes: "application/json; charset=UTF-8"
        case .text(_, let type): type
        case .empty: nil
        }
    }
}
