/// One thing that is wrong with a mapping file, its index body or its canaries; the wording around it is the command's.
package struct MappingError: Error, Sendable, Hashable {
    /// As the user would type it: `mappings/products.yaml`.
    package var file: String
    /// From 1; nil where the error is of the whole file.
    package var line: Int?
    /// From 1, in characters.
    package var column: Int?
    /// Dotted: `gate.max_p95`.
    package var field: String?
    package var message: String
    /// What to do, or the name that was probably meant.
    package var hint: String?

    package init(
        file: String, line: Int? = nil, column: Int? = nil, field: String? = nil, message: String, hint: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.field = field
        self.message = message
        self.hint = hint
    }

    /// `mappings/products.yaml:7:3`, with what is known of it.
    package var place: String {
        ([file] + [line, column].compactMap { $0.map { String($0) } }).joined(separator: ":")
    }
}

/// Everything that is wrong, in the order of the file: never empty.
package struct MappingErrors: Error, Sendable, Hashable {
    /// More than this many are not of use to anyone.
    static let most = 50

    package var errors: [MappingError]
    /// How many more there are than `errors` holds.
    package var omittedCount = 0

    package init(_ errors: [MappingError]) {
        self.errors = Array(errors.prefix(Self.most))
        omittedCount = max(0, errors.count - Self.most)
    }
}
