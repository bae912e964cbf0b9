#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// A pipe that ends somebody's poll(2). Neither end blocks: that it is full says as much as another byte.
struct WakeUp: Sendable {
    let reading: CInt
    private let writing: CInt

    /// - Returns: nil where the process has no file descriptors left.
    init?() {
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (reading, writing) = (ends[0], ends[1])
    }

    /// From any thread.
    func send() {
        var byte: UInt8 = 1
        _ = unsafe write(writing, &byte, 1)
    }

    func consume() {
        var bytes: (UInt64, UInt64) = (0, 0)
        _ = unsafe read(reading, &bytes, MemoryLayout.size(ofValue: bytes))
    }

    /// Nobody may send any more.
    func close() {
        for end in [reading, writing] { closeDescriptor(end) }
    }
}

private func closeDescriptor(_ descriptor: CInt) { _ = close(descriptor) }
