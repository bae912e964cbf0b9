/// The path of a document below its folder, different for different ids, on file systems that ignore case too.
///
/// `a`–`z`, digits, `_`, `-` and dots inside stay; every other byte becomes `%XX`. A name may have 255 bytes and an
/// id 512, so a long one is cut into folders whose names end in `~`, which no escaped text contains.
enum FileName {
    static let suffix = ".json"
    private static let longestPiece = 200

    /// Folders, if any, and the file, in order.
    static func components(of id: String) -> [String] {
        var rest = escape(id)[...]
        var components: [String] = []
        while rest.utf8.count > longestPiece {
            components.append(rest.prefix(longestPiece) + "~")
            rest = rest.dropFirst(longestPiece)
        }
        return components + [rest + suffix]
    }

    private static func escape(_ id: String) -> String {
        var result = ""
        for (place, byte) in id.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            // A leading dot would hide the file among our own locks and temporary files.
            case UInt8(ascii: ".") where place > 0:
                result.append(".")
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return result
    }
}
