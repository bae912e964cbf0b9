import Foundation
import Testing

@testable import reindex

@Suite struct CommandTableTests {
    @Test func `every command and option has exactly one entry`() {
        #expect(Set(CommandTable.commands.map(\.name)) == Set(CommandName.allCases))
        #expect(CommandTable.commands.count == CommandName.allCases.count)
        #expect(Set(CommandTable.options.map(\.name)) == Set(OptionName.allCases))
        #expect(CommandTable.options.count == OptionName.allCases.count)
    }

    @Test(arguments: CommandTable.listedCommands.map(\.name))
    func `the examples of every command are right`(command: CommandName) throws {
        for example in command.entry.examples where example.hasPrefix("reindex ") {
            #expect(throws: Never.self) {
                try Invocation.parse(example.split(separator: " ").dropFirst().map(String.init))
            }
        }
    }

    @Test func `the help of a command is an example and tables`() {
        #expect(
            HelpText.text(for: .abort, width: 72) == """
                reindex abort NAME
                    drop an unfinished run and its index

                    reindex abort products --dry-run

                --yes      do not ask
                --dry-run  only say what would be dropped

                --mappings DIR     where the mapping files are (default mappings)
                --checkpoints DIR  keep checkpoints in this folder, for this machine
                                   alone, and not in OpenSearch
                --json             print JSON
                --quiet            print errors only
                --insecure         do not verify OpenSearch's certificate
                --help             print this
                --version          print the version

                """)
    }

    @Test(arguments: [nil] + CommandTable.commands.map(\.name), [60, 80, 200])
    func `no line of a help is longer than the terminal is wide`(command: CommandName?, width: Int) {
        let lines = HelpText.text(for: command, width: width).split(separator: "\n")
        // Examples are for copying and the summary is one line: neither is wrapped.
        #expect(lines.filter { !$0.hasPrefix("    reindex") && $0.count > width && !$0.hasPrefix("    ") }.isEmpty)
    }

    @Test func `what is not in this version is nowhere listed`() {
        let planned = CommandTable.options.filter { !$0.isAvailable }.map(\.name.spelling)
        let texts =
            Shell.allCases.map { Completions.script(for: $0) } + [
                CommandReference.text, HelpText.text(for: .run, width: 80),
            ]
        for text in texts {
            let words = Set(text.split { !$0.isLetter && $0 != "-" }.map(String.init))
            #expect(words.isDisjoint(with: planned.filter { $0 != "--watch" && $0 != "--index" }))
        }
    }

    /// REINDEX_WRITE_DOCS=1 writes the file anew, as `reindex docs-command` does.
    @Test func `docs command is what the table says`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/command.md")
            .standardized
        if ProcessInfo.processInfo.environment["REINDEX_WRITE_DOCS"] == "1" {
            try CommandReference.text.write(to: path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: path, encoding: .utf8) == CommandReference.text)
    }
}
