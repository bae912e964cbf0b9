import ReindexCore

extension Benchmark {
    /// Items put into a body, and some of them copied out of it for a retry.
    static var bodies: [Benchmark] {
        [
            Benchmark(name: "body/append-items") {
                let item = Array(plainBody(1).utf8)
                let memory = BlockMemory()
                return Work(itemCount: 1000, byteCount: 1000 * item.count) { keep(body(of: item, 1000, memory)) }
            },
            Benchmark(name: "body/subset-for-retry") {
                let whole = sentBody(1000)
                let items = Array(stride(from: 0, to: 1000, by: 2))
                return Work(itemCount: items.count, byteCount: whole.byteCount / 2) { keep(whole.subset(items)) }
            },
        ]
    }

    /// The answer to a request of 1,000 items.
    static var responses: [Benchmark] {
        [
            response("all-indexed") { _ in #""status":201"# },
            response("one-in-10-superseded") {
                $0 % 10 > 0
                    ? #""status":200"#
                    : #""status":409,"error":{"type":"version_conflict_engine_exception","reason":"["# + String($0)
                        + #"]: version conflict, current version [1764] is higher than the one provided [1763]"}"#
            },
            response("all-refused-by-a-full-queue") { _ in
                #""status":429,"error":{"type":"rejected_execution_exception","reason":"rejected execution"}"#
            },
        ]
    }

    /// 1,000 batches, acknowledged in their order and in a shuffled one with at most 8 out.
    static var watermarks: [Benchmark] {
        [
            watermark("in-order", shuffled: false), watermark("shuffled", shuffled: true),
        ]
    }

    private static func response(_ name: String, status: @escaping (Int) -> String) -> Benchmark {
        Benchmark(name: "response/\(name)") {
            let sent = try encodedBody(1000)
            let items = (0..<1000).map { #"{"index":{"_id":"\#($0)",\#(status($0))}}"# }
            let answer = Array(#"{"took":30,"errors":false,"items":[\#(items.joined(separator: ","))]}"#.utf8)
            precondition((try? BulkResponse(reading: answer, sent: sent, items: 0..<1000)) != nil, "a whole answer")
            return Work(itemCount: 1000, byteCount: answer.count) {
                let read = try? BulkResponse(reading: answer, sent: sent, items: 0..<1000)
                for item in read?.items ?? [] {
                    keep(ItemVerdict(status: item.status, error: item.error, newestEpoch: Epoch(version: 1763)))
                }
            }
        }
    }

    private static func watermark(_ name: String, shuffled: Bool) -> Benchmark {
        Benchmark(name: "watermark/\(name)") {
            let places = (0..<1000).map { KeyPlace(values: [Binary.integer(Int64($0))], text: [String($0)]) }
            var random = Random(state: 42)
            let picks = places.map { _ in shuffled ? random.below(8) : 0 }
            return Work(itemCount: 1000, byteCount: 0) {
                var mark = Watermark<KeyPlace>()
                var tickets: [Watermark<KeyPlace>.Ticket] = []
                for (place, pick) in zip(places, picks) {
                    tickets.append(mark.batchSent(endingAt: place))
                    guard tickets.count == 8 else { continue }
                    keep(mark.batchAcknowledged(tickets.remove(at: pick), counts: DocumentCounts()))
                }
                while let ticket = tickets.popLast() {
                    keep(mark.batchAcknowledged(ticket, counts: DocumentCounts()))
                }
            }
        }
    }

    private static func plainBody(_ id: Int) -> String {
        #"{"index":{"_id":"\#(id)","version":1763850000000000,"version_type":"external_gte"}}"# + "\n"
            + #"{"title":""# + String(repeating: "some words ", count: 80) + #""}"# + "\n"
    }

    private static func sentBody(_ count: Int) -> BulkBody {
        let body = BulkBody(capacity: 1 << 20)
        for id in 0..<count { append(Array(plainBody(id).utf8), to: body) }
        return body
    }

    /// As a run sends it: with the hashes of its keys.
    private static func encodedBody(_ count: Int) throws -> BulkBody {
        let description = SourceDescription(benchmarking: [Column(name: "id", type: .base("int8"))])
        let template = try DocumentTemplate(
            description: description, rules: DocumentRules(), keyHash: DocumentHash(seed: 42))
        let rows = FixedRows((0..<count).map { [Binary.integer(Int64($0))] })
        return template.encode(RowBatch(benchmarking: rows)).body
    }

    private static func body(of item: [UInt8], _ count: Int, _ memory: BlockMemory) -> BulkBody {
        let body = BulkBody(capacity: 1 << 20, from: memory)
        for _ in 0..<count { append(item, to: body) }
        return body
    }

    private static func append(_ item: [UInt8], to body: BulkBody) {
        let room = body.reserve(item.count)
        item.withUnsafeBufferPointer { room.update(from: $0.baseAddress ?? UnsafePointer(room), count: item.count) }
        body.fill(upTo: room + item.count)
        body.endItem()
    }
}
