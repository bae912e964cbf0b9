import Foundation
import ReindexCore
import Testing

@testable import OpenSearchIndex

@Suite(.enabled(if: RealCluster.isThere, RealCluster.reason)) struct AliasTests {
    @Test func `an alias comes back with everything it was made with`() async throws {
        let name = RealCluster.name("alias")
        try await RealCluster.withIndices([name]) { cluster in
            try await cluster.createIndex(
                name, body: RealCluster.body(mappings: ["properties": ["t": ["type": "keyword"]]]))
            let full = AliasPlacement(
                alias: name + "-full", index: name, isWriteIndex: true, isHidden: true,
                filter: ["term": ["t": "x"]], indexRouting: "1", searchRouting: "1,2")
            let plain = AliasPlacement(alias: name + "-plain", index: name)
            try await cluster.updateAliases([.add(full), .add(plain)])
            #expect(try await cluster.alias(full.alias).map(\.isWriteIndex) == [true])
            let placements = try await cluster.aliases(of: name)
            #expect(placements.map(\.alias) == [full.alias, plain.alias])
            #expect(placements[0].filter?["term"]?["t"] != nil && placements[0].isHidden)
            #expect(placements[0].indexRouting == "1" && placements[0].searchRouting == "1,2")
            #expect(placements[1] == plain)
            #expect(try await cluster.alias(name + "-none").isEmpty)
            #expect(try await cluster.index(name)?.aliases == placements)
        }
    }

    @Test func `of two takeovers that swap the writer alias the second loses`() async throws {
        let name = RealCluster.name("takeover")
        try await RealCluster.withIndices([name]) { cluster in
            try await cluster.createIndex(name, body: RealCluster.body())
            try await cluster.updateAliases([.add(AliasPlacement(alias: name + "-w-1", index: name, isHidden: true))])
            let swap: [AliasAction] = [
                .remove(alias: name + "-w-1", index: name),
                .add(AliasPlacement(alias: name + "-w-2", index: name, isHidden: true)),
            ]
            try await cluster.updateAliases(swap)
            let second = await targetError { try await cluster.updateAliases(swap) }
            #expect(second?.kind == .conflict)
            #expect(try await cluster.aliases(of: name).map(\.alias) == [name + "-w-2"])
        }
    }

    @Test func `of two first promotions one wins, for there is one write index`() async throws {
        let names = [RealCluster.name("first"), RealCluster.name("second")]
        let alias = RealCluster.name("promoted")
        try await RealCluster.withIndices(names) { cluster in
            for name in names { try await cluster.createIndex(name, body: RealCluster.body()) }
            let errors = await withTaskGroup(of: TargetError?.self) { group in
                for name in names {
                    group.addTask {
                        await targetError {
                            try await cluster.updateAliases([
                                .add(AliasPlacement(alias: alias, index: name, isWriteIndex: true))
                            ])
                        }
                    }
                }
                return await group.reduce(into: [TargetError?]()) { $0.append($1) }
            }
            #expect(errors.compactMap { $0?.kind } == [.conflict])
            #expect(try await cluster.alias(alias).count == 1)
        }
    }

    @Test func `a removed index takes its alias along in the same call`() async throws {
        let names = [RealCluster.name("old"), RealCluster.name("new")]
        let alias = RealCluster.name("moved")
        try await RealCluster.withIndices(names) { cluster in
            for name in names { try await cluster.createIndex(name, body: RealCluster.body()) }
            try await cluster.updateAliases([.add(AliasPlacement(alias: alias, index: names[0], isWriteIndex: true))])
            try await cluster.updateAliases([
                .removeIndex(names[0]), .add(AliasPlacement(alias: alias, index: names[1], isWriteIndex: true)),
            ])
            #expect(try await cluster.alias(alias).map(\.index) == [names[1]])
            // The old index is gone, and with it what had to exist: somebody else was first.
            let late = await targetError { try await cluster.updateAliases([.remove(alias: alias, index: names[0])]) }
            #expect(late?.kind == .conflict)
            let nowhere = await targetError {
                try await cluster.updateAliases([.add(AliasPlacement(alias: alias, index: names[0]))])
            }
            #expect(nowhere?.kind == .refused(status: 404, type: "index_not_found_exception"))
        }
    }
}
