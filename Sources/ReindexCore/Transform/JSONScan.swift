internal import CEscape

/// What is wrong with a JSON text; the offset is in bytes from 0.
enum JSONProblem: Equatable {
    case syntax(at: Int)
    case duplicateKey(at: Int)
    case tooDeep
    case numberTooLarge(at: Int)
}

/// Checks a JSON text in one pass, and makes it one line: white space that breaks lines becomes a space.
///
/// PostgreSQL checks the syntax of its `json` and keeps the text as it came, so that it may hold what no parser of
/// OpenSearch takes: a key twice in one object, numbers beyond a double. Keys are compared as what they spell, and by
/// sorting where there are many, so that no text makes it quadratic. It keeps its memory from one text to the next.
struct JSONScan {
    private struct Container {
        var isObject: Bool
        /// Where the object's keys begin in `keys`.
        var firstKey: Int
    }

    private var containers: [Container] = []
    private var keys = JSONKeys()

    /// - Parameters:
    ///   - text: `count` bytes, a zero byte behind them, and 16 readable bytes more.
    ///   - depth: objects and arrays that are open around it.
    ///   - checksKeys: false for jsonb, whose keys are unique.
    mutating func check(
        _ text: UnsafeMutablePointer<UInt8>, count: Int, depth: Int, checksKeys: Bool
    ) -> JSONProblem? {
        containers.removeAll(keepingCapacity: true)
        keys.removeAll()
        let text = unsafe JSONBytes(start: text)
        var at = 0
        var expectsValue = true
        while true {
            text.skipSpace(&at)
            if expectsValue {
                expectsValue = false
                switch text[at] {
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    let isObject = text[at] == UInt8(ascii: "{")
                    guard depth + containers.count < ValueWriter.maxDepth else { return .tooDeep }
                    at += 1
                    text.skipSpace(&at)
                    if text[at] == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                        at += 1
                        continue
                    }
                    containers.append(Container(isObject: isObject, firstKey: keys.count))
                    if isObject, let problem = member(text, &at, checksKeys) { return problem }
                    expectsValue = true
                case UInt8(ascii: "\""):
                    guard text.skipString(&at) != nil else { return .syntax(at: at) }
                case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    if let problem = text.skipNumber(&at) { return problem }
                default:
                    guard text.skipWord(&at) else { return .syntax(at: at) }
                }
                continue
            }
            guard let container = containers.last else { return at == count ? nil : .syntax(at: at) }
            switch text[at] {
            case UInt8(ascii: ","):
                at += 1
                text.skipSpace(&at)
                if container.isObject, let problem = member(text, &at, checksKeys) { return problem }
                expectsValue = true
            case UInt8(ascii: "}") where container.isObject:
                if checksKeys, let place = keys.closeObject(from: container.firstKey, in: text) {
                    return .duplicateKey(at: place)
                }
                containers.removeLast()
                at += 1
            case UInt8(ascii: "]") where !container.isObject:
                containers.removeLast()
                at += 1
            default: return .syntax(at: at)
            }
        }
    }

    /// A key and its colon.
    private mutating func member(_ text: JSONBytes, _ at: inout Int, _ checksKeys: Bool) -> JSONProblem? {
        let start = at + 1
        guard text[at] == UInt8(ascii: "\""), let hasEscapes = text.skipString(&at) else { return .syntax(at: at) }
        if checksKeys { keys.add(start..<at - 1, hasEscapes: hasEscapes, in: text) }
        text.skipSpace(&at)
        guard text[at] == UInt8(ascii: ":") else { return .syntax(at: at) }
        at += 1
        return nil
    }
}

/// A JSON text that a zero byte ends, as the scan moves over it.
@safe struct JSONBytes {
    let start: UnsafeMutablePointer<UInt8>

    @inline(__always) init(start: UnsafeMutablePointer<UInt8>) { unsafe self.start = unsafe start }

    @inline(__always) subscript(index: Int) -> UInt8 { unsafe start[index] }

    @inline(__always) func skipSpace(_ at: inout Int) {
        while true {
            switch self[at] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"): break
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): unsafe start[at] = UInt8(ascii: " ")
            default: return
            }
            at += 1
        }
    }

    /// From the opening quotation mark to behind the closing one.
    /// - Returns: whether it has escapes, or nil where it is no string.
    @inline(__always) func skipString(_ at: inout Int) -> Bool? {
        var hasEscapes = false
        at += 1
        while true {
            at = unsafe escape_find_special(start + at) - UnsafePointer(start)
            if self[at] == UInt8(ascii: "\"") {
                at += 1
                return hasEscapes
            }
            guard self[at] == UInt8(ascii: "\\"), skipEscape(&at) else { return nil }
            hasEscapes = true
        }
    }

    private func skipEscape(_ at: inout Int) -> Bool {
        switch self[at + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
            return true
        case UInt8(ascii: "u"):
            for digit in 2..<6 where JSONKeys.hexadecimalDigit(self[at + digit]) == nil { return false }
            at += 6
            return true
        default: return false
        }
    }

    func skipWord(_ at: inout Int) -> Bool {
        for word: StaticString in ["true", "false", "null"] {
            let length = word.utf8CodeUnitCount
            let isThere = (0..<length).allSatisfy { unsafe start[at + $0] == word.utf8Start[$0] }
            if isThere {
                at += length
                return true
            }
        }
        return false
    }

    /// A number, and whether a double holds it: 1.8e308 and more read back as infinity.
    func skipNumber(_ at: inout Int) -> JSONProblem? {
        let begin = at
        if self[at] == UInt8(ascii: "-") { at += 1 }
        let whole = skipDigits(&at)
        guard whole.count > 0, whole.count == 1 || self[whole.lowerBound] != UInt8(ascii: "0") else {
            return .syntax(at: at)
        }
        var fraction = 0..<0
        if self[at] == UInt8(ascii: ".") {
            at += 1
            fraction = skipDigits(&at)
            guard !fraction.isEmpty else { return .syntax(at: at) }
        }
        guard self[at] | 0x20 == UInt8(ascii: "e") else {
            return whole.count <= 308 ? nil : magnitudeProblem(begin..<at, whole, fraction, exponent: 0)
        }
        at += 1
        let isNegative = self[at] == UInt8(ascii: "-")
        if isNegative || self[at] == UInt8(ascii: "+") { at += 1 }
        let digits = skipDigits(&at)
        guard !digits.isEmpty else { return .syntax(at: at) }
        // Beyond this no number of digits that fits in a value can make good for it.
        let exponent = digits.reduce(0) { min($0 * 10 + Int(self[$1] - UInt8(ascii: "0")), 1 << 40) }
        return magnitudeProblem(begin..<at, whole, fraction, exponent: isNegative ? -exponent : exponent)
    }

    private func skipDigits(_ at: inout Int) -> Range<Int> {
        let begin = at
        while self[at] &- UInt8(ascii: "0") <= 9 { at += 1 }
        return begin..<at
    }

    private func magnitudeProblem(
        _ number: Range<Int>, _ whole: Range<Int>, _ fraction: Range<Int>, exponent: Int
    ) -> JSONProblem? {
        var magnitude = whole.count - 1 + exponent
        if self[whole.lowerBound] == UInt8(ascii: "0") {
            guard let first = fraction.first(where: { self[$0] != UInt8(ascii: "0") }) else { return nil }
            magnitude = exponent - (first - fraction.lowerBound + 1)
        }
        if magnitude < 308 { return nil }
        if magnitude > 308 { return .numberTooLarge(at: number.lowerBound) }
        let text = unsafe String(
            decoding: UnsafeBufferPointer(start: start, count: number.upperBound)[number], as: UTF8.self)
        return Double(text)?.isFinite == true ? nil : .numberTooLarge(at: number.lowerBound)
    }
}
