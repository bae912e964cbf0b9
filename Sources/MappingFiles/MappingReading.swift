internal import ReindexCore

/// One reading of one mapping file: gathers every error and the line of each key, so that all is reported at once.
final class MappingReading {
    let file: String
    private(set) var errors: [MappingError] = []
    private(set) var lines: [String: Int] = [:]
    private(set) var literalKeys: Set<String> = []

    init(file: String) { self.file = file }

    var marks: SourceMarks { SourceMarks(file: file, lines: lines, literalKeys: literalKeys) }

    func report(_ message: String, at mark: YAMLMark?, field: String?, hint: String? = nil) {
        errors.append(
            MappingError(
                file: file, line: mark?.line, column: mark?.column, field: field, message: message, hint: hint))
    }

    func report(_ error: MappingError) { errors.append(error) }

    func note(_ node: YAMLNode, at path: String) {
        lines[path] = node.firstTextLine
        if case .scalar(_, .literal) = node.content { literalKeys.insert(path) }
    }
}

/// The members of one section, by name. A wrong value is reported and read as absent, so that reading goes on.
struct MappingSection {
    let reading: MappingReading
    /// Empty for the whole file.
    let path: String
    let mark: YAMLMark?
    let members: [YAMLNode.Member]

    /// Opens a section whose members may have any name, such as `document.fields`.
    init?(_ node: YAMLNode, path: String, reading: MappingReading) {
        guard case .map(let members) = node.content else {
            reading.report(
                "is \(node.kindName), not a section", at: node.mark, field: path.isEmpty ? nil : path,
                hint: "write its keys below it, indented, or as {key: value}")
            return nil
        }
        self.init(reading: reading, path: path, mark: node.mark, members: members)
        for member in members { reading.note(member.value, at: field(member.name)) }
    }

    /// Opens a section of known names; any other is reported with the nearest of them.
    init?(_ node: YAMLNode, path: String, knowing names: [String], reading: MappingReading) {
        self.init(node, path: path, reading: reading)
        for member in members where !names.contains(member.name) {
            // Comparing costs more than all the rest: not for errors that nobody will see.
            let isShown = reading.errors.count < MappingErrors.most
            let nearest = isShown ? NearestName.of(member.name, in: names).map { "did you mean \($0)?" } : nil
            reading.report(
                "is not a key of \(path.isEmpty ? "a mapping" : path)", at: member.nameMark, field: field(member.name),
                hint: nearest ?? "its keys are \(names.joined(separator: ", "))")
        }
    }

    private init(reading: MappingReading, path: String, mark: YAMLMark?, members: [YAMLNode.Member]) {
        self.reading = reading
        self.path = path
        self.mark = mark
        self.members = members
    }

    subscript(name: String) -> YAMLNode? { members.first { $0.name == name }?.value }

    func field(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    func report(_ message: String, of name: String, hint: String? = nil) {
        reading.report(message, at: self[name]?.mark ?? mark, field: field(name), hint: hint)
    }

    /// A section inside this one; nil where there is none.
    func section(_ name: String, knowing names: [String]) -> MappingSection? {
        self[name].flatMap { MappingSection($0, path: field(name), knowing: names, reading: reading) }
    }

    func section(_ name: String) -> MappingSection? {
        self[name].flatMap { MappingSection($0, path: field(name), reading: reading) }
    }

    /// Reports a key that has to be there.
    func require(_ name: String, hint: String) {
        if self[name] == nil { reading.report("is missing", at: mark, field: field(name), hint: hint) }
    }
}
