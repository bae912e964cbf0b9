/// The rows of a batch's children, and which child row is a parent's: what a document is made of beside its row.
@safe struct RowSurroundings {
    let children: [ChildRows]
    /// Room for the values of one row of each child.
    let childFields: [UnsafeMutablePointer<FieldBytes>]
    let keepsNulls: Bool

    init(children: [ChildRows], keepsNulls: Bool) {
        self.children = children
        self.keepsNulls = keepsNulls
        unsafe childFields = children.map { .allocate(capacity: max($0.rows.columnCount, 1)) }
    }

    func deallocate() { unsafe childFields.forEach { unsafe $0.deallocate() } }
}

extension ValueWriter {
    /// Writes `{…}` for one row: the steps in `range`.
    /// - Returns: the step that rejects the document, or nil.
    mutating func object(
        _ range: Range<Int>, of fields: UnsafePointer<FieldBytes>, row: Int, _ surroundings: borrowing RowSurroundings
    ) -> Int? {
        makeRoom(16)
        out.put(UInt8(ascii: "{"))
        var index = range.lowerBound
        while index < range.upperBound {
            let step = step(index)
            switch step.operation {
            case .column:
                guard let value = unsafe BinaryValue(fields[Int(step.column)]) else {
                    if surroundings.keepsNulls { putNull(step) }
                    break
                }
                makeRoom(Int(step.literalCount) &+ Self.room(forValueOf: value.count))
                putLiteral(of: step)
                switch write(value, as: step) {
                case .written: out.put(UInt8(ascii: ","))
                case .replaced:
                    out.back(Int(step.literalCount))
                    if surroundings.keepsNulls { putNull(step) }
                case .failed: return index
                }
            case .open:
                makeRoom(Int(step.literalCount))
                putLiteral(of: step)
                depth &+= 1
            case .close:
                makeRoom(16)
                depth &-= 1
                closeObject(openedBy: Int(step.literalCount))
            case .constant:
                makeRoom(Int(step.literalCount))
                putLiteral(of: step)
            case .geoPoint:
                if let failed = unsafe geoPoint(step, fields, surroundings.keepsNulls) { return failed }
            case .children:
                if let failed = childRows(step, row: row, surroundings) { return failed }
            }
            index &+= 1
        }
        makeRoom(16)
        if out.last == UInt8(ascii: ",") {
            out.replaceLast(with: UInt8(ascii: "}"))
        } else {
            out.put(UInt8(ascii: "}"))
        }
        return nil
    }

    @inline(never) private mutating func putNull(_ step: EncodingStep) {
        makeRoom(Int(step.literalCount) + 16)
        putLiteral(of: step)
        out.put("null,")
    }

    /// Each member left a comma, which becomes the brace; an object without members takes its name back.
    private mutating func closeObject(openedBy literalCount: Int) {
        if out.last == UInt8(ascii: "{") {
            out.back(literalCount)
        } else {
            out.back(1)
            out.put("},")
        }
    }

    /// `{"lat": …, "lon": …}`; null where one of them is.
    private mutating func geoPoint(
        _ step: EncodingStep, _ fields: UnsafePointer<FieldBytes>, _ keepsNulls: Bool
    ) -> Int? {
        let start = position
        makeRoom(Int(step.literalCount) + 16)
        putLiteral(of: step)
        for index in Int(step.first)..<Int(step.first + step.count) {
            let part = self.step(index)
            var outcome = ValueOutcome.replaced
            if let value = unsafe BinaryValue(fields[Int(part.column)]) {
                makeRoom(Int(part.literalCount) + Self.room(forValueOf: value.count))
                putLiteral(of: part)
                outcome = write(value, as: part)
            }
            switch outcome {
            case .written: continue
            case .failed: return index
            case .replaced:
                rewind(to: start)
                if keepsNulls { putNull(step) }
                return nil
            }
        }
        makeRoom(16)
        out.put("},")
        return nil
    }

    /// An array of the parent's child rows, empty where it has none.
    private mutating func childRows(
        _ step: EncodingStep, row: Int, _ surroundings: borrowing RowSurroundings
    ) -> Int? {
        makeRoom(Int(step.literalCount) + 16)
        putLiteral(of: step)
        out.put(UInt8(ascii: "["))
        let child = Int(step.column), first = Int(step.first)
        depth += 2
        defer { depth -= 2 }
        guard child < surroundings.children.count else { return Int(step.first) }
        let group = surroundings.children[child]
        let fields = unsafe surroundings.childFields[child]
        var childRow = group.first(ofParent: row)
        while childRow >= 0 {
            unsafe group.rows.copyFields(ofRow: childRow, to: fields)
            if let failed = unsafe object(first..<first + Int(step.count), of: fields, row: 0, surroundings) {
                return failed
            }
            out.put(UInt8(ascii: ","))
            childRow = group.next(after: childRow)
        }
        makeRoom(16)
        if out.last == UInt8(ascii: ",") {
            out.replaceLast(with: UInt8(ascii: "]"))
        } else {
            out.put(UInt8(ascii: "]"))
        }
        out.put(UInt8(ascii: ","))
        return nil
    }
}
