/// How a row becomes a bulk item: a mapping's document rules, compiled against the query's columns.
///
/// Compiled once into a flat list of steps with the literal bytes between the values; encoding a batch
/// (`DocumentTemplate+Encode.swift`) walks that list for each row. Fields stand in this order: columns that no rule names
/// (under their own names, in the query's order), the mapping's `fields` in the file's order, children.
package struct DocumentTemplate: Sendable {
    let program: EncodingProgram
    let columns: [Column]
    let children: [Child]
    /// The columns that make `_id`, with their encoders.
    let id: [EncodingStep]
    let routing: EncodingStep?
    /// The column that replaces the epoch as the version.
    let version: EncodingStep?
    let key: RowKey
    let keepsNulls: Bool
    let isStrict: Bool
    package let keyHash: DocumentHash?

    struct Child: Sendable {
        let name: String
        let columns: [Column]
        /// Its parent's key among its columns.
        let parent: RowKey
    }

    /// Compiles the rules.
    /// - Parameter keyHash: for the copy, which asks for keys later; nil hashes none.
    /// - Throws: ``TemplateError`` with the mapping's key of the first rule that does not fit.
    package init(
        description: SourceDescription, rules: DocumentRules, keyHash: DocumentHash? = nil
    ) throws(TemplateError) {
        self.keyHash = keyHash
        let names = ColumnNames(description.columns)
        columns = description.columns
        keepsNulls = rules.keepsNulls
        isStrict = rules.strictValues
        var program = EncodingProgram()

        var tree = FieldTree()
        try Self.addFields(of: rules, to: &tree, names)
        var children: [Child] = []
        for child in description.children {
            try tree.add(.children(children.count), named: child.name, key: "document.children.\(child.name)")
            let parent = RowKey(columns: child.columns, indexes: child.parentColumns)
            children.append(Child(name: child.name, columns: child.columns, parent: parent))
        }
        self.children = children
        let childTrees = try Self.childTrees(description.children)
        program.rootCount = program.compile(tree.items, childTrees: childTrees).count
        program.literals += [UInt8](repeating: 0, count: ByteCursor.overrun)
        self.program = program

        let idColumns = rules.id.isEmpty ? description.keyColumns.map { description.columns[$0].name } : rules.id
        var id: [EncodingStep] = []
        for name in idColumns { id.append(try names.step(name, purpose: .id, key: "document.id")) }
        self.id = id
        routing = try Self.step(rules.routing, names, .routing, "document.routing")
        version = try Self.step(rules.version, names, .version, "document.version")
        for index in description.keyColumns where !KeyType.isAccepted(description.columns[index].type) {
            let column = description.columns[index]
            throw TemplateError(
                .unsuitableType(column: column.name, type: column.type.displayName, purpose: .key), key: "source.key")
        }
        key = RowKey(columns: description.columns, indexes: description.keyColumns)
    }

    private static func step(
        _ name: String?, _ names: ColumnNames, _ purpose: TemplateError.Purpose, _ key: String
    ) throws(TemplateError) -> EncodingStep? {
        guard let name else { return nil }
        return try names.step(name, purpose: purpose, key: key)
    }

    private static func addFields(
        of rules: DocumentRules, to tree: inout FieldTree, _ names: ColumnNames
    ) throws(TemplateError) {
        var named: Set<Int> = []
        for name in rules.omit { named.insert(try names.index(name, key: "document.omit")) }
        var values: [(DocumentRules.FieldRule, FieldTree.Value)] = []
        for rule in rules.fields {
            let key = "document.fields.\(rule.name)"
            switch rule.value {
            case .column(let name):
                let index = try names.index(name, key: key)
                named.insert(index)
                values.append((rule, .column(index, names.shape(index))))
            case .geoPoint(let latitude, let longitude):
                let lat = try names.step(latitude, purpose: .geoPoint, key: key)
                let lon = try names.step(longitude, purpose: .geoPoint, key: key)
                named.formUnion([Int(lat.column), Int(lon.column)])
                let pair = (
                    (Int(lat.column), ValueShape.scalar(lat.scalar)), (Int(lon.column), ValueShape.scalar(lon.scalar))
                )
                values.append((rule, .geoPoint(latitude: pair.0, longitude: pair.1)))
            case .constant(let json):
                guard json != .null || rules.keepsNulls else { continue }
                values.append((rule, .constant(json)))
            }
        }
        for (index, column) in names.columns.enumerated() where !named.contains(index) {
            try tree.add(.column(index, names.shape(index)), named: column.name, key: "source")
        }
        for (rule, value) in values {
            try tree.add(value, named: rule.name, key: "document.fields.\(rule.name)")
        }
    }

    private static func childTrees(_ children: [ChildDescription]) throws(TemplateError) -> [FieldTree] {
        var trees: [FieldTree] = []
        for child in children {
            var tree = FieldTree()
            for (index, column) in child.columns.enumerated() where !child.parentColumns.contains(index) {
                let shape = ColumnRule(for: column.type).shape
                try tree.add(.column(index, shape), named: column.name, key: "document.children.\(child.name)")
            }
            trees.append(tree)
        }
        return trees
    }
}

/// The query's columns by name, with what a rule may do with them.
private struct ColumnNames {
    let columns: [Column]

    init(_ columns: [Column]) { self.columns = columns }

    func index(_ name: String, key: String) throws(TemplateError) -> Int {
        guard let index = columns.firstIndex(where: { $0.name == name }) else {
            let nearest = NearestName.of(name, in: columns.map(\.name))
            throw TemplateError(.unknownColumn(name, nearest: nearest), key: key)
        }
        return index
    }

    func shape(_ index: Int) -> ValueShape { ColumnRule(for: columns[index].type).shape }

    func step(_ name: String, purpose: TemplateError.Purpose, key: String) throws(TemplateError) -> EncodingStep {
        let index = try index(name, key: key)
        guard case .scalar(let form) = shape(index), Self.isSuitable(form, for: purpose) else {
            let type = columns[index].type.displayName
            throw TemplateError(.unsuitableType(column: name, type: type, purpose: purpose), key: key)
        }
        var step = EncodingStep(.column)
        step.scalar = form
        step.column = Int32(index)
        return step
    }

    private static func isSuitable(_ form: ScalarForm, for purpose: TemplateError.Purpose) -> Bool {
        switch purpose {
        case .geoPoint: [.int2, .int4, .int8, .float4, .float8, .numeric].contains(form)
        case .version: [.int2, .int4, .int8, .uint32].contains(form)
        case .id, .routing, .key:
            ![.json, .jsonb, .hstore, .vector, .halfvec, .line, .circle].contains(form)
        }
    }
}
