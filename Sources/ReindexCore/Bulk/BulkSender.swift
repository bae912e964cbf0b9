/// Sends one batch until each of its items has its verdict: the only place that decides about sending again.
///
/// A permit is held from the first request to the last verdict, back-off included, so retrying batches cannot pile up.
/// States of a piece (some items of a body): to send → answered | to wait, then to send | split in two (413) → done.
/// Owner of the batch's body until it returns.
package struct BulkSender: Sendable {
    private let sink: any BulkSink
    private let destination: BulkDestination
    private let limits: SendLimits
    private let options: Options
    private let progress: Progress
    private let newestEpoch: @Sendable () -> Epoch
    private let mayWrite: @Sendable () async throws -> Void
    private let mayBegin: @Sendable (_ documents: Int) async throws -> Void

    package struct Options: Sendable {
        package var retry: RetryPolicy
        package var clocks: Clocks
        package var stop: StopRequest
        package var keepsRejectedBodies: Bool

        package init(retry: RetryPolicy, clocks: Clocks, stop: StopRequest, keepsRejectedBodies: Bool) {
            self.retry = retry
            self.clocks = clocks
            self.stop = stop
            self.keepsRejectedBodies = keepsRejectedBodies
        }
    }

    package init(
        sink: any BulkSink, destination: BulkDestination, limits: SendLimits, options: Options, progress: Progress,
        newestEpoch: @escaping @Sendable () -> Epoch, mayWrite: @escaping @Sendable () async throws -> Void = {},
        mayBegin: @escaping @Sendable (_ documents: Int) async throws -> Void = { _ in }
    ) {
        self.sink = sink
        self.destination = destination
        self.limits = limits
        self.options = options
        self.progress = progress
        self.newestEpoch = newestEpoch
        self.mayWrite = mayWrite
        self.mayBegin = mayBegin
    }

    /// What became of a batch: each of its rows is counted once.
    package struct Outcome: Sendable {
        package var counts = DocumentCounts()
        package var rejections: [Rejection] = []
        /// Those of them that no document could be made of come first.
        fileprivate var unsentCount = 0
        /// What OpenSearch refused.
        var refused: ArraySlice<Rejection> { rejections.dropFirst(unsentCount) }
    }

    private struct Piece {
        let body: BulkBody
        let items: Range<Int>
    }

    /// - Throws: ``RunError`` where the run cannot go on, `CancellationError` where it was ended.
    package func send(_ batch: EncodedBatch) async throws -> Outcome {
        var outcome = Outcome()
        outcome.rejections = batch.rejections
        outcome.unsentCount = batch.rejections.count
        outcome.counts.acknowledged = batch.rejections.count
        outcome.counts.rejected = batch.rejections.count
        outcome.counts.replacedValues = batch.replacedValues
        outcome.counts.bytes = batch.body.byteCount
        try await mayBegin(batch.body.itemCount)
        var trouble = Trouble()
        var pieces = split(batch.body, 0..<batch.body.itemCount)
        while let piece = pieces.popLast() {
            switch try await request(piece) {
            case .answered(let response, let request, let latency):
                let again = try judge(response, of: piece, into: &outcome)
                if again.items.count < piece.items.count { trouble = Trouble() }
                if again.items.isEmpty {
                    limits.requestSucceeded(request, latency: latency, now: options.clocks.now())
                    continue
                } else if again.isThrottled {
                    limits.requestThrottled(request, now: options.clocks.now())
                } else {
                    limits.requestFailed(request)
                }
                try await wait(&trouble, why: again.why, retryAfter: nil)
                let body = piece.body.subset(again.items)
                pieces.append(Piece(body: body, items: 0..<body.itemCount))
            case .tooLarge:
                progress.retried { $0.tooLarge += 1 }
                limits.wasTooLarge(byteCount: piece.body.byteRange(ofItems: piece.items).count)
                if piece.items.count == 1 {
                    let reason = "the document is larger than OpenSearch takes in one request (HTTP 413)"
                    reject(item: piece.items.lowerBound, of: piece, type: "request_too_large", reason, &outcome)
                } else {
                    let middle = piece.items.lowerBound + piece.items.count / 2
                    pieces.append(Piece(body: piece.body, items: middle..<piece.items.upperBound))
                    pieces.append(Piece(body: piece.body, items: piece.items.lowerBound..<middle))
                }
            case .again(let why, let retryAfter, _):
                try await wait(&trouble, why: why, retryAfter: retryAfter)
                pieces.append(piece)
            }
        }
        return outcome
    }

    // MARK: - One request

    private enum Answer {
        case answered(BulkResponse, ConcurrencyLimit.Request, latency: Duration)
        case tooLarge
        case again(why: String, retryAfter: Duration?, isThrottled: Bool)
    }

    /// One that was answered item by item is still to be handed back to the limits: its items say what it was.
    private func request(_ piece: Piece) async throws -> Answer {
        let pause = limits.pause
        if pause > .zero { try await sleep(pause) }
        try await mayWrite()
        let byteCount = piece.body.byteRange(ofItems: piece.items).count
        progress.requestBegan(bytes: byteCount)
        let request = limits.requestBegan(byteCount: byteCount)
        let label = "\(destination.writerAlias)-\(request.number)"
        var destination = destination
        destination.compresses = limits.compresses
        let result = await exchange(piece, to: destination, label)
        progress.requestEnded(bytes: byteCount)
        if case .failure(let error) = result, case .incompleteAnswer = error.kind {
            limits.requestFailed(request)
            progress.retried { $0.transportErrors += 1 }
            try await waitForTheEnd(of: label)
            return .again(why: "OpenSearch: \(error.message)", retryAfter: nil, isThrottled: false)
        }
        let answer = Result { try meaning(of: result, piece, request) }
        switch answer {
        case .success(.answered(let response, _, let latency)):
            limits.requestTook(
                request, isCompressed: destination.compresses, latency: latency,
                took: response.took.map { .milliseconds($0) }, now: options.clocks.now())
        case .success(.again(_, _, isThrottled: true)): limits.requestThrottled(request, now: options.clocks.now())
        default: limits.requestFailed(request)
        }
        return try answer.get()
    }

    private func meaning(
        of result: Result<BulkReply, TargetError>, _ piece: Piece, _ request: ConcurrencyLimit.Request
    ) throws -> Answer {
        let reply: BulkReply
        switch result {
        case .success(let answer): reply = answer
        case .failure(let error):
            guard error.isTransient else { throw error }
            progress.retried { $0.transportErrors += 1 }
            return .again(why: "OpenSearch: \(error.message)", retryAfter: nil, isThrottled: false)
        }
        progress.waited { $0.sending += reply.elapsed.seconds }
        if let block = block(in: reply) {
            progress.retried { $0.serverErrors += 1 }
            return .again(why: "OpenSearch: \(block)", retryAfter: reply.retryAfter, isThrottled: false)
        }
        switch reply.status {
        case 200:
            do {
                let response = try BulkResponse(reading: reply.body, sent: piece.body, items: piece.items)
                return .answered(response, request, latency: reply.elapsed)
            } catch {
                progress.retried { $0.malformedResponses += 1 }
                return .again(why: "OpenSearch's answer: \(error.reason)", retryAfter: nil, isThrottled: false)
            }
        case 413: return .tooLarge
        case 429:
            progress.retried { $0.throttledRequests += 1 }
            return .again(why: "OpenSearch answers 429", retryAfter: reply.retryAfter, isThrottled: true)
        case 408, 500...:
            progress.retried { $0.serverErrors += 1 }
            return .again(why: "OpenSearch answers \(reply.status)", retryAfter: reply.retryAfter, isThrottled: false)
        case 403 where isThrottled(reply):
            progress.retried { $0.throttledRequests += 1 }
            return .again(
                why: "OpenSearch answers 403 Request throttled", retryAfter: reply.retryAfter, isThrottled: true)
        default: throw refusal(of: reply)
        }
    }

    /// A block of the cluster, a full disk's for example, comes as 403, 429 or 503: neither a right nor less load cures it.
    private func block(in reply: BulkReply) -> String? {
        guard reply.status >= 400, let error = (try? JSONValue(parsing: reply.body))?["error"],
            let type = error["type"]?.string, type == "cluster_block_exception"
        else { return nil }
        return "\(type): \(error["reason"]?.string ?? "no reason was given")"
    }

    /// Amazon's service says so where others answer 429: back pressure, not a missing right.
    private func isThrottled(_ reply: BulkReply) -> Bool {
        String(decoding: reply.body.prefix(4096), as: UTF8.self).lowercased().contains("request throttled")
    }

    private func exchange(
        _ piece: Piece, to destination: BulkDestination, _ label: String
    ) async -> Result<BulkReply, TargetError> {
        do throws(TargetError) {
            return .success(try await sink.send(piece.body, items: piece.items, to: destination, label: label))
        } catch {
            return .failure(error)
        }
    }

    /// The answer was lost, or is late: what the server still works on is not sent again, which would only slow it more.
    private func waitForTheEnd(of label: String) async throws {
        let began = options.clocks.now()
        let why = "OpenSearch still works on a request whose answer did not come"
        var isPaused = false
        while await isWorking(on: label) {
            let waited = options.clocks.now() - began
            guard waited < options.retry.patience else { throw RunError.patienceOver(waited: waited, last: why) }
            if let reason = options.stop.reason { throw RunError.interrupted(reason) }
            isPaused = true
            progress.paused(why)
            try await sleep(.milliseconds(500))
        }
        if isPaused { progress.paused(nil) }
    }

    private func isWorking(on label: String) async -> Bool {
        do throws(TargetError) {
            if let isWorking = try await sink.isWorking(on: label) { return isWorking }
            progress.note("_tasks may not be read: a bulk request whose answer is late is sent again at once")
        } catch {
            // Who cannot be asked is not waited for: sending again changes nothing (rule 1).
        }
        return false
    }

    private func refusal(of reply: BulkReply) -> RunError {
        let error = (try? JSONValue(parsing: reply.body))?["error"]
        let type = error?["type"]?.string ?? "HTTP \(reply.status)"
        let reason = error?["reason"]?.string ?? "no reason was given"
        if reply.status == 404 { return .fenced(reason: reason) }
        return .bulkRefused(status: reply.status, type: type, reason: reason)
    }

    // MARK: - Verdicts

    private func judge(
        _ response: BulkResponse, of piece: Piece, into outcome: inout Outcome
    ) throws -> (items: [Int], why: String, isThrottled: Bool) {
        var again: [Int] = []
        var why = ""
        var throttled = 0
        let newest = newestEpoch()
        for (offset, answer) in response.items.enumerated() {
            let item = piece.items.lowerBound + offset
            switch ItemVerdict(status: answer.status, error: answer.error, newestEpoch: newest) {
            case .indexed: outcome.counts.acknowledged += 1
            case .superseded:
                outcome.counts.acknowledged += 1
                outcome.counts.superseded += 1
            case .rejected(let type, let reason): reject(item: item, of: piece, type: type, reason, &outcome)
            case .retry(let type):
                throttled += 1
                why = "OpenSearch answers 429 for items (\(type))"
                again.append(item)
            case .foreignWriter(let version):
                let id = piece.body.unescapedID(ofItem: item) ?? "?"
                throw RunError.foreignWriter(id: id, version: version, newestEpoch: newest)
            case .condition(let condition):
                switch condition.kind {
                case .blocked:
                    why = "OpenSearch: \(condition.type): \(condition.reason)"
                    again.append(item)
                case .fenced: throw RunError.fenced(reason: condition.reason)
                case .notAllowed, .refused:
                    throw RunError.bulkRefused(status: condition.status, type: condition.type, reason: condition.reason)
                }
            }
        }
        if throttled > 0 {
            let count = throttled
            progress.retried { $0.throttledItems += count }
        }
        return (again, why, throttled > 0)
    }

    private func reject(item: Int, of piece: Piece, type: String, _ reason: String, _ outcome: inout Outcome) {
        let id = piece.body.unescapedID(ofItem: item)
        var rejection = Rejection(
            id: id, routing: piece.body.unescapedRouting(ofItem: item), key: id.map { [$0] } ?? [], type: type,
            reason: String(reason.prefix(1000)))
        if options.keepsRejectedBodies {
            rejection.body = unsafe piece.body.withBytes(ofItems: item..<item + 1) {
                unsafe String(decoding: $0, as: UTF8.self)
            }
        }
        outcome.rejections.append(rejection)
        outcome.counts.acknowledged += 1
        outcome.counts.rejected += 1
    }

    // MARK: - Pieces and waiting

    /// Pieces of at most the ceiling's size, last first; a larger document goes alone.
    private func split(_ body: BulkBody, _ items: Range<Int>) -> [Piece] {
        var pieces: [Piece] = []
        var start = items.lowerBound
        for item in items where body.byteRange(ofItems: start..<item + 1).count > limits.ceiling && item > start {
            pieces.append(Piece(body: body, items: start..<item))
            start = item
        }
        if start < items.upperBound { pieces.append(Piece(body: body, items: start..<items.upperBound)) }
        return pieces.reversed()
    }

    private struct Trouble {
        var attempt = 0
        var since: Duration?
    }

    private func wait(_ trouble: inout Trouble, why: String, retryAfter: Duration?) async throws {
        let now = options.clocks.now()
        let since = trouble.since ?? now
        trouble.since = since
        trouble.attempt += 1
        if now - since >= options.retry.patience {
            throw RunError.patienceOver(waited: now - since, last: why)
        }
        if let reason = options.stop.reason, trouble.attempt > 3 { throw RunError.interrupted(reason) }
        if trouble.attempt > 3 { progress.paused(why) }
        let random = options.clocks.random()
        let delay = options.retry.delay(attempt: trouble.attempt, retryAfter: retryAfter, random: random)
        // One more try at the end of the patience, and not long after it.
        try await sleep(min(delay, options.retry.patience - (now - since)))
        progress.paused(nil)
    }

    /// A stop ends the wait: a Retry-After may be longer than whoever stops us has patience.
    private func sleep(_ delay: Duration) async throws {
        guard !options.stop.isRequested else { return try await options.clocks.sleep(min(delay, .milliseconds(500))) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [options] in try await options.clocks.sleep(delay) }
            group.addTask { [options] in await options.stop.wait() }
            try await group.next()
            group.cancelAll()
        }
    }
}
