internal import ReindexCore

extension MappingReading {
    static let topLevelNames = [
        "alias", "also", "body", "writers", "max_rejected", "source", "document", "load", "catch_up", "verify", "gate",
        "watch", "guard", "retain",
    ]

    /// The whole file, top-down. What is wrong is in `errors`; nil where too little is right to go on.
    /// - Parameter folder: Where the body and the canaries are looked for.
    func mapping(named name: String, bytes: [UInt8], in folder: String) -> Mapping? {
        guard let root = tree(of: bytes) else { return nil }
        guard let file = MappingSection(root, path: "", knowing: Self.topLevelNames, reading: self) else { return nil }
        file.require("alias", hint: "the name that the application searches: alias: products")
        file.require("body", hint: "a file with the index's settings and mappings: body: \(name).index.json")

        let aliases = aliases(of: file)
        let body = body(of: file, in: folder)
        let writers = file.choice("writers", Mapping.Writers.self) ?? .none
        let maxRejected = file.integer("max_rejected", in: 0...Int.max)
        let source = source(of: file)
        let document = document(of: file)
        let catchUp = catchUp(of: file, source: source, document: document)
        let load = load(of: file)
        let verify = verify(of: file, writers: writers)
        var gate = gate(of: file)
        let watch = watch(of: file)
        let guards = guards(of: file)
        let retain = retain(of: file)
        checkVersion(writers: writers, document: document, in: file)
        checkParents(source: source, document: document, in: file)
        if let path = gate?.canariesPath, !path.isEmpty {
            gate?.canaries = canaries(path, in: folder, mark: file["gate"]?.mark)
        }

        guard let alias = aliases.first, let body, let source else { return nil }
        var mapping = Mapping(name: name, alias: alias, body: body, source: source, marks: marks)
        mapping.also = Array(aliases.dropFirst())
        (mapping.writers, mapping.maxRejected) = (writers, maxRejected ?? 0)
        (mapping.document, mapping.load, mapping.catchUp) = (document, load, catchUp)
        (mapping.verify, mapping.gate, mapping.watch) = (verify, gate, watch)
        (mapping.guards, mapping.retain) = (guards, retain)
        return mapping
    }

    /// The file as a tree, with what is wrong with its YAML reported.
    func tree(of bytes: [UInt8]) -> YAMLNode? {
        do throws(YAMLSyntaxError) {
            let document = try YAMLDocument(parsing: bytes)
            for doubled in document.doubledNames {
                report("is here twice, first in line \(doubled.firstLine)", at: doubled.mark, field: doubled.path)
            }
            if document.root == nil {
                report(MappingError(file: file, message: "is empty", hint: "see docs/mapping.md for its keys"))
            }
            return document.root
        } catch {
            report(
                MappingError(
                    file: file, line: error.mark.line, column: error.hasColumn ? error.mark.column : nil,
                    message: error.message, hint: error.hint))
            return nil
        }
    }

    private func checkVersion(writers: Mapping.Writers, document: DocumentRules, in file: MappingSection) {
        if writers == .versioned, document.version == nil {
            file.report(
                "is versioned, and document.version is missing", of: "writers",
                hint: "name the column that holds the application's version: document: {version: revision}")
        }
        if writers != .versioned, document.version != nil, let section = file.section("document") {
            section.report(
                "goes only with writers: versioned", of: "version",
                hint: "remove it, or write writers: versioned where the application's versions rule")
        }
    }

    private func checkParents(source: SourceRules?, document: DocumentRules, in file: MappingSection) {
        guard let source, let children = file.section("document")?.section("children") else { return }
        for child in document.children where child.parent.count != source.key.count {
            guard let section = children.section(child.name) else { continue }
            section.report(
                "names \(child.parent.count) columns and source.key \(source.key.count)", of: "parent",
                hint: "a child names one column for each of the key's, in its order")
        }
    }
}
