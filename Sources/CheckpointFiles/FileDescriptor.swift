#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What a system call said no with.
struct SystemError: Error {
    let code: CInt
    let call: String

    init(_ call: String) { (self.call, code) = (call, errno) }

    init(_ call: String, code: CInt) { (self.call, self.code) = (call, code) }

    /// "cannot write: No space left on device"
    var text: String { "cannot \(call): \(unsafe String(cString: strerror(code)))" }

    var isMissing: Bool { code == ENOENT }
    /// Full, or at a limit: room may be made.
    var isFull: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
    var isNotAllowed: Bool { code == EACCES || code == EPERM || code == EROFS }
}

/// An open file or folder; closed with its owner, and with it the lock on it.
struct FileDescriptor: ~Copyable, Sendable {
    private let number: CInt

    enum Use { case readFile, replaceFile, lockFile, folder }

    static func open(_ path: String, for use: Use) throws(SystemError) -> FileDescriptor {
        // O_CLOEXEC: a child process must not keep a lock. O_NOFOLLOW: a link must not lead a write elsewhere.
        let flags =
            switch use {
            case .readFile: O_RDONLY
            case .replaceFile: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
            case .lockFile: O_RDWR | O_CREAT | O_NOFOLLOW
            case .folder: O_RDONLY | O_DIRECTORY
            }
        let number = retryingInterrupts { Int(openFile(path, flags | O_CLOEXEC, 0o600)) }
        guard number >= 0 else { throw SystemError("open \(path)") }
        return FileDescriptor(number: CInt(number))
    }

    private init(number: CInt) { self.number = number }

    deinit { close(number) }

    func readAll() throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        var offset = 0
        while true {
            let count = retryingInterrupts {
                unsafe buffer.withUnsafeMutableBytes { room in
                    unsafe pread(number, room.baseAddress, room.count, off_t(offset))
                }
            }
            guard count >= 0 else { throw SystemError("read") }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            offset += count
        }
    }

    /// Writes from the file's beginning. What stood there before stays behind it: see ``truncate(to:)``.
    func write(_ bytes: [UInt8]) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = retryingInterrupts {
                unsafe bytes.withUnsafeBytes { all in
                    unsafe pwrite(
                        number, all.baseAddress.map { unsafe $0 + written }, all.count - written, off_t(written))
                }
            }
            guard count > 0 else { throw count == 0 ? SystemError("write", code: ENOSPC) : SystemError("write") }
            written += count
        }
    }

    func truncate(to count: Int) throws(SystemError) {
        guard ftruncate(number, off_t(count)) == 0 else { throw SystemError("truncate") }
    }

    /// What was written is on disk, or the disk has lied.
    func sync() throws(SystemError) {
        guard retryingInterrupts({ Int(fsync(number)) }) == 0 else { throw SystemError("sync") }
    }

    /// Waits for the lock, or says at once whether it was free.
    func lock(waits: Bool) throws(SystemError) -> Bool {
        let status = retryingInterrupts { Int(flock(number, waits ? LOCK_EX : LOCK_EX | LOCK_NB)) }
        if status == 0 { return true }
        if !waits, errno == EWOULDBLOCK { return false }
        throw SystemError("lock")
    }
}

private func retryingInterrupts(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}

/// `open` under a name that a method called `open` does not hide.
private func openFile(_ path: String, _ flags: CInt, _ mode: mode_t) -> CInt { unsafe open(path, flags, mode) }
