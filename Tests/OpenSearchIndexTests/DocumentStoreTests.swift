import CheckpointFiles
import Foundation
import ReindexCore
import Testing

@testable import OpenSearchIndex

/// What every store promises, for both of them.
@Suite struct DocumentStoreTests {
    enum Kind: CaseIterable, CustomTestStringConvertible {
        case index, folder

        var testDescription: String { self == .index ? "index" : "folder" }

        /// Without a cluster the folder alone is tested.
        static var present: [Kind] { RealCluster.isThere ? allCases : [.folder] }

        /// Lends two stores over the same place, as two processes would have, and removes it afterwards.
        func withStores<Result>(
            _ use: (any DocumentStore, any DocumentStore) async throws -> Result
        ) async throws -> Result {
            switch self {
            case .index:
                let name = RealCluster.name("store")
                return try await RealCluster.withIndices(["\(name)-1"]) { cluster in
                    try await use(
                        IndexDocumentStore(cluster.transport, index: name),
                        IndexDocumentStore(try RealCluster.transport(), index: name))
                }
            case .folder:
                return try await withTemporaryFolder { path in
                    try await use(FileDocumentStore(folder: path), FileDocumentStore(folder: path))
                }
            }
        }
    }

    @Test(arguments: Kind.present) func `what is written is read back by the other one`(kind: Kind) async throws {
        try await kind.withStores { ours, theirs in
            #expect(try await theirs.get(["run-a", "run-b"]).isEmpty)
            let content: JSONValue = [
                "text": "“\n\u{2028}😀\\", "number": 1_234_567_890_123_456_789, "fraction": .number(0.1), "none": .null,
                "list": [1, "a", [], [:]], "_id": "mine",
            ]
            let version = try await ours.put("run-a", content, expected: nil)
            let found = try await theirs.get(["run-a", "run-b"])
            #expect(found == ["run-a": StoredDocument(json: content, version: version)])
        }
    }

    @Test(arguments: Kind.present) func `a write wins only where nobody wrote since it was read`(kind: Kind)
        async throws
    {
        try await kind.withStores { ours, theirs in
            let first = try await ours.put("run-a", ["n": 1], expected: nil)
            #expect(await kindOfFailure { _ = try await theirs.put("run-a", ["n": 2], expected: nil) } == .conflict)
            let second = try await theirs.put("run-a", ["n": 3], expected: first)
            #expect(await kindOfFailure { _ = try await ours.put("run-a", ["n": 4], expected: first) } == .conflict)
            let found = try await ours.get(["run-a"])["run-a"]
            #expect(found == StoredDocument(json: ["n": 3], version: second))
        }
    }

    @Test(arguments: Kind.present) func `a document that is gone cannot be overwritten`(kind: Kind) async throws {
        try await kind.withStores { ours, theirs in
            let first = try await ours.put("run-a", ["n": 1], expected: nil)
            try await theirs.remove("run-a", expected: first)
            #expect(await kindOfFailure { _ = try await ours.put("run-a", ["n": 2], expected: first) } == .conflict)
            // Written anew it has another version, so what was read before the removal fences nothing in.
            let anew = try await theirs.put("run-a", ["n": 1], expected: nil)
            #expect(anew != first)
            #expect(await kindOfFailure { _ = try await ours.put("run-a", ["n": 2], expected: first) } == .conflict)
        }
    }

    @Test(arguments: Kind.present) func `removing minds the version, and an absent document is no error`(
        kind: Kind
    ) async throws {
        try await kind.withStores { ours, theirs in
            try await ours.remove("run-a", expected: nil)
            let first = try await ours.put("run-a", ["n": 1], expected: nil)
            let second = try await theirs.put("run-a", ["n": 2], expected: first)
            #expect(await kindOfFailure { try await ours.remove("run-a", expected: first) } == .conflict)
            try await ours.remove("run-a", expected: second)
            try await ours.remove("run-a", expected: second)
            #expect(try await theirs.get(["run-a"]).isEmpty)
            _ = try await theirs.put("run-a", ["n": 3], expected: nil)
            try await ours.remove("run-a", expected: nil)
            #expect(try await ours.get(["run-a"]).isEmpty)
        }
    }

    @Test(arguments: Kind.present) func `of many writers one wins each time`(kind: Kind) async throws {
        try await kind.withStores { ours, theirs in
            var version: StoredVersion?
            for round in 0..<5 {
                let expected = version
                let wins = try await withThrowingTaskGroup(of: StoredVersion?.self) { group in
                    for writer in 0..<8 {
                        let store = writer % 2 == 0 ? ours : theirs
                        group.addTask {
                            do {
                                // The same content from all: what is equal is not therefore one's own.
                                return try await store.put("run-a", ["n": .integer(Int64(round))], expected: expected)
                            } catch let error as StoreError where error.kind == .conflict {
                                return nil
                            }
                        }
                    }
                    return try await group.reduce(into: [StoredVersion]()) { if let won = $1 { $0.append(won) } }
                }
                #expect(wins.count == 1)
                version = wins.first
            }
        }
    }

    @Test(arguments: Kind.present) func `ids of any characters are kept apart`(kind: Kind) async throws {
        try await kind.withStores { ours, theirs in
            let long = String(repeating: "x", count: 512)
            let ids = [
                "a", "A", "a.b", "a/b", "a%2Fb", "a%2fb", "..", ".", ".lock", "%", "ä", "a b", "a\"b", "a\nb", "a?b#c",
                long, String(long.dropLast()), String(repeating: "é", count: 256), String(repeating: "x", count: 200),
                String(repeating: "x", count: 200) + "~", "a.json",
            ]
            for id in ids { _ = try await ours.put(id, ["id": .string(id)], expected: nil) }
            let found = try await theirs.get(ids)
            #expect(found.count == ids.count)
            for id in ids { #expect(found[id]?.json == ["id": .string(id)]) }
            for id in ids.dropLast() { try await theirs.remove(id, expected: found[id]?.version) }
            #expect(try await ours.get(ids).keys.sorted() == ["a.json"])
        }
    }

    @Test(arguments: Kind.present) func `an id that is empty or too long, and what is no object, are refused`(
        kind: Kind
    ) async throws {
        try await kind.withStores { ours, _ in
            let long = String(repeating: "x", count: 513)
            #expect(await kindOfFailure { _ = try await ours.put("", [:], expected: nil) } == .failed)
            #expect(await kindOfFailure { _ = try await ours.put(long, [:], expected: nil) } == .failed)
            #expect(await kindOfFailure { _ = try await ours.put("a", [1], expected: nil) } == .failed)
        }
    }

    @Test(arguments: Kind.present) func `more documents than one page holds are read`(kind: Kind) async throws {
        try await kind.withStores { ours, theirs in
            let ids = (0..<1203).map { "slice-\($0)" }
            for id in [ids[0], ids[499], ids[500], ids[1202]] { _ = try await ours.put(id, ["a": 1], expected: nil) }
            #expect(try await theirs.get(ids).keys.sorted() == [ids[0], ids[1202], ids[499], ids[500]].sorted())
            #expect(try await theirs.get([]).isEmpty)
        }
    }
}

/// Runs something that has to fail.
func kindOfFailure(_ attempt: () async throws -> Void) async -> StoreError.Kind? {
    do {
        try await attempt()
        return nil
    } catch {
        return (error as? StoreError)?.kind
    }
}

func withTemporaryFolder<Result>(_ use: (String) async throws -> Result) async throws -> Result {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("reindex-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: url) }
    return try await use(url.appendingPathComponent("checkpoints").path)
}
