#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The standard streams: whether a person looks on, how wide, and writes that never raise SIGPIPE's cost twice.
enum Terminal {
    static var isInteractive: Bool {
        isatty(STDERR_FILENO) == 1 && isDrawable
    }

    private static var isDrawable: Bool { unsafe getenv("TERM").map { unsafe String(cString: $0) } != "dumb" }

    /// Whether standard output is a terminal that can be drawn on.
    static var isOutputInteractive: Bool { isatty(STDOUT_FILENO) == 1 && isDrawable }

    /// Columns, 80 where nobody says.
    static var width: Int {
        var size = winsize()
        guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
        return Int(size.ws_col)
    }

    static func out(_ text: String) { write(text, to: STDOUT_FILENO) }
    static func error(_ text: String) { write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = [UInt8](text.utf8)[...]
        while !bytes.isEmpty {
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Foundationless.write(descriptor, $0.baseAddress, $0.count)
            }
            if written < 0 {
                if errno == EINTR { continue }
                return
            }
            bytes = bytes.dropFirst(written)
        }
    }
}

/// The C function, whose name our own hides.
private enum Foundationless {
    static func write(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
        unsafe Glibc.write(descriptor, bytes, count)
        #else
        unsafe Darwin.write(descriptor, bytes, count)
        #endif
    }
}
