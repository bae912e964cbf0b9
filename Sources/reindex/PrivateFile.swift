internal import FoundationEssentials

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Files that the command writes for its caller: whole or not at all, and readable by nobody else (0600).
enum PrivateFile {
    /// A device or a pipe is written as it is; a regular file is replaced by a complete one.
    static func save(_ text: String, to path: String) throws {
        let bytes = Data(text.utf8)
        let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        if let type, type != .typeRegular { return try writeThrough(bytes, to: path) }
        let before = umask(0o077)
        defer { _ = umask(before) }
        let new = "\(path).\(getpid()).new"
        do {
            try bytes.write(to: URL(filePath: new))
            guard unsafe rename(new, path) == 0 else {
                throw failure(reason(errno))
            }
        } catch {
            try? FileManager.default.removeItem(atPath: new)
            throw error
        }
    }

    /// Never waits for a reader that does not come, nor for one that stopped reading.
    private static func writeThrough(_ bytes: Data, to path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno == ENXIO ? "nobody reads it" : reason(errno)) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard unsafe poll(&event, 1, 10_000) == 1 else { throw failure("nobody reads it") }
            } else if errno != EINTR {
                throw failure(reason(errno))
            }
        }
    }

    private static func failure(_ reason: String) -> CocoaError {
        CocoaError(.fileWriteUnknown, userInfo: ["reason": reason])
    }

    private static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
