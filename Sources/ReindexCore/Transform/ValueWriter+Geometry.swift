/// Geometric types as well-known text, which `geo_point`, `geo_shape`, `xy_point` and `xy_shape` all read; those that
/// WKT has no form for, line and circle, as objects of their numbers.
///
/// A coordinate that is not finite makes the whole value null.
extension ValueWriter {
    mutating func geometry(_ value: BinaryValue, as form: ScalarForm) -> ValueOutcome {
        let start = position
        let outcome: ValueOutcome =
            switch form {
            case .point: wkt("POINT (", value, count: 1)
            case .lseg: wkt("LINESTRING (", value, count: 2)
            case .box: box(value)
            case .path: path(value)
            case .polygon: polygon(value)
            case .line: numbers(value, names: ["{\"a\":", ",\"b\":", ",\"c\":"])
            case .circle: numbers(value, names: ["{\"x\":", ",\"y\":", ",\"radius\":"])
            default: malformed("geometry")
            }
        if outcome != .written { rewind(to: start) }
        return outcome
    }

    private mutating func wkt(_ opening: StaticString, _ value: BinaryValue, count: Int) -> ValueOutcome {
        guard value.count == 16 * count else { return malformed("point") }
        out.put(UInt8(ascii: "\""))
        out.put(opening)
        guard points(value) else { return unrepresentable("a coordinate that is not finite") }
        out.put(")\"")
        return .written
    }

    /// PostgreSQL keeps a box as its upper right and its lower left corner; WKT's BBOX is x from, x to, y to, y from.
    private mutating func box(_ value: BinaryValue) -> ValueOutcome {
        guard value.count == 32 else { return malformed("box") }
        makeRoom(128)
        out.put("\"BBOX (")
        for (index, offset) in [16, 0, 8, 24].enumerated() {
            let coordinate = value.double(at: offset)
            guard coordinate.isFinite else { return unrepresentable("a coordinate that is not finite") }
            if index > 0 { out.put(", ") }
            out.putDouble(coordinate)
        }
        out.put(")\"")
        return .written
    }

    /// path_send: whether it is closed, the number of points, the points.
    private mutating func path(_ value: BinaryValue) -> ValueOutcome {
        guard value.count >= 5, value[0] <= 1 else { return malformed("path") }
        return shape(value.dropFirst(5), count: Int(value.int32(at: 1)), isClosed: value[0] == 1, "path")
    }

    private mutating func polygon(_ value: BinaryValue) -> ValueOutcome {
        guard value.count >= 4 else { return malformed("polygon") }
        return shape(value.dropFirst(4), count: Int(value.int32()), isClosed: true, "polygon")
    }

    /// A closed one is a ring, which in WKT ends where it began.
    private mutating func shape(
        _ points: BinaryValue, count: Int, isClosed: Bool, _ type: StaticString
    ) -> ValueOutcome {
        guard count > 0, points.count / 16 == count, points.count % 16 == 0 else { return malformed(type) }
        out.put(isClosed ? "\"POLYGON ((" : "\"LINESTRING (")
        guard self.points(points) else { return unrepresentable("a coordinate that is not finite") }
        if isClosed {
            out.put(", ")
            guard self.points(points.slice(0, 16)) else { return unrepresentable("a coordinate that is not finite") }
        }
        out.put(isClosed ? "))\"" : ")\"")
        return .written
    }

    /// `x y, x y`; false where a coordinate is not finite.
    private mutating func points(_ value: BinaryValue) -> Bool {
        for offset in stride(from: 0, to: value.count, by: 16) {
            let x = value.double(at: offset), y = value.double(at: offset + 8)
            guard x.isFinite, y.isFinite else { return false }
            makeRoom(96)
            if offset > 0 { out.put(", ") }
            out.putDouble(x)
            out.put(UInt8(ascii: " "))
            out.putDouble(y)
        }
        makeRoom(96)
        return true
    }

    private mutating func numbers(_ value: BinaryValue, names: [StaticString]) -> ValueOutcome {
        guard value.count == 8 * names.count else { return malformed("line or circle") }
        makeRoom(160)
        for (index, name) in names.enumerated() {
            let part = value.double(at: 8 * index)
            guard part.isFinite else { return unrepresentable("a coordinate that is not finite") }
            out.put(name)
            out.putDouble(part)
        }
        out.put(UInt8(ascii: "}"))
        return .written
    }
}
