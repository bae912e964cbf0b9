/// Compares an index with what the query yields now; changes nothing.
///
/// Both sides are streamed once. Only the buckets that differ are looked at one by one, and what differs is looked at
/// again after a moment: rows and documents that changed in between are not differences. Memory is flat.
package struct Verification: Sendable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// A row without a document.
        case missing
        /// A document without a row.
        case superfluous
        /// A document that says something else than its row.
        case different
    }

    package struct Difference: Sendable, Encodable {
        package var kind: Kind
        package var id: String
        package var routing: String?
        /// Dotted names of the members that differ, where both sides were read.
        package var fields: [String] = []
    }

    package struct Result: Sendable {
        package var rows = 0
        package var documents = 0
        package var counts: [Kind: Int] = [:]
        /// The first ones.
        package var differences: [Difference] = []
        /// Documents that were not the same at two looks.
        package var changing = 0
        /// Missing documents whose rejection is on record.
        package var rejected = 0
        /// Rows that no document can be made of.
        package var unencodable = 0
        /// Documents without a row were not looked for: `_id` does not tell the key.
        package var leavesOutSuperfluous = false
        /// What to put right: every difference, those with a rejection on record too.
        package var found: Set<DocumentKey> = []
        /// There were too many to remember each: `found` are some of them.
        package var isCut = false
        package var isEqual: Bool { counts.values.allSatisfy { $0 == 0 } }
    }

    /// Shared with ``Verification/run(from:through:)``.
    let scanRows:
        @Sendable (_ selection: RowSelection, _ each: (EncodedBatch) async throws -> Void) async throws -> Void
    /// See ``RowReader/lie(_:from:through:)``.
    let lie: @Sendable (_ keys: [[String]], _ first: [String], _ last: [String]) async throws -> [Bool]
    /// nil where `_id` does not tell the key.
    let reading: IDReading?
    let index: IndexScan
    let target: any IndexTarget
    let comparesContent: Bool
    /// Whose absence is on record: no difference.
    let rejected: Set<DocumentKey>
    let clocks: Clocks

    package static let listedCount = 100
    static let partLimit = 100_000
    /// Findings that are remembered from one look to the next.
    private static let findingLimit = 200_000
    static let pause = Duration.seconds(1)

    /// What one look says of one document: the same finding twice is a difference.
    struct Finding: Hashable {
        var kind: Kind
        var row: UInt64 = 0
        var document: UInt64 = 0
    }

    struct Look {
        var findings: [DocumentKey: Finding] = [:]
        var count = 0
        /// Not all of them are remembered.
        var isCut: Bool { count > findings.count }
        /// The rows' documents of the first ones that differ.
        var sources: [DocumentKey: [UInt8]] = [:]
    }

    /// - Parameter comparesContent: otherwise the keys alone are compared.
    package init(
        plan: ReindexPlan, index: String, comparesContent: Bool, rejections: [Rejection] = [],
        encoder: any BatchEncoder,
        makeReader: @escaping @Sendable () -> any RowReader, target: any IndexTarget, patience: Duration,
        clocks: Clocks, stop: StopRequest, progress: Progress
    ) {
        var retry = RetryPolicy()
        retry.patience = patience
        let scanner = RowScanner(
            plan: plan, encoder: encoder, makeReader: makeReader, retry: retry, bodyByteCount: 1 << 20, clocks: clocks,
            stop: stop, progress: progress)
        scanRows = { selection, each in
            try await scanner.scan(allocateEpoch: { _ in Epoch(version: 0) }) {
                _ = try await $0.run(selection, each: each)
            }
        }
        lie = { keys, first, last in
            let reader = makeReader()
            do {
                let found = try await reader.lie(keys, from: first, through: last)
                await reader.close()
                return found
            } catch {
                await reader.close()
                throw error
            }
        }
        reading = IDReading(plan)
        self.index = IndexScan(
            target: target, index: index, hash: DocumentHash(seed: clocks.randomBits()), stop: stop)
        self.target = target
        self.comparesContent = comparesContent
        rejected = Set(rejections.compactMap(\.documentKey))
        self.clocks = clocks
    }

    package func run() async throws -> Result {
        var result = Result()
        try await target.refresh(index.index)
        let held = try await index.digest(withContent: comparesContent)
        var wanted = SideDigest(index.hash)
        try await scanRows(.whole) { batch in
            wanted.add(batch.body)
            result.unencodable += batch.rejections.count
        }
        (result.rows, result.documents) = (wanted.keys.documentCount, held.keys.documentCount)
        let differing =
            comparesContent ? wanted.content.differing(from: held.content) : wanted.keys.differing(from: held.keys)
        guard !differing.isEmpty else { return result }
        let parts = differing.parts(of: Self.partLimit, wanted.keys, held.keys)
        let first = try await look(at: parts)
        guard first.count > 0 else { return result }
        try await clocks.sleep(Self.pause)
        try await target.refresh(index.index)
        let second = try await look(at: parts)
        try await tell(first, second, &result)
        return result
    }

    /// What both looks found.
    func tell(_ first: Look, _ second: Look, _ result: inout Result) async throws {
        let findings = second.findings.filter { first.findings[$0.key] == $0.value }
        result.changing = Set(first.findings.keys).union(second.findings.keys).count - findings.count
        (result.found, result.isCut) = (Set(findings.keys), first.isCut || second.isCut)
        let real = findings.filter { $0.value.kind != .missing || !rejected.contains($0.key) }
        result.rejected = findings.count - real.count
        for finding in real.values { result.counts[finding.kind, default: 0] += 1 }
        for (key, finding) in real.sorted(by: { $0.key < $1.key }).prefix(Self.listedCount) {
            result.differences.append(try await difference(key, finding.kind, row: second.sources[key]))
        }
    }

    private func look(at parts: [BucketSet]) async throws -> Look {
        var look = Look()
        for part in parts {
            var listed = try await index.documents(in: part, withContent: comparesContent)
            try await scanRows(.whole) { batch in
                for item in 0..<batch.body.itemCount {
                    guard let row = index.hash.row(item, of: batch.body, in: part) else { continue }
                    guard let document = listed.removeValue(forKey: row.key) else {
                        add(row.key, Finding(kind: .missing, row: row.contentHash), to: &look)
                        continue
                    }
                    guard comparesContent, document.contentHash != row.contentHash,
                        document.canonicalHash != row.canonicalHash()
                    else { continue }
                    let finding = Finding(kind: .different, row: row.contentHash, document: document.contentHash)
                    add(row.key, finding, to: &look)
                    if look.sources.count < Self.listedCount {
                        look.sources[row.key] = unsafe batch.body.withItem(item) { unsafe Array($0.source) }
                    }
                }
            }
            for (key, document) in listed {
                add(key, Finding(kind: .superfluous, document: UInt64(document.sequenceNumber)), to: &look)
            }
        }
        return look
    }

    func add(_ key: DocumentKey, _ finding: Finding, to look: inout Look) {
        look.count += 1
        if look.findings.count < Self.findingLimit { look.findings[key] = finding }
    }

    private func difference(_ key: DocumentKey, _ kind: Kind, row: [UInt8]?) async throws -> Difference {
        var difference = Difference(kind: kind, id: key.text, routing: key.routingText)
        guard kind == .different, let row, let wanted = try? JSONValue(parsing: row) else { return difference }
        guard let held = try await target.document(key.text, routing: key.routingText, in: index.index) else {
            return difference
        }
        difference.fields = wanted.differingMembers(from: held)
        return difference
    }
}

extension JSONValue {
    /// Dotted names of the members that two objects do not share, in order; arrays count as a whole.
    func differingMembers(from other: JSONValue, prefix: String = "") -> [String] {
        guard let ours = object, let theirs = other.object else { return self == other ? [] : [prefix] }
        return Set(ours.keys).union(theirs.keys).sorted().flatMap { name -> [String] in
            let path = prefix.isEmpty ? name : "\(prefix).\(name)"
            guard let one = ours[name], let two = theirs[name] else { return [path] }
            return one.differingMembers(from: two, prefix: path)
        }
    }
}
