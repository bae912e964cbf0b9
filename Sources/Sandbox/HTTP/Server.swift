internal import CMicrohttpd

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A daemon of libmicrohttpd on 127.0.0.1, with one thread of its own.
@safe struct Server: ~Copyable {
    private let daemon: OpaquePointer
    private let service: Service
    let port: Int

    /// - Parameter port: 0 for a free one.
    /// - Returns: nil where the port cannot be had.
    static func start(_ service: Service, port: Int) -> Server? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        #if os(Linux)
        let flags = MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        #else
        let flags = MHD_USE_INTERNAL_POLLING_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        #endif
        let shared = unsafe Unmanaged.passUnretained(service).toOpaque()
        let started = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe sandbox_start(
                    UInt32(flags), $0, UInt16(port), sandboxHandle, shared, sandboxBegin, sandboxCompleted, 256 << 10)
            }
        }
        guard let daemon = unsafe started else { return nil }
        return unsafe Server(daemon: daemon, service: service, port: Int(sandbox_port(daemon)))
    }

    private init(daemon: OpaquePointer, service: Service, port: Int) {
        unsafe self.daemon = unsafe daemon
        self.service = service
        self.port = port
    }

    /// Takes no further connection. Requests that a fault holds back would keep a full stop waiting: the process ends instead.
    func close() { _ = unsafe MHD_quiesce_daemon(daemon) }
}
