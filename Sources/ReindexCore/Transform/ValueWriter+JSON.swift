internal import CEscape

extension ValueWriter {
    /// A text of fewer bytes holds no number that is too large: those have 309 digits.
    private static let harmlessLength = 308

    /// jsonb: a version byte, then the text that PostgreSQL prints, on one line and with unique keys.
    @inline(never) mutating func jsonb(_ value: BinaryValue) -> ValueOutcome {
        guard value.count >= 2, value[0] == 1 else { return malformed("jsonb") }
        let text = value.dropFirst(1)
        guard text.count <= Self.harmlessLength, depth + text.count / 2 < Self.maxDepth, out.putClean(text) else {
            return checked(text, checksKeys: false)
        }
        return .written
    }

    mutating func json(_ value: BinaryValue) -> ValueOutcome { checked(value, checksKeys: true) }

    /// Copies the text, then checks the copy where it is: it may need spaces for its line breaks.
    private mutating func checked(_ text: BinaryValue, checksKeys: Bool) -> ValueOutcome {
        makeRoom(text.count + 32)
        let copy = unsafe out.next
        out.put(text)
        // Ends the scan, and is written over by what follows.
        out.put(0, count: 8)
        out.put(0, count: 8)
        out.back(16)
        let depth = depth
        guard let problem = unsafe scan.check(copy, count: text.count, depth: depth, checksKeys: checksKeys) else {
            makeRoom(16)
            return .written
        }
        let reason =
            switch problem {
            case .syntax(let offset): "no valid JSON at byte \(offset)"
            case .duplicateKey(let offset): "a key stands twice in one object, the second time at byte \(offset)"
            case .tooDeep: "more than \(Self.maxDepth) levels of nesting"
            case .numberTooLarge(let offset): "the number at byte \(offset) is too large for a double"
            }
        failure = ValueFailure(type: "invalid_json", reason: reason)
        return .failed
    }
}
