/// The completions of a shell, made from the command table. Mapping names are the files of the mappings folder.
enum Completions {
    static func script(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    static var commandNames: [String] { CommandTable.listedCommands.map(\.name.rawValue) }

    /// Whether the words after a command are names of mappings.
    static func takesMappings(_ entry: CommandEntry) -> Bool {
        switch entry.operands {
        case .oneMapping, .mayBeOneMapping, .mappings: true
        case .none, .choice: false
        }
    }

    static func options(of entry: CommandEntry) -> [OptionEntry] {
        CommandTable.ownOptions(of: entry.name) + CommandTable.everywhere
    }

    /// `'…'` as bash, zsh and fish read it.
    static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: #"'\''"#) + "'" }
}
