extension Completions {
    static var fish: String {
        let head = """
            # fish completion of reindex: reindex completions fish > ~/.config/fish/completions/reindex.fish
            function __reindex_mappings
                set -l folder mappings
                set -l words (commandline -opc)
                for place in (seq (count $words))
                    if string match -q -- '--mappings=*' $words[$place]
                        set folder (string replace -- '--mappings=' '' $words[$place])
                    else if test $words[$place] = --mappings; and test $place -lt (count $words)
                        set folder $words[(math $place + 1)]
                    end
                end
                for file in $folder/*.yaml
                    string replace -r '.*/(.*)\\.yaml$' '$1' -- $file
                end
            end

            function __reindex_without_command
                not __fish_seen_subcommand_from \(commandNames.joined(separator: " "))
                and not __fish_contains_opt resume
            end

            function __reindex_runs
                __fish_seen_subcommand_from run; or __fish_contains_opt resume
            end

            complete -c reindex -f

            """
        let commands = CommandTable.listedCommands.map { entry in
            "complete -c reindex -n __reindex_without_command -a \(entry.name.rawValue) -d \(quoted(entry.summary))\n"
        }
        let words = CommandTable.listedCommands.compactMap(fishOperands)
        let options = CommandTable.options.filter(\.isAvailable).map(fishOption)
        let resume = "complete -c reindex -n __reindex_without_command -l resume -d 'continue what is unfinished'\n"
        return head + (commands + words + options).joined() + resume
    }

    private static func condition(for commands: [String]) -> String {
        commands == [CommandName.run.rawValue]
            ? " -n __reindex_runs" : " -n '__fish_seen_subcommand_from \(commands.joined(separator: " "))'"
    }

    private static func fishOperands(_ entry: CommandEntry) -> String? {
        let words: String
        switch entry.operands {
        case .none: return nil
        case .choice(_, let choices): words = choices.joined(separator: " ")
        case .oneMapping, .mayBeOneMapping, .mappings: words = "(__reindex_mappings)"
        }
        return "complete -c reindex\(condition(for: [entry.name.rawValue])) -a \(quoted(words))\n"
    }

    private static func fishOption(_ option: OptionEntry) -> String {
        let commands = option.commands.map(\.rawValue).sorted()
        let value =
            switch option.completion {
            case .file: " -r -F"
            case .folder: " -x -a '(__fish_complete_directories)'"
            case .words(let words): " -x -a \(quoted(words.joined(separator: " ")))"
            case .nothing: option.value == nil ? "" : " -x"
            }
        let condition = commands.isEmpty ? "" : condition(for: commands)
        return "complete -c reindex\(condition) -l \(option.name.rawValue)\(value) -d \(quoted(option.help))\n"
    }
}
