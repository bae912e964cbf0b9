/// Gathers single documents out of many batches into bodies, and sends them while the next ones are gathered.
///
/// Used by one task. Order of one document's writes: a body is sent as a whole, and no document is gathered twice.
final class DocumentWriter {
    private let sender: BulkSender
    private let bodyByteCount: Int
    private var body: BulkBody
    private var out: [Task<BulkSender.Outcome, any Error>] = []
    private(set) var counts = DocumentCounts()
    private(set) var rejections: [Rejection] = []

    private static let bodiesOut = 3

    init(sender: BulkSender, bodyByteCount: Int) {
        self.sender = sender
        self.bodyByteCount = bodyByteCount
        body = BulkBody(capacity: bodyByteCount)
    }

    /// What OpenSearch is to make sure of before it writes or deletes.
    enum Condition {
        /// The item's own: an external version.
        case asEncoded
        /// Nobody wrote it since.
        case unchanged(IndexScan.Listed)
        /// It is not there.
        case absent
    }

    func write(item: Int, of batch: BulkBody, _ condition: Condition) async throws {
        switch condition {
        case .asEncoded: unsafe batch.withBytes(ofItems: item..<item + 1) { unsafe put($0) }
        case .unchanged(let listed): rewrite(item, of: batch, action: "index", Self.unchanged(listed))
        case .absent: rewrite(item, of: batch, action: "create", "")
        }
        body.endItem()
        try await sendIfFull()
    }

    /// Deletes escape the writer alias, and are fenced by what they delete.
    func delete(_ key: DocumentKey, _ listed: IndexScan.Listed) async throws {
        let id = String(decoding: JSONValue.string(key.text).bytes, as: UTF8.self)
        let routing = key.routingText.map {
            ",\"routing\":" + String(decoding: JSONValue.string($0).bytes, as: UTF8.self)
        }
        put("{\"delete\":{\"_id\":\(id)\(routing ?? "")\(Self.unchanged(listed))}}\n")
        body.endItem()
        try await sendIfFull()
    }

    /// Sends what is left and waits for every answer.
    func finish() async throws {
        if body.itemCount > 0 { send() }
        while !out.isEmpty { try await collect() }
    }

    /// Nothing more is to be sent: what is on its way is given up.
    func cancel() {
        for task in out { task.cancel() }
    }

    private static func unchanged(_ listed: IndexScan.Listed) -> String {
        ",\"if_seq_no\":\(listed.sequenceNumber),\"if_primary_term\":\(listed.primaryTerm)"
    }

    private func rewrite(_ item: Int, of batch: BulkBody, action: StaticString, _ condition: String) {
        unsafe batch.withItem(item) { parts in
            put("{\"\(action)\":{\"_id\":\"")
            unsafe put(parts.id)
            put("\"")
            if let routing = unsafe parts.routing {
                put(",\"routing\":\"")
                unsafe put(routing)
                put("\"")
            }
            put("\(condition)}}\n")
            unsafe put(parts.source)
            put("\n")
        }
    }

    private func put(_ text: String) {
        var text = text
        text.withUTF8 { bytes in unsafe put(bytes) }
    }

    private func put(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        let room = unsafe body.reserve(bytes.count)
        unsafe room.update(from: start, count: bytes.count)
        unsafe body.fill(upTo: room + bytes.count)
    }

    private func sendIfFull() async throws {
        guard body.byteCount >= bodyByteCount else { return }
        if out.count == Self.bodiesOut { try await collect() }
        send()
    }

    private func send() {
        let batch = EncodedBatch(body: body, rejections: [], replacedValues: 0)
        out.append(Task { [sender] in try await sender.send(batch) })
        body = BulkBody(capacity: bodyByteCount)
    }

    private func collect() async throws {
        let outcome = try await withTaskCancellationHandler {
            try await out[0].value
        } onCancel: { [first = out[0]] in
            first.cancel()
        }
        out.removeFirst()
        counts.add(outcome.counts)
        rejections += outcome.rejections
    }
}
