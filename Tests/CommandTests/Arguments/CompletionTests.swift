import Foundation
import Testing

@testable import reindex

/// Completions are run in the shell itself. zsh and fish are skipped where they are not installed: nothing else needs them.
@Suite struct CompletionTests {
    @Test(arguments: [
        (
            "reindex ''",
            [
                "abort", "catch-up", "completions", "pause", "plan", "preview", "promote", "prune", "rejected",
                "rollback",
                "run", "status", "throttle", "unpause", "verify",
            ]
        ),
        ("reindex pre", ["preview"]),
        ("reindex run ''", ["orders", "products"]),
        ("reindex run --mappings other pl", ["places"]),
        ("reindex run --mappings = other ''", ["places"]),
        ("reindex --resume p", ["products"]),
        ("reindex preview --k", ["--key"]),
        ("reindex run --on-mismatch ''", ["fail", "fresh"]),
        ("reindex run --on-mismatch = fr", ["fresh"]),
        ("reindex run --limit ''", []),
        ("reindex completions ''", ["bash", "fish", "zsh"]),
        (
            "reindex abort --",
            [
                "--checkpoints", "--dry-run", "--help", "--insecure", "--json", "--mappings", "--quiet", "--version",
                "--yes",
            ]
        ),
    ])
    func `bash completes`(line: String, expected: [String]) throws {
        let words = line.split(separator: " ").map { $0 == "''" ? "" : String($0) }
        let quoted = words.map { "'\($0)'" }.joined(separator: " ")
        let script = """
            source ./completions
            COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1)
            _reindex
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let reply = try run("bash", ["-c", script], completions: .bash)
        #expect(reply.split(separator: "\n").map(String.init).sorted() == expected)
    }

    @Test(
        .enabled(if: isInstalled("fish")),
        arguments: [
            (
                "reindex ",
                [
                    "abort", "catch-up", "completions", "pause", "plan", "preview", "promote", "prune", "rejected",
                    "rollback",
                    "run", "status", "throttle", "unpause", "verify",
                ]
            ),
            ("reindex run ", ["orders", "products"]), ("reindex run --mappings other pl", ["places"]),
            ("reindex preview --k", ["--key"]), ("reindex run --on-mismatch ", ["fail", "fresh"]),
            ("reindex --resume p", ["products"]), ("reindex completions ", ["bash", "fish", "zsh"]),
        ])
    func `fish completes`(line: String, expected: [String]) throws {
        let reply = try run(
            "fish", ["--no-config", "-c", "source ./completions; complete -C'\(line)'"], completions: .fish)
        let words = reply.split(separator: "\n").map { String($0.split(separator: "\t")[0]) }
        #expect(words.sorted() == expected)
    }

    @Test(.enabled(if: isInstalled("zsh"))) func `zsh reads its completion and keeps each option's text whole`() throws
    {
        #expect(try run("zsh", ["-f", "-n", "./completions"], completions: .zsh) == "")
        let script = """
            autoload -Uz compinit && compinit -u -d ./dump
            source ./completions
            print -- $_comps[reindex]
            """
        #expect(try run("zsh", ["-f", "-c", script], completions: .zsh) == "_reindex\n")
    }

    /// Runs a shell in a folder that holds the completions and two folders of mappings; what it prints, errors among it.
    private func run(_ shell: String, _ arguments: [String], completions: Shell) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "completions-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for file in [
            "mappings/products.yaml", "mappings/orders.yaml", "mappings/products.index.json", "other/places.yaml",
        ] {
            let path = folder.appending(path: file)
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data().write(to: path)
        }
        try Data(Completions.script(for: completions).utf8).write(to: folder.appending(path: "completions"))
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [shell] + arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(["HOME": folder.path]) { $1 }
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}

private func isInstalled(_ program: String) -> Bool {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
}
