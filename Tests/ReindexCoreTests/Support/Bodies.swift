import ReindexCore

extension BulkBody {
    /// Items with these ids, escaped as a encoder would, and a document of some bytes each.
    static func of(_ ids: [String], documentBytes: Int = 2, version: Int64 = 7) -> BulkBody {
        let body = BulkBody(capacity: 16)
        for id in ids {
            let filler = String(repeating: "x", count: max(0, documentBytes - 8))
            body.append(
                "{\"index\":{\"_id\":\(id.quoted),\"version\":\(version),\"version_type\":\"external_gte\"}}\n"
                    + "{\"f\":\"\(filler)\"}\n")
        }
        return body
    }

    func append(_ item: String) {
        let bytes = Array(item.utf8)
        let room = reserve(bytes.count)
        room.update(from: bytes, count: bytes.count)
        fill(upTo: room + bytes.count)
        endItem()
    }

    func text(ofItems items: Range<Int>) -> String {
        withBytes(ofItems: items) { String(decoding: $0, as: UTF8.self) }
    }

    func ids(ofItems items: Range<Int>) -> [String] { items.map { unescapedID(ofItem: $0) ?? "?" } }
}

extension String {
    /// As a JSON string.
    var quoted: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

/// What OpenSearch would answer for one item.
struct ItemAnswer: Sendable {
    var status: Int
    var type: String?
    var reason = ""

    static let created = ItemAnswer(status: 201)
    static let throttled = ItemAnswer(
        status: 429, type: "rejected_execution_exception", reason: "rejected execution of coordinating operation")

    func json(id: String) -> String {
        let error = type.map { ",\"error\":{\"type\":\($0.quoted),\"reason\":\(reason.quoted)}" } ?? ""
        return "{\"index\":{\"_id\":\(id.quoted),\"status\":\(status)\(error)}}"
    }
}

extension BulkReply {
    static func items(_ answers: [(id: String, answer: ItemAnswer)]) -> BulkReply {
        let errors = answers.contains { $0.answer.type != nil }
        let items = answers.map { $0.answer.json(id: $0.id) }.joined(separator: ",")
        return BulkReply(
            status: 200, body: Array("{\"took\":3,\"errors\":\(errors),\"items\":[\(items)]}".utf8),
            elapsed: .milliseconds(3))
    }

    static func status(_ status: Int, body: String = "", retryAfter: Duration? = nil) -> BulkReply {
        BulkReply(status: status, body: Array(body.utf8), retryAfter: retryAfter, elapsed: .milliseconds(1))
    }
}
