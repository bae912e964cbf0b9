extension Completions {
    static var bash: String {
        let valued = CommandTable.options.filter { $0.isAvailable && $0.value != nil }
        return """
            # bash completion of reindex: source <(reindex completions bash)
            _reindex() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= folder=mappings
                local place word file words=
                # bash splits --option=value at the sign.
                if [[ $current == = ]]; then current=
                elif [[ $previous == = && $COMP_CWORD -gt 1 ]]; then previous=${COMP_WORDS[COMP_CWORD-2]}; fi
                for ((place = 1; place < COMP_CWORD; place++)); do
                    word=${COMP_WORDS[place]}
                    case $word in
                        --mappings)
                            folder=${COMP_WORDS[place+1]}
                            if [[ $folder == = ]]; then folder=${COMP_WORDS[place+2]}; fi ;;
                        \(commandNames.joined(separator: "|"))) command=${command:-$word} ;;
                        --resume) command=${command:-run} ;;
                    esac
                done
                COMPREPLY=()
                case $previous in
            \(valued.map(bashValue).joined(separator: "\n"))
                esac
                if [[ $current == -* ]]; then
                    case $command in
            \(CommandTable.listedCommands.map(bashOptions).joined(separator: "\n"))
                        *) words='\((["--resume"] + CommandTable.everywhere.map(\.name.spelling)).joined(separator: " "))' ;;
                    esac
                else
                    case $command in
            \(CommandTable.listedCommands.map(bashOperands).joined(separator: "\n"))
                        *) words='\(commandNames.joined(separator: " "))' ;;
                    esac
                fi
                while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$current")
            }
            complete -o bashdefault -F _reindex reindex

            """
    }

    private static func bashValue(_ option: OptionEntry) -> String {
        let reply =
            switch option.completion {
            case .file: "compgen -f"
            case .folder: "compgen -d"
            case .words(let words): "compgen -W '\(words.joined(separator: " "))'"
            case .nothing: ""
            }
        let head = "        \(option.name.spelling))"
        if reply.isEmpty { return "\(head) return ;;" }
        return head
            + " while IFS= read -r word; do COMPREPLY+=(\"$word\"); done < <(\(reply) -- \"$current\"); return ;;"
    }

    private static func bashOptions(_ entry: CommandEntry) -> String {
        let words = options(of: entry).map(\.name.spelling).joined(separator: " ")
        return "            \(entry.name.rawValue)) words='\(words)' ;;"
    }

    private static func bashOperands(_ entry: CommandEntry) -> String {
        let head = "            \(entry.name.rawValue))"
        if case .choice(_, let words) = entry.operands { return "\(head) words='\(words.joined(separator: " "))' ;;" }
        guard takesMappings(entry) else { return "\(head) ;;" }
        return """
            \(head)
                            for file in "$folder"/*.yaml; do
                                if [[ -e $file ]]; then file=${file##*/}; words+=" ${file%.yaml}"; fi
                            done ;;
            """
    }
}
