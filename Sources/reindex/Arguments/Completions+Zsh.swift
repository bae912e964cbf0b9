extension Completions {
    static var zsh: String {
        """
        #compdef reindex
        # zsh completion of reindex: reindex completions zsh > a folder of $fpath, as _reindex
        _reindex_mappings() {
            local folder=${opt_args[--mappings]:-mappings}
            local -a names
            names=(${(Q)folder}/*.yaml(N:t:r))
            _describe mapping names
        }

        _reindex() {
            local context state line command
            local -a commands
            typeset -A opt_args
            commands=(
        \(CommandTable.listedCommands.map { "        " + quoted("\($0.name.rawValue):\($0.summary)") }.joined(separator: "\n"))
            )
            command=${words[(r)(\(commandNames.joined(separator: "|")))]}
            if [[ -z $command && -n ${words[(r)--resume]} ]]; then
                _arguments \(zshOptions(of: .run)) '*:mapping:_reindex_mappings'
                return
            fi
            case $command in
        \(CommandTable.listedCommands.map(zshCase).joined(separator: "\n"))
                *) _arguments '--resume[continue what is unfinished]' \(zshOptions(CommandTable.everywhere)) \\
                    '1:command:{_describe command commands}' ;;
            esac
        }

        if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _reindex "$@"; else compdef _reindex reindex; fi

        """
    }

    private static func zshCase(_ entry: CommandEntry) -> String {
        let operands =
            switch entry.operands {
            case .none: ""
            case .choice(let name, let words): " " + quoted("2:\(name.lowercased()):(\(words.joined(separator: " ")))")
            case .oneMapping, .mayBeOneMapping: " '2:mapping:_reindex_mappings'"
            case .mappings: " '*:mapping:_reindex_mappings'"
            }
        let command = quoted("1:command:(\(entry.name.rawValue))")
        return "        \(entry.name.rawValue)) _arguments \(zshOptions(of: entry.name)) \(command)\(operands) ;;"
    }

    private static func zshOptions(of command: CommandName) -> String { zshOptions(options(of: command.entry)) }

    private static func zshOptions(_ options: [OptionEntry]) -> String {
        options.map { option in
            let help = option.help.replacing("[", with: "\\[").replacing("]", with: "\\]")
            let repeats = option.name == .key ? "*" : ""
            guard let value = option.value else { return quoted("\(option.name.spelling)[\(help)]") }
            let action =
                switch option.completion {
                case .file: "_files"
                case .folder: "_files -/"
                case .words(let words): "(\(words.joined(separator: " ")))"
                case .nothing: " "
                }
            return quoted("\(repeats)\(option.name.spelling)=[\(help)]:\(value):\(action)")
        }.joined(separator: " ")
    }
}
