extension EncodingProgram {
    /// Adds the steps of a list of fields, one behind the other.
    /// - Returns: where they are.
    mutating func compile(_ items: [FieldTree.Item], childTrees: [FieldTree]) -> Range<Int> {
        let range = steps.count..<steps.count + items.count
        steps += items.map { _ in EncodingStep(.column) }
        for (index, item) in zip(range, items) { steps[index] = compile(item, childTrees) }
        return range
    }

    private mutating func compile(_ item: FieldTree.Item, _ childTrees: [FieldTree]) -> EncodingStep {
        switch item {
        case .open(let literal):
            var step = EncodingStep(.open)
            addLiteral(literal, to: &step)
            return step
        case .close(let openingCount):
            var step = EncodingStep(.close)
            step.literalCount = Int32(openingCount)
            return step
        case .value(let name, .column(let column, let shape)):
            return compile(column, shape, literal: name)
        case .value(let name, .constant(let json)):
            var step = EncodingStep(.constant)
            addLiteral(name + json.bytes + [UInt8(ascii: ",")], to: &step)
            return step
        case .value(let name, .geoPoint(let latitude, let longitude)):
            var step = EncodingStep(.geoPoint)
            addLiteral(name, to: &step)
            step.first = Int32(steps.count)
            step.count = 2
            steps.append(compile(latitude.0, latitude.1, literal: [UInt8]("{\"lat\":".utf8)))
            steps.append(compile(longitude.0, longitude.1, literal: [UInt8](",\"lon\":".utf8)))
            return step
        case .value(let name, .children(let child)):
            var step = EncodingStep(.children)
            addLiteral(name, to: &step)
            step.column = Int32(child)
            let range = compile(childTrees[child].items, childTrees: [])
            step.first = Int32(range.lowerBound)
            step.count = Int32(range.count)
            return step
        }
    }

    private mutating func compile(_ column: Int, _ shape: ValueShape, literal: [UInt8]) -> EncodingStep {
        var step = EncodingStep(.column)
        step.column = Int32(column)
        addLiteral(literal, to: &step)
        compile(shape, into: &step)
        return step
    }
}
