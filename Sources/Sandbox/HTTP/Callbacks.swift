internal import CMicrohttpd
internal import Dispatch

// C calls these on microhttpd's thread. They are global functions in a file without top-level code, so that nothing binds
// them to the main actor.

/// A request line was read: the exchange that lives until `completed` is made here.
@c func sandboxBegin(
    _ service: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let service = unsafe service, let target = unsafe target else { return nil }
    // The server holds the service until the daemon is stopped.
    let shared = unsafe Unmanaged<Service>.fromOpaque(service).takeUnretainedValue()
    return unsafe Unmanaged.passRetained(Exchange(target: String(cString: target), service: shared)).toOpaque()
}

/// Called once with the headers, once a piece of the body, and once more when it is complete or a delay is over.
@c func sandboxHandle(
    _ service: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ data: UnsafePointer<CChar>?,
    _ size: UnsafeMutablePointer<Int>?, _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let pointer = unsafe context?.pointee, let connection = unsafe connection, let size = unsafe size,
        let method = unsafe method
    else { return .NO }
    // Retained by sandboxBegin until sandboxCompleted.
    let exchange = unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
    if exchange.isNew {
        switch unsafe exchange.begin(method: String(cString: method), headers: readHeaders(connection)) {
        case .reads: return .YES
        case .closes: return .NO
        case .answers: return exchange.reply.map { unsafe deliver($0, on: connection) } ?? .NO
        }
    }
    if unsafe size.pointee > 0 {
        unsafe exchange.receive(UnsafeRawBufferPointer(start: data, count: size.pointee))
        unsafe size.pointee = 0
        return .YES
    }
    if let reply = exchange.reply { return unsafe deliver(reply, on: connection) }
    let reply = exchange.finish()
    if reply.delayMilliseconds == 0 { return unsafe deliver(reply, on: connection) }
    let suspended = unsafe SuspendedConnection(connection)
    unsafe MHD_suspend_connection(connection)
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(reply.delayMilliseconds)) { suspended.resume() }
    return .YES
}

@c func sandboxCompleted(
    _ service: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_RequestTerminationCode
) {
    guard let pointer = unsafe context?.pointee else { return }
    unsafe Unmanaged<Exchange>.fromOpaque(pointer).release()
    unsafe context?.pointee = nil
}

/// Sendable because microhttpd allows to resume from any thread, and keeps a suspended connection.
@safe private struct SuspendedConnection: @unchecked Sendable {
    private let connection: OpaquePointer

    init(_ connection: OpaquePointer) { unsafe self.connection = unsafe connection }

    func resume() { unsafe MHD_resume_connection(connection) }
}

private func readHeaders(_ connection: OpaquePointer) -> Exchange.Headers {
    func value(_ name: String) -> String? {
        unsafe MHD_lookup_connection_value(connection, .HEADER_KIND, name).map { unsafe String(cString: $0) }
    }
    return Exchange.Headers(
        contentType: value("Content-Type"), contentEncoding: value("Content-Encoding"),
        contentLength: value("Content-Length").flatMap { Int($0) }, authorization: value("Authorization"))
}

private func deliver(_ reply: Service.Reply, on connection: OpaquePointer) -> MHD_Result {
    if reply.ending == .dropped { return .NO }
    let bytes = reply.response.bytes
    let made =
        reply.ending == .half
        ? unsafe halfResponse(bytes)
        : unsafe bytes.withUnsafeBytes { buffer in
            // With MUST_COPY microhttpd does not write to the buffer nor keep it.
            unsafe MHD_create_response_from_buffer(
                buffer.count, UnsafeMutableRawPointer(mutating: buffer.baseAddress), .RESPMEM_MUST_COPY)
        }
    guard let response = unsafe made else { return .NO }
    defer { unsafe MHD_destroy_response(response) }
    if let type = reply.response.contentType { unsafe MHD_add_response_header(response, "content-type", type) }
    for (name, value) in reply.response.headers { unsafe MHD_add_response_header(response, name, value) }
    return unsafe MHD_queue_response(connection, UInt32(reply.response.status), response)
}

/// A response that declares the whole size and breaks off in the middle.
private func halfResponse(_ bytes: [UInt8]) -> OpaquePointer? {
    let half = unsafe Unmanaged.passRetained(HalfBody(bytes)).toOpaque()
    return unsafe MHD_create_response_from_callback(
        UInt64(max(bytes.count, 2)), 32 << 10, sandboxReadHalf, half, sandboxFreeHalf)
}

private final class HalfBody {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }
}

@c func sandboxReadHalf(
    _ half: UnsafeMutableRawPointer?, _ place: UInt64, _ target: UnsafeMutablePointer<CChar>?, _ limit: Int
) -> Int {
    // -2 is MHD_CONTENT_READER_END_WITH_ERROR, a macro that is not imported.
    guard let half = unsafe half, let target = unsafe target else { return -2 }
    let body = unsafe Unmanaged<HalfBody>.fromOpaque(half).takeUnretainedValue()
    let end = body.bytes.count / 2
    let count = min(limit, end - Int(place))
    if count <= 0 { return -2 }
    unsafe body.bytes.withUnsafeBytes {
        unsafe UnsafeMutableRawPointer(target).copyMemory(from: $0.baseAddress! + Int(place), byteCount: count)
    }
    return count
}

@c func sandboxFreeHalf(_ half: UnsafeMutableRawPointer?) {
    if let half = unsafe half { unsafe Unmanaged<HalfBody>.fromOpaque(half).release() }
}
