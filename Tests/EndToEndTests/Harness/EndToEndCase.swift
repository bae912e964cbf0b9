import Foundation
import Testing

/// A folder of `Cases`: the rows, the mapping, what is run, and what must come of it. A new one needs no Swift.
///
/// `docs/testing.md` lists the files. Each is read as text in which `e2e-` stands for the test's own prefix.
struct EndToEndCase: Sendable, CustomTestStringConvertible {
    let name: String
    private let folder: URL

    var testDescription: String { name }

    static let all: [EndToEndCase] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Cases")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted().map {
            EndToEndCase(name: $0, folder: folder.appending(path: $0))
        }
    }()

    static func `for`(_ target: Servers.Target) -> [EndToEndCase] {
        all.filter {
            ($0.text("target") ?? "sandbox real").split(whereSeparator: \.isWhitespace).contains("\(target.rawValue)")
        }
    }

    private func text(_ file: String) -> String? {
        try? String(contentsOf: folder.appending(path: file), encoding: .utf8)
    }

    private func lines(_ file: String) -> [String] {
        (text(file) ?? "").split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    func run(against target: Servers.Target) async throws {
        try await Workbench.use(target, databaseOptions: text("database") ?? "") { bench in
            try await prepare(&bench)
            let before = try await Standing(of: bench)
            var result: ChildProcess.Result?
            let exits = lines("exit").compactMap { Int32($0.trimmingCharacters(in: .whitespaces)) }
            for (number, line) in lines("arguments").enumerated() {
                if number > 0, let sql = text("source-\(number + 1).sql") {
                    try await bench.sql(sql.replacing("e2e-", with: bench.prefix))
                }
                let words = line.replacing("e2e-", with: bench.prefix).split(separator: " ").map(String.init)
                let done = await (try bench.start(words)).wait()
                let exit = exits.indices.contains(number) ? exits[number] : 0
                #expect(done.status == exit, "\(name): \(line) ended with \(done.status), not \(exit)\n\(done.errors)")
                result = done
            }
            guard let result else { throw Failure("\(name) has no line in arguments") }
            if let expected = text("expected.txt") { try expect(result.errors, expected, "expected.txt", bench) }
            if let expected = text("output.txt") { try expect(result.output, expected, "output.txt", bench) }
            if let expected = text("expected.sql") {
                try await bench.expectDocuments(expected, in: try alias(in: bench))
            } else if result.status != 0 {
                try await Standing(of: bench).expectUnchanged(
                    since: before, exit: result.status, in: name, leavesAnIndex: text("leaves-an-index") != nil)
            }
        }
    }

    private func prepare(_ bench: inout Workbench) async throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where ["yaml", "json", "ndjson"].contains((file as NSString).pathExtension) {
            try bench.write(text(file) ?? "", to: file)
        }
        for line in lines("environment") {
            guard let sign = line.firstIndex(of: "=") else { throw Failure("\(name): \(line) is no NAME=VALUE") }
            var value = String(line[line.index(after: sign)...]).replacing("e2e-", with: bench.prefix)
            for (key, known) in bench.environment { value = value.replacing("${\(key)}", with: known) }
            bench.environment[String(line[..<sign])] = value.isEmpty ? nil : value
        }
        if let sql = text("source.sql") { try await bench.sql(sql.replacing("e2e-", with: bench.prefix)) }
        for line in lines("target.http") {
            let words = line.replacing("e2e-", with: bench.prefix).split(separator: " ", maxSplits: 2).map(String.init)
            let answer = try await bench.ask(words[0], words[1], words.count > 2 ? words[2] : nil)
            guard answer.status < 300 else { throw Failure("\(name): \(line): \(answer.body)") }
        }
    }

    /// The alias of the mapping, the first by name where there are several.
    private func alias(in bench: Workbench) throws -> String {
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        where file.hasSuffix(".yaml") {
            if let match = (text(file) ?? "").firstMatch(of: /(?m)^alias: *(\S+)/) {
                return String(match.output.1).replacing("e2e-", with: bench.prefix)
            }
        }
        throw Failure("\(name): no mapping with an alias")
    }

    /// Compares text in which `<ANY>` stands for anything within a line.
    private func expect(_ found: String, _ expected: String, _ file: String, _ bench: Workbench) throws {
        let tidy = found.replacing(bench.prefix, with: "e2e-").replacing(bench.database, with: "e2e_database")
            .replacing(bench.openSearch, with: "<OPENSEARCH>").trimmingCharacters(in: .newlines)
        let wanted = expected.trimmingCharacters(in: .newlines)
        let pattern = wanted.components(separatedBy: "<ANY>").map(NSRegularExpression.escapedPattern).joined(
            separator: ".*")
        let isMatch =
            try NSRegularExpression(pattern: "\\A\(pattern)\\z")
            .firstMatch(in: tidy, range: NSRange(tidy.startIndex..., in: tidy)) != nil
        #expect(isMatch, "\(name): \(file)\n--- expected\n\(wanted)\n--- found\n\(tidy)")
        if !isMatch, let folder = Servers.environment["REINDEX_TEST_KEEP_OUTPUT"] {
            try Data((tidy + "\n").utf8).write(to: URL(filePath: folder).appending(path: "\(name).\(file)"))
        }
    }
}

/// What stands of a test's indices and aliases: an error must leave it as it was.
private struct Standing: Equatable {
    let indices: [String]
    let aliases: [String: [String]]

    init(of bench: Workbench) async throws {
        indices = try await bench.indices()
        var aliases: [String: [String]] = [:]
        let answer = try await bench.ask("GET", "_alias?expand_wildcards=all")
        for (index, value) in answer.object where index.hasPrefix(bench.prefix) {
            let names = ((value as? [String: Any])?["aliases"] as? [String: Any])?.keys.filter {
                $0.hasPrefix(bench.prefix)
            }
            for name in names ?? [] { aliases[name, default: []].append(index) }
        }
        self.aliases = aliases.mapValues { $0.sorted() }
    }

    func expectUnchanged(since before: Standing, exit: Int32, in name: String, leavesAnIndex: Bool) throws {
        #expect(aliases == before.aliases, "\(name): an alias moved although the run failed")
        if [64, 65, 69, 77, 78].contains(exit), !leavesAnIndex {
            #expect(indices == before.indices, "\(name): an index was made although nothing should have begun")
        }
    }
}
