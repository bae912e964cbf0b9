/// Takes the values of one field out of a document's bytes without building the rest of it.
///
/// The bytes were checked when they were stored: the walk counts on well-formed JSON.
struct FieldExtractor {
    private let path: [[UInt8]]

    /// - Parameter path: the names from the outermost object to the field.
    init(_ path: [String]) { self.path = path.map { Array($0.utf8) } }

    /// The scalars found, those of arrays one by one; under an object each scalar below it.
    func values(in source: [UInt8]) -> [JSON] {
        var found: [JSON] = []
        var place = 0
        walk(source, &place, depth: 0, &found)
        return found
    }

    private func walk(_ source: [UInt8], _ place: inout Int, depth: Int, _ found: inout [JSON]) {
        skipSpace(source, &place)
        guard place < source.count else { return }
        switch source[place] {
        case UInt8(ascii: "["):
            place += 1
            while next(source, &place, closing: UInt8(ascii: "]")) { walk(source, &place, depth: depth, &found) }
        case UInt8(ascii: "{"):
            place += 1
            while next(source, &place, closing: UInt8(ascii: "}")) {
                let key = place + 1
                skipString(source, &place)
                let depthBelow = advance(source[key..<place - 1], depth: depth)
                skipSpace(source, &place)
                place += 1
                if let depthBelow { walk(source, &place, depth: depthBelow, &found) } else { skip(source, &place) }
            }
        default:
            let start = place
            skip(source, &place)
            guard depth >= path.count else { return }
            var parser = JSONParser(source, in: start..<place)
            if let value = try? parser.parseNext(), value != .null { found.append(value) }
        }
    }

    /// How many names of the path a key stands for, with those before it; nil when it leads elsewhere.
    private func advance(_ key: ArraySlice<UInt8>, depth: Int) -> Int? {
        if depth >= path.count { return depth }
        if key.elementsEqual(path[depth]) { return depth + 1 }
        guard key.contains(UInt8(ascii: ".")) else { return nil }
        var reached = depth
        for part in key.split(separator: UInt8(ascii: ".")) {
            if reached == path.count { return reached }
            guard part.elementsEqual(path[reached]) else { return nil }
            reached += 1
        }
        return reached
    }

    /// Goes to the next element or member; false, and behind the end, when there is none.
    private func next(_ source: [UInt8], _ place: inout Int, closing: UInt8) -> Bool {
        skipSpace(source, &place)
        if place < source.count, source[place] == UInt8(ascii: ",") {
            place += 1
            skipSpace(source, &place)
        }
        guard place < source.count, source[place] != closing else {
            place += 1
            return false
        }
        return true
    }

    private func skip(_ source: [UInt8], _ place: inout Int) {
        skipSpace(source, &place)
        var depth = 0
        while place < source.count {
            switch source[place] {
            case UInt8(ascii: "\""):
                skipString(source, &place)
                if depth == 0 { return }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                place += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return }
                depth -= 1
                place += 1
                if depth == 0 { return }
            case UInt8(ascii: ","):
                if depth == 0 { return }
                place += 1
            default: place += 1
            }
        }
    }

    private func skipString(_ source: [UInt8], _ place: inout Int) {
        place += 1
        while place < source.count, source[place] != UInt8(ascii: "\"") {
            place += source[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        place += 1
    }

    private func skipSpace(_ source: [UInt8], _ place: inout Int) {
        while place < source.count, source[place] <= 0x20 { place += 1 }
    }
}
