extension ValueWriter {
    /// Writes one value that is not null. Room was made for it: ``room(forValueOf:)``.
    @inline(__always) mutating func write(_ value: BinaryValue, as step: EncodingStep) -> ValueOutcome {
        guard step.container == .none else { return writeContainer(value, as: step) }
        switch step.scalar {
        case .text:
            string(value)
            return .written
        case .int4:
            guard value.count == 4 else { return malformed("int4") }
            out.putInteger(Int64(value.int32()))
            return .written
        case .int8:
            guard value.count == 8 else { return malformed("int8") }
            out.putInteger(value.int64())
            return .written
        case .bool:
            guard value.count == 1 else { return malformed("bool") }
            let isTrue = value[0] != 0
            out.put(isTrue ? 0x6575_7274 : 0x65_736C_6166, count: isTrue ? 4 : 5)
            return .written
        case .float8:
            guard value.count == 8 else { return malformed("float8") }
            return number(value.double())
        case .numeric: return numeric(value)
        case .uuid: return uuid(value)
        case .timestamptz:
            guard value.count == 8 else { return malformed("timestamptz") }
            return timestamp(value.int64(), isUTC: true)
        case .jsonb: return jsonb(value)
        default: return writeRarer(value, as: step.scalar)
        }
    }

    @inline(never) private mutating func writeRarer(_ value: BinaryValue, as form: ScalarForm) -> ValueOutcome {
        switch form {
        case .bool, .int4, .int8, .float8, .numeric, .text, .uuid, .timestamptz, .jsonb: return malformed("step")
        case .int2:
            guard value.count == 2 else { return malformed("int2") }
            out.putInteger(Int64(value.int16()))
        case .uint32:
            guard value.count == 4 else { return malformed("oid") }
            out.putInteger(UInt64(value.uint32()))
        case .uint64:
            guard value.count == 8 else { return malformed("xid8") }
            out.putInteger(value.uint64())
        case .float4:
            guard value.count == 4 else { return malformed("float4") }
            return number(value.float())
        case .byteCharacter: return byteCharacter(value)
        case .versionedText:
            guard value.count >= 1, value[0] == 1 else { return malformed("text with a version") }
            string(value.dropFirst(1))
        case .bytea: base64(value)
        case .date: return date(value)
        case .time: return time(value)
        case .timetz: return timetz(value)
        case .timestamp:
            guard value.count == 8 else { return malformed("timestamp") }
            return timestamp(value.int64(), isUTC: false)
        case .interval: return interval(value)
        case .json: return json(value)
        case .inet: return inet(value)
        case .macaddr: return macaddr(value)
        case .bits: return bits(value)
        case .tid: return tid(value)
        case .lsn: return lsn(value)
        case .point, .lseg, .path, .box, .polygon, .line, .circle: return geometry(value, as: form)
        case .hstore: return hstore(value)
        case .vector, .halfvec: return vector(value, isHalf: form == .halfvec)
        }
        return .written
    }

    @inline(never) private mutating func writeContainer(_ value: BinaryValue, as step: EncodingStep) -> ValueOutcome {
        guard depth < Self.maxDepth else { return tooDeep() }
        depth += 1
        defer { depth -= 1 }
        return switch step.container {
        case .none: malformed("step")
        case .array: array(value, of: self.step(Int(step.first)))
        case .range: range(value, of: self.step(Int(step.first)))
        case .multirange: multirange(value, of: self.step(Int(step.first)))
        case .composite: composite(value, as: step)
        }
    }

    mutating func tooDeep() -> ValueOutcome {
        failure = ValueFailure(type: "invalid_json", reason: "more than \(Self.maxDepth) levels of nesting")
        return .failed
    }
}
