internal import FoundationEssentials

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Files that the command writes for its caller: whole or not at all, and readable by nobody else (0600).
enum PrivateFile {
    /// A device or a pipe is written as it is; a regular file is replaced by a complete one.
    static func write(_ text: String, to path: String) throws {
        let bytes = Data(text.utf8)
        let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        if let type, type != .typeRegular { return try bytes.write(to: URL(filePath: path)) }
        let before = umask(0o077)
        defer { _ = umask(before) }
        let new = "\(path).\(getpid()).new"
        do {
            try bytes.write(to: URL(filePath: new))
            guard unsafe rename(new, path) == 0 else {
                throw CocoaError(.fileWriteUnknown, userInfo: ["reason": unsafe String(cString: strerror(errno))])
            }
        } catch {
            try? FileManager.default.removeItem(atPath: new)
            throw error
        }
    }
}
