import Foundation
import Testing

@testable import ReindexCore

/// What is read by hand equals what Foundation's decoder reads: documents that earlier versions stored must stay readable,
/// and damaged ones be refused at the same place.
@Suite struct JSONValueDecodingTests {
    /// What came of reading: the value, or where it was refused and why.
    private enum Outcome: Equatable {
        /// As a tree. Foundation reads a double's shortest text, digit by digit, as an integer of 64 bits: of a
        /// duration's 14565160421453070336 that is 14565160421453070000.
        case value(JSONValue)
        case refused(String, path: [String])

        init(_ read: () throws -> some Encodable) {
            do {
                self = .value(try JSONValue(encoding: read()))
            } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
                self = .refused("value", path: context.codingPath.map(\.stringValue))
            } catch DecodingError.keyNotFound(let key, let context) {
                self = .refused("key \(key.stringValue)", path: context.codingPath.map(\.stringValue))
            } catch DecodingError.dataCorrupted(let context) {
                self = .refused("corrupted", path: context.codingPath.map(\.stringValue))
            } catch {
                self = .refused("\(error)", path: [])
            }
        }

        /// Foundation does not say where a number is that does not fit; we do.
        func isAs(_ foundation: Outcome) -> Bool {
            if case .refused("corrupted", _) = self, foundation == .refused("corrupted", path: []) { return true }
            return self == foundation
        }
    }

    private func expectSame<T: Codable>(_ type: T.Type, _ tree: JSONValue) {
        let foundation = Outcome { try JSONDecoder().decode(type, from: Data(tree.bytes)) }
        let ours = Outcome { try tree.decode(type) }
        #expect(ours.isAs(foundation), "\(ours), not \(foundation): \(String(decoding: tree.bytes, as: UTF8.self))")
    }

    /// The tree with each member and element missing, and with each of its values replaced by each kind of value.
    private static func damaged(_ tree: JSONValue) -> [JSONValue] {
        var trees: [JSONValue] = [
            .null, true, 0, 1, -1, 300, .number(1.5), .number(1e300), .integer(.max), "", "x", "QQ==", [], [:], [1],
            ["a": 1], [.null], ["a": .null],
        ]
        switch tree {
        case .array(let elements):
            for index in elements.indices {
                var fewer = elements
                fewer.remove(at: index)
                trees.append(.array(fewer))
                for value in damaged(elements[index]) {
                    var changed = elements
                    changed[index] = value
                    trees.append(.array(changed))
                }
            }
        case .object(let members):
            for (key, member) in members {
                var changed = members
                changed[key] = nil
                trees.append(.object(changed))
                for value in damaged(member) {
                    changed[key] = value
                    trees.append(.object(changed))
                }
            }
            trees.append(.object(members.merging(["unknown": 1]) { $1 }))
        default: break
        }
        return trees
    }

    private func check<T: Codable & Hashable>(_ value: T) throws {
        let tree = try JSONValue(encoding: value)
        #expect(try tree.decode(T.self) == value)
        expectSame(T.self, tree)
        for damaged in Self.damaged(tree) { expectSame(T.self, damaged) }
    }

    private static var marked: SnapshotMark {
        SnapshotMark(snapshot: "1:2:", origin: "1/2", oldestBegan: "2026-11-22 10:11:12+00", seesAll: true)
    }

    private static var control: RunControl {
        var control = RunControl(run: "r")
        control.pause = .init(since: "s", by: "h")
        control.throttle = .init(documentsPerSecond: 5, since: "s", by: "h")
        return control
    }

    private static var gated: Gate.Result {
        var samples = SearchSamples()
        let canary = Canary(name: "c", search: [:])
        samples.add(canary, .init(latency: .milliseconds(3), outcome: .otherwise("few")))
        samples.add(canary, .init(latency: .microseconds(1500), outcome: .failed("no")))
        let step = Gate.Result.Step(rate: 12.5, new: samples, old: SearchSamples())
        return Gate.Result(steps: [step, .init(new: samples)], reasons: ["why"], note: "n")
    }

    /// Every rule that a mapping may have.
    private static var mapping: Mapping {
        var mapping = Mapping.scripted
        mapping.also = ["b", "c"]
        mapping.catchUp = .changedAt("updated_at")
        mapping.source.readers = 2
        mapping.source.rows = .query("select 1")
        mapping.document.routing = "tenant"
        mapping.document.version = "revision"
        mapping.document.fields = [
            .init(name: "a", value: .column("b")), .init(name: "p", value: .geoPoint(latitude: "x", longitude: "y")),
            .init(name: "k", value: .constant(["deep": [1, .null, .number(2.5)]])),
        ]
        mapping.document.children = [.init(name: "n", query: "q", parent: ["p"])]
        mapping.load.pipeline = "p"
        var gate = GateRules(canariesPath: "c.ndjson")
        var canary = Canary(name: "c", search: ["query": ["match_all": [:]]])
        canary.expect.hits = ["1"]
        canary.expect.minimum = 1
        gate.canaries = [canary]
        gate.load = .init()
        gate.mergesTo = 1
        gate.warmUp = 2
        mapping.gate = gate
        mapping.watch = WatchRules()
        mapping.guards.searchMaxP95 = .milliseconds(300)
        mapping.guards.postgresMaxActiveSessions = 40
        mapping.guards.postgresMaxReplicaLag = .seconds(10)
        mapping.marks = SourceMarks(file: "f", lines: ["a.b": 3], literalKeys: ["a.b"])
        return mapping
    }

    @Test func `a mapping is read as by Foundation, whole or damaged`() throws { try check(Self.mapping) }

    @Test func `a run's record is read as by Foundation, whole or damaged`() throws {
        var record = RunRecord(
            run: "r", mapping: "m", alias: "a", index: "i", indexUUID: "u", historyUUIDs: ["h"], state: .rolledBack,
            phase: .lastRound, epoch: Epoch(version: 7), writer: 2, slices: [0, 1], settingsToRestore: ["x": .null],
            fingerprint: Fingerprint(fields: ["key": "d"]), plan: ["source": ["key": ["id"]]], tool: "t",
            holder: .init(host: "h", pid: 1, boot: "b", began: "n", since: "s", lease: 15), startedAt: "s",
            updatedAt: "u", snapshots: [.init(epoch: Epoch(version: 1), at: "t", why: "w", mark: Self.marked)],
            reason: "r")
        (record.order, record.fileNode, record.limit) = (.physical, "16384", 5)
        (record.previousIndices, record.promotedAt) = (["p"], "t")
        (record.equalSince, record.gate, record.gateDigest) = (Self.marked, Self.gated, "g")
        record.knownBad = .init(digest: "d", reason: "r", gate: "g", run: "r")
        record.alsoBad = [.init(digest: "d", reason: "r")]
        (record.catchesUp, record.isChosen, record.hasRetriedRejections) = (true, false, true)
        record.beforeRetry = .init(state: .closed, phase: .verify, reason: "r")
        try check(record)
    }

    @Test func `a slice's record is read as by Foundation, whole or damaged`() throws {
        var slice = SliceRecord(
            slice: 1, from: KeyPlace(key: 1), through: KeyPlace(values: [[0, 255], []], text: ["a"]), updatedAt: "u")
        (slice.parent, slice.place, slice.isFinished) = (0, KeyPlace(key: 5), true)
        let progress = Progress(clocks: VirtualClock().clocks)
        progress.began(.copy)
        var snapshot = progress.snapshot
        (snapshot.totalDocuments, snapshot.rateNow, snapshot.phaseSeconds) = (10, 1.25, ["copy": 1])
        (snapshot.readers, snapshot.mostReaders, snapshot.longestSnapshot, snapshot.snapshotAge) = (1, 2, 3, 4.5)
        (snapshot.pause, snapshot.throttle, snapshot.throttledSeconds) = ("p", "t", 1)
        (snapshot.control, snapshot.pausedSeconds, snapshot.pacedSeconds) = (Self.control, 1.5, 2)
        (snapshot.idleSeconds, snapshot.notes) = (0.5, ["n"])
        slice.progress = snapshot
        try check(slice)
    }

    @Test func `the smaller documents are read as by Foundation, whole or damaged`() throws {
        var rejection = Rejection(id: "i", routing: "r", key: ["1"], type: "t", reason: "r", column: "c")
        rejection.body = "{}"
        try check([rejection, Rejection(id: nil, key: [], type: "t", reason: "r")])
        try check(Self.control)
        try check(RollbackIntent(from: "a", to: "b", why: "w", since: "s"))
        try check(HolderMark(run: "r", holder: .init(host: "h", pid: 1, since: "s"), count: 3))
        try check(StoredVersion(sequenceNumber: 1, primaryTerm: 2))
    }

    @Test func `every form that a value may have is read as by Foundation, whole or damaged`() throws {
        try check(JSONValueEncodingTests.Everything())
        try check([PostgresType.base("int8"), .array(of: .base("text"))])
    }

    @Test func `a number is read as by Foundation, whatever type it is wanted in`() throws {
        let texts = [
            "0", "-0", "-0.0", "1", "1.0", "1e3", "10e-1", "255", "256", "-1", "-128", "-129", "1.5", "-0.5",
            "2147483648",
            "9007199254740993", "9007199254740993.0", "1e17", "1e18", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "18446744073709551615", "18446744073709551616", "1e19", "1e38", "1e39", "1e300",
            "-1e300", "1e-30",
        ]
        for text in texts {
            let tree = try JSONValue(parsing: Array("[\(text)]".utf8))
            expectSame([Int].self, tree)
            expectSame([Int8].self, tree)
            expectSame([UInt8].self, tree)
            expectSame([Int32].self, tree)
            expectSame([Int64].self, tree)
            expectSame([UInt64].self, tree)
            expectSame([Double].self, tree)
            expectSame([Float].self, tree)
            expectSame([Bool].self, tree)
            expectSame([Duration].self, [tree, .array((tree.array ?? []) + (tree.array ?? []))])
        }
    }

    /// By hand, in the ways that no compiler writes.
    private struct Unusual: Codable {
        enum Keys: String, CodingKey { case inner, list, next, `super` }

        var log: [String] = []

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            log.append(container.allKeys.map(\.stringValue).sorted().joined())
            let inner = try container.nestedContainer(keyedBy: Keys.self, forKey: .inner)
            log.append("\(try inner.decodeNil(forKey: .list)) \(inner.contains(.next))")
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            while try list.decodeNil() {}
            if (try? list.decode(Bool.self)) == nil { log.append(try list.decode(String.self)) }
            log.append("\(try list.nestedContainer(keyedBy: Keys.self).allKeys.count) \(list.currentIndex)")
            var deeper = try list.nestedUnkeyedContainer()
            log.append("\(deeper.isAtEnd) \(try list.superDecoder().singleValueContainer().decode(Int.self))")
            log.append("\(try deeper.decodeIfPresent(Int.self) ?? -1)")
            log.append("\(try container.decode(Int?.self, forKey: .next) ?? -2)")
            log.append("\(try container.superDecoder().singleValueContainer().decodeNil())")
            log.append("\(try container.superDecoder(forKey: .next).codingPath.map(\.stringValue))")
        }
    }

    @Test func `nested containers, and a decoder passed on, are read as by Foundation`() {
        let tree: JSONValue = ["inner": ["list": .null, "next": 1], "list": [.null, "x", [:], [3], 4], "next": 2]
        #expect(throws: Never.self) { try tree.decode(Unusual.self) }
        expectSame(Unusual.self, tree)
        for damaged in Self.damaged(tree) { expectSame(Unusual.self, damaged) }
        expectSame([Int: String].self, ["1": "a", "2": "b"])
        expectSame([Int: String].self, ["x": "a"])
        expectSame([[Int]: String].self, [[1], "a"])
        expectSame([[Int]: String].self, [[1]])
        expectSame(JSONValue.self, tree)
    }
}
