/// The forms of a geo point: an object of `lat` and `lon`, a text, an array of numbers, GeoJSON.
enum GeoPoint {
    /// Why a value, or one of an array of values, is no point; nil when all are.
    static func problem(with value: JSON, name: String) -> JSON? {
        switch value {
        case .null: return nil
        case .array(let elements):
            if case .number? = elements.first { return coordinates(elements, name: name) }
            return elements.lazy.compactMap { problem(with: $0, name: name) }.first
        case .object(let object): return self.object(object, name: name)
        case .string(let text): return self.text(text, name: name)
        default: return APIError.cause("parse_exception", "geo_point expected")
        }
    }

    private static func object(_ object: JSONObject, name: String) -> JSON? {
        if object["type"]?.string?.lowercased() == "point", let coordinates = object["coordinates"]?.array {
            return self.coordinates(coordinates, name: name)
        }
        if let hash = object["geohash"]?.string { return geohash(hash) }
        for key in object.keys where key != "lat" && key != "lon" {
            return APIError.cause("parse_exception", "field must be either [lon|lat], [type|coordinates], or [geohash]")
        }
        var numbers: [Double] = []
        for key in ["lat", "lon"] {
            guard let text = object[key]?.text else {
                return APIError.cause("parse_exception", "field [\(key)] missing")
            }
            guard let number = Double(text) else {
                return [
                    "type": "parse_exception", "reason": "[lon] and [lat] must be valid double values",
                    "caused_by": APIError.cause("number_format_exception", "For input string: \"\(text)\""),
                ]
            }
            numbers.append(number)
        }
        return bounds(latitude: numbers[0], longitude: numbers[1], name: name)
    }

    private static func coordinates(_ elements: [JSON], name: String) -> JSON? {
        let numbers = elements.compactMap { $0.text.flatMap(Double.init) }
        guard numbers.count == elements.count, (2...3).contains(numbers.count) else {
            return APIError.cause("parse_exception", "geo_point expected")
        }
        return bounds(latitude: numbers[1], longitude: numbers[0], name: name)
    }

    private static func text(_ text: String, name: String) -> JSON? {
        if text.uppercased().hasPrefix("POINT") {
            let numbers = text.split { " ()".contains($0) }.dropFirst().compactMap { Double($0) }
            return numbers.count == 2
                ? bounds(latitude: numbers[1], longitude: numbers[0], name: name)
                : APIError.cause("parse_exception", "failed to parse WKT point")
        }
        guard text.contains(",") else { return geohash(text) }
        let numbers = text.split(separator: ",").compactMap { part in Double(part.drop { $0 == " " }) }
        guard numbers.count == 2 else { return APIError.cause("parse_exception", "latitude must be a number") }
        return bounds(latitude: numbers[0], longitude: numbers[1], name: name)
    }

    private static func geohash(_ text: String) -> JSON? {
        let alphabet = "0123456789bcdefghjkmnpqrstuvwxyz"
        return !text.isEmpty && text.allSatisfy(alphabet.contains)
            ? nil : APIError.cause("parse_exception", "unsupported symbol in geohash [\(text)]")
    }

    private static func bounds(latitude: Double, longitude: Double, name: String) -> JSON? {
        if !(-90...90).contains(latitude) {
            return APIError.cause("illegal_argument_exception", "illegal latitude value [\(latitude)] for \(name)")
        }
        if !(-180...180).contains(longitude) {
            return APIError.cause("illegal_argument_exception", "illegal longitude value [\(longitude)] for \(name)")
        }
        return nil
    }
}

/// An address of IPv4 or IPv6, as 16 bytes: IPv4 is mapped, as Lucene orders it.
struct IPAddress: Comparable {
    let bytes: [UInt8]

    init?(_ text: String) {
        if let four = IPAddress.four(text) {
            bytes = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + four
            return
        }
        guard text.contains(":") else { return nil }
        var halves: [[UInt8]] = []
        let sides = IPAddress.sides(text)
        guard sides.count <= 2 else { return nil }
        for side in sides {
            var half: [UInt8] = []
            for group in side.split(separator: ":", omittingEmptySubsequences: false) where !side.isEmpty {
                if group.contains("."), let four = IPAddress.four(String(group)) {
                    half += four
                } else {
                    guard (1...4).contains(group.count), let value = UInt16(group, radix: 16) else { return nil }
                    half += [UInt8(value >> 8), UInt8(value & 0xFF)]
                }
            }
            halves.append(half)
        }
        let filled = halves.reduce(0) { $0 + $1.count }
        if halves.count == 2 {
            guard filled <= 14 else { return nil }
            bytes = halves[0] + [UInt8](repeating: 0, count: 16 - filled) + halves[1]
        } else {
            guard filled == 16 else { return nil }
            bytes = halves[0]
        }
    }

    static func < (left: IPAddress, right: IPAddress) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }

    /// What stands before and behind the `::`, if there is one.
    private static func sides(_ text: String) -> [Substring] {
        let characters = Array(text)
        guard
            let place = characters.indices.dropLast().first(where: {
                characters[$0] == ":" && characters[$0 + 1] == ":"
            })
        else { return [text[...]] }
        return [text.prefix(place), text.dropFirst(place + 2)]
    }

    private static func four(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { (1...3).contains($0.count) ? UInt8($0) : nil }
        return parts.count == 4 && bytes.count == 4 ? bytes : nil
    }
}
