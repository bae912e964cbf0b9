/// Why a row has no action line.
struct ActionProblem {
    enum Part { case id, routing, version }

    let part: Part
    let problem: IdentityProblem
}

/// The line before a document: `{"index":{"_id":"42","version":1763850000000000,"version_type":"external_gte"}}`.
struct ActionLine {
    private let id: [EncodingStep]
    private let routing: EncodingStep?
    private let version: EncodingStep?
    /// From `"version":` to the newline, which is the same for all rows of an epoch.
    private let tail: [UInt8]

    init(id: [EncodingStep], routing: EncodingStep?, version: EncodingStep?, epoch: Epoch) {
        self.id = id
        self.routing = routing
        self.version = version
        let number = version == nil ? String(epoch.version) : ""
        let opening = version == nil ? ",\"version\":" + number : ""
        tail =
            Array((opening + ",\"version_type\":\"external_gte\"}}\n").utf8)
            + [UInt8](repeating: 0, count: ByteCursor.overrun)
    }

    func write(of fields: UnsafePointer<FieldBytes>, to writer: inout ValueWriter) -> ActionProblem? {
        writer.makeRoom(64)
        writer.out.put("{\"index\":{\"_id\":\"")
        let idStart = writer.position
        if let problem = unsafe writer.identity(id, of: fields) { return ActionProblem(part: .id, problem: problem) }
        let idEnd = writer.position
        var routingRange = idEnd..<idEnd
        writer.makeRoom(64)
        writer.out.put(UInt8(ascii: "\""))
        // An empty routing is none, as OpenSearch itself takes it.
        if let routing, let value = unsafe BinaryValue(fields[Int(routing.column)]), value.count > 0 {
            writer.out.put(",\"routing\":\"")
            let start = writer.position
            if let problem = writer.routing(value, as: routing) {
                return ActionProblem(part: .routing, problem: problem)
            }
            routingRange = start..<writer.position
            writer.makeRoom(16)
            writer.out.put(UInt8(ascii: "\""))
        }
        writer.hashKey(id: idStart..<idEnd, routing: routingRange)
        if let version {
            guard unsafe putVersion(version, fields, &writer) else {
                return ActionProblem(part: .version, problem: .value(0))
            }
        }
        writer.makeRoom(tail.count)
        unsafe tail.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe writer.out.put(paddedFrom: start, count: bytes.count - ByteCursor.overrun)
        }
        return nil
    }

    /// OpenSearch fails a whole request for one negative version.
    private func putVersion(
        _ step: EncodingStep, _ fields: UnsafePointer<FieldBytes>, _ writer: inout ValueWriter
    ) -> Bool {
        guard let value = unsafe BinaryValue(fields[Int(step.column)]), value.count > 0, value[0] & 0x80 == 0 else {
            return false
        }
        writer.makeRoom(ValueWriter.room(forValueOf: 0))
        writer.out.put(",\"version\":")
        return writer.write(value, as: step) == .written
    }
}
