import Synchronization
import Testing

@testable import ReindexCore

/// Answers each request as a closure says; what was asked is kept.
final class ScriptedBulkSink: BulkSink {
    typealias Answer = @Sendable (_ request: Int, _ ids: [String], _ byteCount: Int) -> Result<BulkReply, TargetError>

    private let requests = Mutex<[[String]]>([])
    private let answer: Answer
    private let working: @Sendable (_ question: Int) -> Result<Bool?, TargetError>
    private let questions = Mutex<[(label: String, requests: Int)]>([])

    /// - Parameter working: what is answered to the first, second, … question whether a request is still worked on.
    init(
        working: @escaping @Sendable (_ question: Int) -> Result<Bool?, TargetError> = { _ in .success(false) },
        _ answer: @escaping Answer
    ) {
        self.answer = answer
        self.working = working
    }

    /// How many requests had been sent at each question whether one is worked on.
    var asksWhileWorking: [Int] { questions.withLock { $0.map(\.requests) } }

    /// The ids of each request so far.
    var asked: [[String]] { requests.withLock { $0 } }

    var isOnLoopback: Bool { true }
    func isWorking(on label: String) async throws(TargetError) -> Bool? {
        let asked = questions.withLock { questions in
            questions.append((label, requests.withLock(\.count)))
            return questions.count
        }
        return try working(asked).get()
    }

    func send(
        _ body: BulkBody, items: Range<Int>, to destination: BulkDestination, label: String
    ) async throws(TargetError) -> BulkReply {
        let ids = body.ids(ofItems: items)
        let number = requests.withLock {
            $0.append(ids)
            return $0.count - 1
        }
        await Task.yield()
        return try answer(number, ids, body.byteRange(ofItems: items).count).get()
    }

    static func all(_ ids: [String], _ answer: ItemAnswer = .created) -> Result<BulkReply, TargetError> {
        .success(.items(ids.map { ($0, answer) }))
    }

    static let noAnswer = TargetError(.incompleteAnswer, doing: "sending", message: "cut", address: "scripted")
}

@Suite(.timeLimit(.minutes(5))) struct BulkSenderTests {
    let clock = VirtualClock()
    let stop = StopRequest()
    let limits = SendLimits(maxPermits: 4)

    private func sender(
        limits: SendLimits? = nil, patience: Duration = .seconds(600), keepsBodies: Bool = false,
        _ sink: ScriptedBulkSink
    ) -> BulkSender {
        var retry = RetryPolicy()
        retry.patience = patience
        return BulkSender(
            sink: sink, destination: BulkDestination(writerAlias: "w", pipeline: nil, compresses: false),
            limits: limits ?? self.limits,
            options: .init(retry: retry, clocks: clock.clocks, stop: stop, keepsRejectedBodies: keepsBodies),
            progress: Progress(clocks: clock.clocks), newestEpoch: { Epoch(version: 1000) })
    }

    private func batch(_ ids: [String], documentBytes: Int = 10) -> EncodedBatch {
        EncodedBatch(body: .of(ids, documentBytes: documentBytes), rejections: [], replacedValues: 0)
    }

    @Test func `items that were throttled are sent again alone`() async throws {
        let sink = ScriptedBulkSink { request, ids, _ in
            .success(.items(ids.map { ($0, request == 0 && ["b", "d"].contains($0) ? .throttled : .created) }))
        }
        let outcome = try await sender(sink).send(batch(["a", "b", "c", "d"]))
        #expect(sink.asked == [["a", "b", "c", "d"], ["b", "d"]])
        #expect(outcome.counts.acknowledged == 4 && outcome.rejections.isEmpty)
        #expect(clock.sleeps.count == 1, "an item's 429 is back pressure too")
        #expect(limits.permits == 2)
    }

    @Test func `what the server still works on is not sent again`() async throws {
        let sink = ScriptedBulkSink(working: { .success($0 < 4) }) { request, ids, _ in
            request == 0 ? .failure(ScriptedBulkSink.noAnswer) : ScriptedBulkSink.all(ids)
        }
        let outcome = try await sender(sink).send(batch(["a", "b"]))
        #expect(outcome.counts.acknowledged == 2 && sink.asked.count == 2)
        #expect(sink.asksWhileWorking == [1, 1, 1, 1], "four questions before the second request")
        #expect(limits.permits == 4, "a lost answer says nothing of the load")
    }

    @Test func `work that never ends is waited for within the patience`() async throws {
        let sink = ScriptedBulkSink(working: { _ in .success(true) }) { _, _, _ in
            .failure(ScriptedBulkSink.noAnswer)
        }
        await #expect {
            _ = try await sender(patience: .seconds(20), sink).send(batch(["a"]))
        } throws: {
            if case RunError.patienceOver = $0 { true } else { false }
        }
        #expect(sink.asked.count == 1)
    }

    @Test(arguments: [nil, false] as [Bool?]) func `who may not ask, or gets no answer, sends again`(
        answer: Bool?
    ) async throws {
        let sink = ScriptedBulkSink(
            working: { _ in answer == nil ? .success(nil) : .failure(ScriptedBulkSink.noAnswer) },
            { request, ids, _ in
                request < 3 ? .failure(ScriptedBulkSink.noAnswer) : ScriptedBulkSink.all(ids)
            })
        #expect(try await sender(sink).send(batch(["a"])).counts.acknowledged == 1)
        #expect(sink.asked.count == 4)
    }

    @Test func `a whole 429 waits as long as the server asks`() async throws {
        let sink = ScriptedBulkSink { request, ids, _ in
            request == 0 ? .success(.status(429, retryAfter: .seconds(9))) : ScriptedBulkSink.all(ids)
        }
        let outcome = try await sender(sink).send(batch(["a", "b"]))
        #expect(outcome.counts.acknowledged == 2)
        #expect(clock.sleeps == [.seconds(9)])
        #expect(limits.permits == 2)
    }

    @Test func `Amazon's 403 Request throttled is back pressure, any other 403 stops`() async throws {
        let sink = ScriptedBulkSink { request, ids, _ in
            request == 0
                ? .success(.status(403, body: "403 Request throttled due to too many requests"))
                : ScriptedBulkSink.all(ids)
        }
        #expect(try await sender(sink).send(batch(["a"])).counts.acknowledged == 1)
        let refusing = ScriptedBulkSink { _, _, _ in
            .success(.status(403, body: #"{"error":{"type":"security_exception","reason":"no permissions"}}"#))
        }
        await #expect {
            _ = try await sender(refusing).send(batch(["a"]))
        } throws: {
            if case RunError.bulkRefused(403, "security_exception", "no permissions") = $0 { true } else { false }
        }
        #expect(refusing.asked.count == 1)
    }

    @Test(arguments: [1, 2, 3, 7, 64]) func `a 413 is halved down to the one document that is too large`(count: Int)
        async throws
    {
        let ids = (0..<count).map { "\($0)" }
        let tooLarge = "\(count / 2)"
        let sink = ScriptedBulkSink { _, ids, _ in
            ids.contains(tooLarge) ? .success(.status(413)) : ScriptedBulkSink.all(ids)
        }
        let outcome = try await sender(sink).send(batch(ids))
        #expect(outcome.counts.acknowledged == count && outcome.counts.rejected == 1)
        #expect(outcome.rejections.map(\.id) == [tooLarge])
        #expect(outcome.rejections.map(\.type) == ["request_too_large"])
        #expect(sink.asked.count <= 2 * 7 + 1, "halving, not one by one")
        #expect(clock.sleeps.isEmpty, "size is not load")
    }

    @Test func `the ceiling that a 413 taught holds for the next batch`() async throws {
        let sink = ScriptedBulkSink { _, ids, byteCount in
            byteCount > 3000 ? .success(.status(413)) : ScriptedBulkSink.all(ids)
        }
        let ids = (0..<40).map { "\($0)" }
        _ = try await sender(sink).send(batch(ids, documentBytes: 100))
        let first = sink.asked.count
        let outcome = try await sender(sink).send(batch(ids, documentBytes: 100))
        #expect(outcome.counts.acknowledged == 40 && outcome.counts.rejected == 0)
        #expect(limits.ceiling <= 3000)
        #expect(sink.asked.count - first <= first && sink.asked.dropFirst(first).joined().count == 40)
    }

    @Test func `a body over the ceiling goes in pieces, in order, each item once`() async throws {
        let sink = ScriptedBulkSink { _, ids, _ in ScriptedBulkSink.all(ids) }
        let ids = (0..<30).map { "\($0)" }
        let outcome = try await sender(limits: SendLimits(ceiling: 1000), sink).send(batch(ids, documentBytes: 200))
        #expect(sink.asked.count > 5 && Array(sink.asked.joined()) == ids)
        #expect(outcome.counts.acknowledged == 30)
    }

    @Test(arguments: [500, 502, 503, 504, 408]) func `a server's trouble is waited out`(status: Int) async throws {
        let sink = ScriptedBulkSink { request, ids, _ in
            request < 3 ? .success(.status(status, body: "<html>")) : ScriptedBulkSink.all(ids)
        }
        #expect(try await sender(sink).send(batch(["a"])).counts.acknowledged == 1)
        #expect(clock.sleeps.count == 3)
        #expect(limits.permits == 4, "a broken server is no back pressure")
    }

    @Test func `a lost, cut or strange answer means that nothing is known, and all is sent again`() async throws {
        let sink = ScriptedBulkSink { request, ids, _ in
            let full = BulkReply.items(ids.map { ($0, .created) })
            switch request {
            case 0: return .failure(ScriptedBulkSink.noAnswer)
            case 1: return .success(.status(200, body: String(decoding: full.body.dropLast(9), as: UTF8.self)))
            case 2: return .success(.items(ids.dropLast().map { ($0, .created) }))
            case 3: return .success(.items(ids.reversed().map { ($0, .created) }))
            case 4: return .success(.status(200, body: "{}"))
            case 5: return .success(.status(200))
            default: return .success(full)
            }
        }
        let outcome = try await sender(sink).send(batch(["a", "b", "c"]))
        #expect(outcome.counts.acknowledged == 3)
        #expect(sink.asked.count == 7 && sink.asked.allSatisfy { $0 == ["a", "b", "c"] })
    }

    @Test func `an item's refusal names the document, and keeps its body when asked`() async throws {
        let refusal = ItemAnswer(status: 400, type: "mapper_parsing_exception", reason: "failed to parse field [n]")
        let sink = ScriptedBulkSink { _, ids, _ in
            .success(.items(ids.map { ($0, $0 == "b\"1" ? refusal : .created) }))
        }
        let plain = try await sender(sink).send(batch(["a", "b\"1"]))
        #expect(plain.rejections.map(\.id) == ["b\"1"] && plain.rejections[0].body == nil)
        #expect(plain.rejections[0].reason == "failed to parse field [n]")
        #expect(plain.counts.acknowledged == 2 && plain.counts.rejected == 1)
        let kept = try await sender(keepsBodies: true, sink).send(batch(["a", "b\"1"]))
        #expect(kept.rejections[0].body?.hasPrefix(#"{"index":{"_id":"b\"1""#) == true)
    }

    @Test func `rows that could not be encoded count as acknowledged and rejected`() async throws {
        let sink = ScriptedBulkSink { _, ids, _ in ScriptedBulkSink.all(ids) }
        let rejection = Rejection(id: nil, key: ["1"], type: "id_too_long", reason: "r")
        let outcome = try await sender(sink).send(
            EncodedBatch(body: .of([]), rejections: [rejection], replacedValues: 3))
        #expect(sink.asked.isEmpty, "nothing to send is not sent")
        #expect(outcome.counts.acknowledged == 1 && outcome.counts.rejected == 1 && outcome.counts.replacedValues == 3)
    }

    @Test func `a later reading in the index is superseded, a version above ours is somebody else's`() async throws {
        func answering(_ version: Int64) -> ScriptedBulkSink {
            ScriptedBulkSink { _, ids, _ in
                ScriptedBulkSink.all(
                    ids,
                    ItemAnswer(
                        status: 409, type: "version_conflict_engine_exception",
                        reason:
                            "[a]: version conflict, current version [\(version)] is higher than the one provided [7]"))
            }
        }
        let outcome = try await sender(answering(1000)).send(batch(["a"]))
        #expect(outcome.counts.acknowledged == 1 && outcome.counts.superseded == 1)
        await #expect {
            _ = try await sender(answering(1001)).send(batch(["a"]))
        } throws: {
            if case RunError.foreignWriter("a", 1001, Epoch(version: 1000)) = $0 { true } else { false }
        }
    }

    @Test func `a fence that held ends the batch at once`() async throws {
        let gone = ItemAnswer(status: 404, type: "index_not_found_exception", reason: "no such index [w]")
        let sink = ScriptedBulkSink { _, ids, _ in ScriptedBulkSink.all(ids, gone) }
        await #expect {
            _ = try await sender(sink).send(batch(["a"]))
        } throws: {
            if case RunError.fenced = $0 { true } else { false }
        }
        #expect(sink.asked.count == 1)
    }

    @Test func `a block is waited out until the patience is over`() async throws {
        let block = ItemAnswer(
            status: 429, type: "cluster_block_exception",
            reason: "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark")
        let sink = ScriptedBulkSink { _, ids, _ in ScriptedBulkSink.all(ids, block) }
        await #expect {
            _ = try await sender(patience: .seconds(60), sink).send(batch(["a"]))
        } throws: {
            if case RunError.patienceOver(let waited, let last) = $0 {
                waited >= .seconds(60) && waited < .seconds(80) && last.contains("flood-stage")
            } else {
                false
            }
        }
        #expect(limits.permits == 4, "a full disk is not cured by sending less")
    }

    @Test func `progress of any item begins the patience anew`() async throws {
        let ids = (0..<30).map { "\($0)" }
        let sink = ScriptedBulkSink { [clock] _, ids, _ in
            clock.advance(.seconds(30))
            return .success(.items(ids.enumerated().map { ($1, $0 == 0 ? .created : .throttled) }))
        }
        let outcome = try await sender(patience: .seconds(60), sink).send(batch(ids))
        #expect(outcome.counts.acknowledged == 30 && clock.now > .seconds(800))
    }

    @Test func `after a stop a batch in trouble is tried a few times more and given up`() async throws {
        let sink = ScriptedBulkSink { [stop] request, _, _ in
            if request == 0 { stop.request(.signal) }
            return .success(.status(429, retryAfter: .seconds(600)))
        }
        await #expect {
            _ = try await sender(sink).send(batch(["a"]))
        } throws: {
            if case RunError.interrupted(.signal) = $0 { true } else { false }
        }
        #expect(sink.asked.count > 1 && sink.asked.count < 8)
        #expect(clock.now < .seconds(10), "a Retry-After of minutes is not waited for")
    }

    /// Whatever the answers, each row is counted once, and what was acknowledged as indexed was taken by the index.
    @Test(arguments: 0..<150) func `under random faults each row is counted exactly once`(seed: Int) async throws {
        struct Index {
            var generator: SplitMix
            var taken: Set<String> = []
            var troubles = 0
        }
        let index = Mutex(Index(generator: SplitMix(seed: seed)))
        let refused = Set((0..<40).filter { $0 % 11 == seed % 11 }.map { "id-\($0)" })
        let sink = ScriptedBulkSink { _, ids, byteCount in
            index.withLock { index in
                index.troubles += 1
                // Trouble ends some time, as the patience would otherwise.
                switch index.troubles > 60 ? 9 : Int.random(in: 0..<10, using: &index.generator) {
                case 0: return .success(.status([429, 503, 500, 408][Int.random(in: 0..<4, using: &index.generator)]))
                case 1: return .failure(ScriptedBulkSink.noAnswer)
                case 2 where byteCount > 400: return .success(.status(413))
                default: break
                }
                let answers = ids.map { id -> (id: String, answer: ItemAnswer) in
                    if index.troubles <= 60, Int.random(in: 0..<4, using: &index.generator) == 0 {
                        return (id, .throttled)
                    }
                    if refused.contains(id) { return (id, ItemAnswer(status: 400, type: "mapper_parsing_exception")) }
                    index.taken.insert(id)
                    return (id, .created)
                }
                let reply = BulkReply.items(answers)
                // Done, and the answer lost, cut, or of other items.
                switch index.troubles > 60 ? 9 : Int.random(in: 0..<10, using: &index.generator) {
                case 0: return .failure(ScriptedBulkSink.noAnswer)
                case 1:
                    let end = Int.random(in: 0..<reply.body.count, using: &index.generator)
                    return .success(.status(200, body: String(decoding: reply.body[..<end], as: UTF8.self)))
                case 2: return .success(.items(answers + [("more", .created)]))
                default: return .success(reply)
                }
            }
        }
        let ids = (0..<40).map { "id-\($0)" }
        let outcome = try await sender(limits: SendLimits(ceiling: 2000), sink).send(batch(ids, documentBytes: 80))
        #expect(outcome.counts.acknowledged == 40, "seed \(seed)")
        #expect(outcome.counts.rejected == refused.count && outcome.rejections.count == refused.count, "seed \(seed)")
        #expect(Set(outcome.rejections.compactMap(\.id)) == refused, "seed \(seed)")
        #expect(index.withLock(\.taken) == Set(ids).subtracting(refused), "seed \(seed)")
    }
}
