/// Values that hold other values: the same rules hold for those, all the way down.
extension ValueWriter {
    /// A value inside of another one: SQL null and what JSON cannot hold become null.
    private mutating func element(_ field: BinaryReader.Field, as step: EncodingStep) -> Bool {
        guard case .value(let value) = field else {
            makeRoom(16)
            out.put("null")
            return true
        }
        makeRoom(Self.room(forValueOf: value.count))
        switch write(value, as: step) {
        case .written: break
        case .replaced: out.put("null")
        case .failed: return false
        }
        makeRoom(16)
        return true
    }

    /// array_send: dimensions, flags, element type; for each dimension its size and lower bound; then the elements.
    mutating func array(_ value: BinaryValue, of step: EncodingStep) -> ValueOutcome {
        guard value.count >= 12 else { return malformed("array") }
        let dimensions = Int(value.int32())
        guard (0...6).contains(dimensions), value.count >= 12 + 8 * dimensions else { return malformed("array") }
        var reader = BinaryReader(value.dropFirst(12 + 8 * dimensions))
        if dimensions == 0 {
            guard reader.isAtEnd else { return malformed("array") }
            out.put("[]")
            return .written
        }
        var total = 1
        for dimension in 0..<dimensions {
            let size = Int(value.int32(at: 12 + 8 * dimension))
            // Each element takes at least its length of four bytes: no size can promise more than there is.
            guard size > 0, size <= reader.remaining / 4 / total else { return malformed("array") }
            total *= size
        }
        let outcome = level(0, of: dimensions, value, &reader, step)
        return outcome == .written && !reader.isAtEnd ? malformed("array") : outcome
    }

    private mutating func level(
        _ dimension: Int, of dimensions: Int, _ header: BinaryValue, _ reader: inout BinaryReader, _ step: EncodingStep
    ) -> ValueOutcome {
        makeRoom(16)
        out.put(UInt8(ascii: "["))
        for _ in 0..<Int(header.int32(at: 12 + 8 * dimension)) {
            if dimension + 1 < dimensions {
                let outcome = level(dimension + 1, of: dimensions, header, &reader, step)
                guard outcome == .written else { return outcome }
            } else {
                guard let field = reader.field() else { return malformed("array") }
                if step.container == .none, step.scalar == .text, case .value(let text) = field {
                    makeRoom(Self.room(forValueOf: text.count))
                    string(text)
                    out.put(UInt8(ascii: ","))
                    continue
                }
                guard element(field, as: step) else { return .failed }
            }
            out.put(UInt8(ascii: ","))
        }
        out.replaceLast(with: UInt8(ascii: "]"))
        makeRoom(16)
        return .written
    }

    /// OpenSearch's range object; a bound that is open, or infinite, is left out. An empty range has no such form.
    ///
    /// range_send: flags, then each bound that there is with its length.
    mutating func range(_ value: BinaryValue, of step: EncodingStep) -> ValueOutcome {
        guard value.count >= 1 else { return malformed("range") }
        let flags = value[0]
        var reader = BinaryReader(value.dropFirst(1))
        let isEmpty = flags & 0x01 != 0
        if isEmpty { return reader.isAtEnd ? unrepresentable("an empty range") : malformed("range") }
        let start = position
        out.put(UInt8(ascii: "{"))
        if flags & 0x08 == 0 {
            let outcome = bound(flags & 0x02 != 0 ? "\"gte\":" : "\"gt\":", &reader, step)
            guard outcome == .written else { return takeBack(outcome, to: start) }
        }
        if flags & 0x10 == 0 {
            let outcome = bound(flags & 0x04 != 0 ? "\"lte\":" : "\"lt\":", &reader, step)
            guard outcome == .written else { return takeBack(outcome, to: start) }
        }
        guard reader.isAtEnd else { return malformed("range") }
        if out.last == UInt8(ascii: ",") {
            out.replaceLast(with: UInt8(ascii: "}"))
        } else {
            out.put(UInt8(ascii: "}"))
        }
        return .written
    }

    private mutating func takeBack(_ outcome: ValueOutcome, to start: Int) -> ValueOutcome {
        rewind(to: start)
        return outcome
    }

    private mutating func bound(
        _ name: StaticString, _ reader: inout BinaryReader, _ step: EncodingStep
    ) -> ValueOutcome {
        guard case .value(let value) = reader.field() else { return malformed("range") }
        if Self.isInfinite(value, as: step) { return .written }
        makeRoom(16 + Self.room(forValueOf: value.count))
        out.put(name)
        let outcome = write(value, as: step)
        makeRoom(16)
        out.put(UInt8(ascii: ","))
        return outcome
    }

    /// A bound at infinity bounds nothing, and says so by its absence.
    private static func isInfinite(_ value: BinaryValue, as step: EncodingStep) -> Bool {
        guard step.container == .none else { return false }
        return switch step.scalar {
        case .date: value.count == 4 && (value.int32() == .max || value.int32() == .min)
        case .timestamp, .timestamptz: value.count == 8 && (value.int64() == .max || value.int64() == .min)
        case .float8: value.count == 8 && value.double().isInfinite
        case .numeric: value.count >= 8 && (value.uint16(at: 4) == 0xD000 || value.uint16(at: 4) == 0xF000)
        default: false
        }
    }

    /// multirange_send: the number of ranges, then each with its length.
    mutating func multirange(_ value: BinaryValue, of step: EncodingStep) -> ValueOutcome {
        var reader = BinaryReader(value)
        guard let count = reader.int32(), count >= 0 else { return malformed("multirange") }
        out.put(UInt8(ascii: "["))
        for index in 0..<Int(count) {
            guard case .value(let range) = reader.field() else { return malformed("multirange") }
            makeRoom(Self.room(forValueOf: 0))
            if index > 0 { out.put(UInt8(ascii: ",")) }
            guard element(.value(range), as: step) else { return .failed }
        }
        guard reader.isAtEnd else { return malformed("multirange") }
        makeRoom(16)
        out.put(UInt8(ascii: "]"))
        return .written
    }

    /// record_send: the number of columns, then each with its type and its length. Nulls inside are kept.
    mutating func composite(_ value: BinaryValue, as step: EncodingStep) -> ValueOutcome {
        var reader = BinaryReader(value)
        guard let count = reader.int32(), count == step.count else { return malformed("composite") }
        out.put(UInt8(ascii: "{"))
        for index in 0..<Int(count) {
            let member = self.step(Int(step.first) + index)
            guard reader.int32() != nil, let field = reader.field() else { return malformed("composite") }
            makeRoom(Int(member.literalCount) + 16)
            if index > 0 { out.put(UInt8(ascii: ",")) }
            putLiteral(of: member)
            guard element(field, as: member) else { return .failed }
        }
        guard reader.isAtEnd else { return malformed("composite") }
        makeRoom(16)
        out.put(UInt8(ascii: "}"))
        return .written
    }

    /// hstore_send: the number of pairs, then each key and value with its length.
    mutating func hstore(_ value: BinaryValue) -> ValueOutcome {
        var reader = BinaryReader(value)
        guard let count = reader.int32(), count >= 0 else { return malformed("hstore") }
        out.put(UInt8(ascii: "{"))
        for index in 0..<Int(count) {
            guard case .value(let key) = reader.field(), let field = reader.field() else { return malformed("hstore") }
            makeRoom(Self.room(forValueOf: key.count) + 16)
            if index > 0 { out.put(UInt8(ascii: ",")) }
            string(key)
            out.put(UInt8(ascii: ":"))
            guard element(field, as: EncodingStep(.column)) else { return .failed }
        }
        guard reader.isAtEnd else { return malformed("hstore") }
        out.put(UInt8(ascii: "}"))
        return .written
    }

    /// pgvector's vector_send and halfvec_send: dimensions, two unused bytes, then a float or a half each.
    mutating func vector(_ value: BinaryValue, isHalf: Bool) -> ValueOutcome {
        guard value.count >= 4 else { return malformed("vector") }
        let count = Int(value.uint16()), size = isHalf ? 2 : 4
        guard value.count == 4 + count * size else { return malformed("vector") }
        makeRoom(count * 20 + 16)
        out.put(UInt8(ascii: "["))
        for index in 0..<count {
            let number = isHalf ? Self.half(value.uint16(at: 4 + 2 * index)) : value.float(at: 4 + 4 * index)
            if index > 0 { out.put(UInt8(ascii: ",")) }
            switch self.number(number) {
            case .written: break
            case .replaced: out.put("null")
            case .failed: return .failed
            }
        }
        out.put(UInt8(ascii: "]"))
        return .written
    }

    /// IEEE 754 binary16, widened without `Float16`, which not every platform of Swift has.
    private static func half(_ bits: UInt16) -> Float {
        let exponent = Int(bits >> 10 & 0x1F), fraction = Float(bits & 0x3FF)
        let magnitude: Float =
            switch exponent {
            case 0: fraction * 0x1p-24
            case 31: fraction == 0 ? .infinity : .nan
            default: Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
            }
        return bits & 0x8000 == 0 ? magnitude : -magnitude
    }
}
