internal import ReindexCore

extension MappingReading {
    /// `alias` and `also`, checked by OpenSearch's rules for names: the index's name is made of the alias. Empty where it is wrong.
    func aliases(of file: MappingSection) -> [String] {
        let alias = file.text("alias")
        let also = file.texts("also") ?? []
        if let alias, let problem = Self.problem(of: alias) {
            file.report("is \(MappingSection.quoted(alias)): \(problem)", of: "alias")
        }
        for name in also {
            if let problem = Self.problem(of: name) {
                file.report("names \(MappingSection.quoted(name)): \(problem)", of: "also")
            }
        }
        if let alias, also.contains(alias) {
            file.report("names \(alias), which is the alias already", of: "also")
        }
        return alias.map { [$0] + also } ?? []
    }

    /// What OpenSearch would refuse, in a name that may be an alias and begin an index's name.
    private static func problem(of name: String) -> String? {
        // A new index is called <alias>-20260102-030405-abcd, and OpenSearch takes 255 bytes.
        if name.utf8.count > 230 { return "more than 230 bytes" }
        if name == "." || name == ".." { return "not a name" }
        if let first = name.first, "-_+".contains(first) { return "a name may not begin with \(first)" }
        if ["reindex-writer-", "reindex-checkpoints"].contains(where: name.hasPrefix) {
            return "reserved for this tool"
        }
        let refused = name.first { "\\/*?\"<>|,#: ".contains($0) || $0.isWhitespace || $0.isASCII && $0 < " " }
        return refused.map { "a name may not hold \($0 == " " ? "a space" : String($0))" }
    }
}
