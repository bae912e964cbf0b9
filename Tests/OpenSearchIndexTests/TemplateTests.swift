import Foundation
import ReindexCore
import Testing

@testable import OpenSearchIndex

@Suite(.enabled(if: RealCluster.isThere, RealCluster.reason)) struct TemplateTests {
    /// Puts templates for names of this test alone, and removes them again.
    private func withTemplates(
        _ templates: [(path: String, body: JSONValue)], _ use: (OpenSearchCluster) async throws -> Void
    ) async throws {
        let cluster = OpenSearchCluster(try RealCluster.transport())
        func send(_ method: HTTPRequest.Method, _ path: String, _ body: RequestBody = .none) async throws {
            _ = try await cluster.call(HTTPRequest(method, path, body: body, doing: "preparing a test"))
        }
        do {
            for template in templates { try await send(.put, template.path, .json(template.body)) }
            try await use(cluster)
        } catch {
            for template in templates.reversed() { try? await send(.delete, template.path) }
            throw error
        }
        for template in templates.reversed() { try await send(.delete, template.path) }
    }

    @Test func `of composable templates the one of the highest priority acts, with its components`() async throws {
        let name = RealCluster.name("composable")
        try await withTemplates([
            (
                "/_component_template/\(name)-c",
                [
                    "template": [
                        "settings": ["index": ["final_pipeline": "stamp", "default_pipeline": "_none"]],
                        "aliases": ["everything": [:]],
                    ]
                ]
            ),
            (
                "/_index_template/\(name)-1",
                [
                    "index_patterns": [.string(name + "-*")], "priority": 10, "composed_of": [.string(name + "-c")],
                    "template": ["settings": ["number_of_replicas": 1], "mappings": ["dynamic": "strict"]],
                ]
            ),
            (
                "/_index_template/\(name)-2",
                ["index_patterns": [.string(name + "*")], "priority": 5, "template": ["settings": [:]]]
            ),
            // Of no account as long as a composable one matches.
            ("/_template/\(name)-3", ["index_patterns": [.string(name + "-*")], "settings": [:]]),
        ]) { cluster in
            let effects = try await cluster.templates(for: name + "-20260101")
            let effect = try #require(effects.first)
            #expect(effects.count == 1 && effect.name == name + "-1" && !effect.isLegacy && effect.hasMappings)
            #expect(effect.aliases == ["everything"])
            #expect(effect.finalPipeline == "stamp" && effect.defaultPipeline == nil)
            #expect(effect.settings["index"]?["number_of_replicas"] == "1")
            let other = try await cluster.templates(for: name + "x")
            #expect(other.map(\.name) == [name + "-2"] && other[0].hasMappings == false)
            #expect(try await cluster.templates(for: "x" + name).isEmpty)
        }
    }

    @Test func `older templates all act, in their order, and as OpenSearch itself applies them`() async throws {
        let name = RealCluster.name("legacy")
        let pattern = JSONValue.string(name + "*-2*")
        try await withTemplates([
            (
                "/_template/\(name)-late",
                [
                    "index_patterns": [pattern], "order": 2,
                    "settings": ["index": ["number_of_replicas": 0, "max_result_window": 11]],
                    "aliases": ["{index}-extra": [:]],
                ]
            ),
            (
                "/_template/\(name)-early",
                ["index_patterns": ["none-*", pattern], "order": 1, "settings": ["index.max_result_window": 10]]
            ),
            // Takes no part: its second pattern stands for every index, and the new one is hidden.
            (
                "/_template/\(name)-all",
                [
                    "index_patterns": [.string(name + "*"), "*"], "order": -5,
                    "settings": ["index.max_rescore_window": 77],
                ]
            ),
        ]) { cluster in
            let index = name + "-20260101"
            let effects = try await cluster.templates(for: index)
            #expect(effects.map(\.name) == [name + "-early", name + "-late"] && effects.allSatisfy(\.isLegacy))
            #expect(effects[1].aliases == [index + "-extra"])
            try await RealCluster.withIndices([index]) { _ in
                try await cluster.createIndex(index, body: RealCluster.body())
                let created = try #require(try await cluster.index(index))
                #expect(created.settings["max_result_window"] == "11")
                #expect(created.settings["max_rescore_window"] == nil)
            }
        }
    }
}

@Suite struct TemplatePatternTests {
    @Test(
        arguments: [
            ("a*", "a", true), ("a*", "abc", true), ("a*", "ba", false), ("*a", "ba", true), ("*", "x", true),
            ("a*b*c", "a1b2c", true), ("a*b*c", "abc", true), ("a*b*c", "acb", false), ("a*bc*cd", "abcd", false),
            ("a**b", "ab", true), ("ab*ba", "aba", false), ("abc", "abc", true), ("abc", "abcd", false), ("", "", true),
            ("a.c", "abc", false), ("*-2*", "x-1-2-3", true),
        ])
    func `a star stands for any text`(pattern: String, text: String, matches: Bool) {
        #expect(OpenSearchCluster.matches(pattern: pattern, text) == matches)
    }
}
