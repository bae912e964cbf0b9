internal import FoundationEssentials
package import ReindexCore

/// The folder of mapping files: `NAME.yaml` is the mapping NAME. Read whenever asked, nothing is kept.
package struct MappingFolder: Sendable {
    /// As the user typed it.
    package let path: String

    /// A mapping is written by hand: more than this is a mistake, or made to explode.
    static let greatestFileSize = 1 << 20
    private static let ending = ".yaml"

    package init(path: String) { self.path = path }

    /// The names of all mappings, sorted.
    /// - Throws: ``MappingErrors`` where the folder cannot be read.
    package func names() throws(MappingErrors) -> [String] {
        try fileNames().filter { $0.hasSuffix(Self.ending) && !$0.hasPrefix(".") }
            .map { String($0.dropLast(Self.ending.count)) }.sorted()
    }

    /// Reads one mapping, its body with it. The other files are looked at only for the aliases that they name.
    /// - Throws: ``MappingErrors`` with all that is wrong with it.
    package func mapping(named name: String) throws(MappingErrors) -> Mapping {
        let names = try names()
        if let problem = Self.problem(ofName: name) { throw MappingErrors([error(path, problem)]) }
        guard names.contains(name) else { throw MappingErrors([missing(name, among: names)]) }
        let mapping = try read(name)
        let others = names.filter { $0 != name }.map { (file: file($0), aliases: aliasesAlone(of: $0)) }
        let doubled = Self.doubledAliases(of: mapping, in: others)
        guard doubled.isEmpty else { throw MappingErrors(doubled) }
        return mapping
    }

    /// Reads all mappings, in the order of their names.
    /// - Throws: ``MappingErrors`` with all that is wrong with any of them.
    package func all() throws(MappingErrors) -> [Mapping] {
        var mappings: [Mapping] = []
        var errors: [MappingError] = []
        for name in try names() {
            if let problem = Self.problem(ofName: name) {
                errors.append(error(file(name), problem))
                continue
            }
            do throws(MappingErrors) {
                let mapping = try read(name)
                let others = mappings.map { (file: $0.marks.file, aliases: [$0.alias] + $0.also) }
                errors += Self.doubledAliases(of: mapping, in: others)
                mappings.append(mapping)
            } catch {
                errors += error.errors
            }
        }
        if mappings.isEmpty, errors.isEmpty {
            errors.append(error(path, "holds no mapping", hint: "a mapping is a file NAME.yaml: see docs/mapping.md"))
        }
        guard errors.isEmpty else { throw MappingErrors(errors) }
        return mappings
    }

    private func read(_ name: String) throws(MappingErrors) -> Mapping {
        let reading = MappingReading(file: file(name))
        do throws(BoundedFile.Failure) {
            let bytes = try BoundedFile.read(file(name), atMost: Self.greatestFileSize)
            let mapping = reading.mapping(named: name, bytes: bytes, in: path)
            if let mapping, reading.errors.isEmpty { return mapping }
        } catch {
            reading.report(self.error(file(name), error.message))
        }
        throw MappingErrors(reading.errors.sorted { ($0.file, $0.line ?? 0) < ($1.file, $1.line ?? 0) })
    }

    /// What another file calls `alias` and `also`; whatever else is wrong with it is not this run's concern.
    private func aliasesAlone(of name: String) -> [String] {
        let reading = MappingReading(file: file(name))
        guard let bytes = try? BoundedFile.read(file(name), atMost: Self.greatestFileSize),
            let root = reading.tree(of: bytes), let section = MappingSection(root, path: "", reading: reading)
        else { return [] }
        return reading.aliases(of: section)
    }

    private static func doubledAliases(
        of mapping: Mapping, in others: [(file: String, aliases: [String])]
    ) -> [MappingError] {
        let own = [(field: "alias", alias: mapping.alias)] + mapping.also.map { (field: "also", alias: $0) }
        return own.flatMap { field, alias in
            others.filter { $0.aliases.contains(alias) }.map { other in
                MappingError(
                    file: mapping.marks.file, line: mapping.marks.lines[field], field: field,
                    message: "\(alias) is an alias of \(other.file) too", hint: "an alias belongs to one mapping")
            }
        }
    }

    private func fileNames() throws(MappingErrors) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            let isThere = FileManager.default.fileExists(atPath: path)
            throw MappingErrors([
                self.error(
                    path, isThere ? "is not a folder that may be read" : "is not there",
                    hint: "mappings are looked for in the folder mappings, or in --mappings DIR")
            ])
        }
    }

    private func missing(_ name: String, among names: [String]) -> MappingError {
        let nearest = NearestName.of(name, in: names).map { "did you mean \($0)? " } ?? ""
        let known = names.isEmpty ? "the folder holds no mapping" : "there are: \(names.joined(separator: ", "))"
        let isYml = FileManager.default.fileExists(atPath: PathName.joined(path, "\(name).yml"))
        return error(file(name), "is not there", hint: isYml ? "rename \(name).yml to \(name).yaml" : nearest + known)
    }

    /// A name becomes part of a path, of messages and of document ids: nothing in it may mean something else there.
    private static func problem(ofName name: String) -> String? {
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0)) }
        guard isPlain, let first = name.first, first != ".", first != "-", name.utf8.count <= 128 else {
            let shown = name.unicodeScalars.prefix(60).map { $0.escaped(asASCII: true) }.joined()
            return "'\(shown)' is not a mapping's name: letters, digits, _ - and . (not first), at most 128"
        }
        return nil
    }

    private func file(_ name: String) -> String { PathName.joined(path, name + Self.ending) }

    private func error(_ file: String, _ message: String, hint: String? = nil) -> MappingError {
        MappingError(file: file, message: message, hint: hint)
    }
}
