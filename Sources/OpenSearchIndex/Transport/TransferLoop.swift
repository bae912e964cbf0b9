internal import CCurl
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// All requests of the process on one thread of our own: libcurl's multi interface.
///
/// One thread is enough (it moves gigabytes a second) and makes ownership simple: easy handles, answers and time-outs
/// belong to it. Other threads only put transfers into the inbox, or ask for one to be given up, and wake it. What they
/// wait for is a continuation, resumed once a request; so no thread of the cooperative pool ever waits in libcurl.
///
/// The wake-up is sent under the inbox's lock, and its pipe is closed only after the inbox was closed under that lock:
/// nobody can write into a file descriptor that is somebody else's by then.
@safe final class TransferLoop: @unchecked Sendable {
    // Sendable because `multi` never changes and is used by the loop's thread alone; the rest is under the mutex.
    private let multi: UnsafeMutableRawPointer
    private let wakeUp: WakeUp
    private let inbox = Mutex(Inbox())

    private struct Inbox {
        var begun: [Transfer] = []
        var cancelled: [Transfer] = []
        var isClosing = false
        var isEmpty: Bool { begun.isEmpty && cancelled.isEmpty && !isClosing }
    }

    /// - Returns: nil when there is no memory, no file descriptor or no thread to be had.
    static func start() -> TransferLoop? {
        guard globalInitialisation == CURLE_OK, let wakeUp = WakeUp() else { return nil }
        guard let multi = unsafe curl_multi_init() else {
            wakeUp.close()
            return nil
        }
        let loop = unsafe TransferLoop(multi: multi, wakeUp: wakeUp)
        return loop.startThread() ? loop : nil
    }

    private init(multi: UnsafeMutableRawPointer, wakeUp: WakeUp) {
        unsafe self.multi = unsafe multi
        self.wakeUp = wakeUp
    }

    /// Hands a transfer with its continuation to the thread.
    func begin(_ transfer: Transfer) {
        let isClosed = inbox.withLock { inbox in
            if inbox.isClosing { return true }
            wake(&inbox) { $0.begun.append(transfer) }
            return false
        }
        if isClosed { transfer.continuation?.resume(returning: .failure(.closed)) }
    }

    /// Gives a transfer up, begun or not; its continuation is resumed by the thread.
    func cancel(_ transfer: Transfer) {
        transfer.isCancelled.store(true, ordering: .releasing)
        inbox.withLock { inbox in if !inbox.isClosing { wake(&inbox) { $0.cancelled.append(transfer) } } }
    }

    /// Ends the thread. What is on its way is given up.
    func close() {
        inbox.withLock { inbox in if !inbox.isClosing { wake(&inbox) { $0.isClosing = true } } }
    }

    /// One wake-up is enough until the thread has emptied the inbox.
    private func wake(_ inbox: inout Inbox, after change: (inout Inbox) -> Void) {
        let wasEmpty = inbox.isEmpty
        change(&inbox)
        if wasEmpty { wakeUp.send() }
    }

    // MARK: The thread

    private func startThread() -> Bool {
        let context = unsafe Unmanaged.passRetained(self)
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        #if canImport(Glibc)
        var thread = pthread_t()
        #else
        var thread: pthread_t?
        #endif
        let status = unsafe pthread_create(&thread, &attributes, runLoop, context.toOpaque())
        if status != 0 {
            unsafe context.release()
            unsafe curl_multi_cleanup(multi)
            wakeUp.close()
        }
        return status == 0
    }

    /// The thread's whole life: take what is new, wait, let libcurl work, hand out what is done.
    fileprivate func run() {
        var work = LoopState()
        let sockets = unsafe SocketWatch(multi: multi, wakeUp: wakeUp)
        while true {
            let news = inbox.withLock { inbox in
                let taken = inbox
                inbox.begun = []
                inbox.cancelled = []
                return taken
            }
            if news.isClosing {
                news.begun.forEach { $0.continuation?.resume(returning: .failure(.closed)) }
                break
            }
            for transfer in news.begun { begin(transfer, in: &work) }
            for transfer in news.cancelled { giveUp(transfer, because: .cancelled, in: &work) }
            sockets.wait(atMost: work.active.isEmpty ? 60_000 : work.pause, wakeUp)
            handOutFinished(&work)
            endExpired(&work)
        }
        for transfer in work.active.values.map(\.transfer) { giveUp(transfer, because: .closed, in: &work) }
        work.idle = []
        unsafe curl_multi_cleanup(multi)
        wakeUp.close()
        // Its callbacks are libcurl's until here.
        withExtendedLifetime(sockets) {}
    }

    private func begin(_ transfer: Transfer, in work: inout LoopState) {
        if transfer.isCancelled.load(ordering: .acquiring) {
            transfer.continuation?.resume(returning: .failure(.cancelled))
            return
        }
        guard let easy = work.idle.popLast() ?? EasyHandle() else {
            transfer.continuation?.resume(returning: .failure(.unreachable("out of memory")))
            return
        }
        easy.prepare(for: transfer, headers: work.headers)
        unsafe curl_multi_add_handle(multi, easy.pointer)
        work.add(transfer, on: easy)
    }

    private func handOutFinished(_ work: inout LoopState) {
        var remaining: CInt = 0
        while let message = unsafe curl_multi_info_read(multi, &remaining) {
            // The message is valid until the handle is removed: read first.
            guard unsafe message.pointee.msg == CURLMSG_DONE, let pointer = unsafe message.pointee.easy_handle,
                let (transfer, easy) = work.active[Int(bitPattern: pointer)]
            else { continue }
            let code = unsafe reindex_message_result(message)
            end(transfer, on: easy, with: easy.result(code, of: transfer), in: &work)
        }
    }

    private func endExpired(_ work: inout LoopState) {
        guard let now = work.isTimeToCheck() else { return }
        for (transfer, easy) in Array(work.active.values) {
            switch transfer.watch.observe(easy.progress(of: transfer.request), at: now) {
            case nil: break
            case .noAnswer(let limit):
                giveUp(transfer, because: .broken("no answer within \(limit.forPeople)"), in: &work)
            case .stalled(let limit):
                giveUp(transfer, because: .broken("no byte moved for \(limit.forPeople)"), in: &work)
            }
        }
    }

    private func giveUp(_ transfer: Transfer, because failure: TransferFailure, in work: inout LoopState) {
        guard let easy = work.handle(of: transfer) else { return }
        end(transfer, on: easy, with: .failure(failure), in: &work)
    }

    private func end(
        _ transfer: Transfer, on easy: EasyHandle, with result: Result<HTTPResponse, TransferFailure>,
        in work: inout LoopState
    ) {
        // From here on libcurl reads neither the body nor the transfer; a half-done connection is closed by it.
        unsafe curl_multi_remove_handle(multi, easy.pointer)
        work.remove(easy)
        transfer.continuation?.resume(returning: result)
    }
}

/// What only the thread touches.
private struct LoopState {
    /// By the address of the easy handle.
    private(set) var active: [Int: (transfer: Transfer, easy: EasyHandle)] = [:]
    var idle: [EasyHandle] = []
    let headers = HeaderLists()
    /// Milliseconds between two looks at the clock: a quarter of the shortest limit, at most a second.
    private(set) var pause = 1000
    private var nextCheck = ContinuousClock.now

    mutating func add(_ transfer: Transfer, on easy: EasyHandle) {
        active[easy.key] = (transfer, easy)
        let shortest = min(transfer.limits.firstByte, transfer.limits.stall).milliseconds
        pause = max(1, min(pause, shortest / 4))
    }

    mutating func remove(_ easy: EasyHandle) {
        active[easy.key] = nil
        if idle.count < 32 { idle.append(easy) }
        if active.isEmpty { pause = 1000 }
    }

    func handle(of transfer: Transfer) -> EasyHandle? {
        active.values.first { $0.transfer === transfer }?.easy
    }

    mutating func isTimeToCheck() -> ContinuousClock.Instant? {
        guard !active.isEmpty else { return nil }
        let now = ContinuousClock.now
        guard now >= nextCheck else { return nil }
        nextCheck = now + .milliseconds(pause)
        return now
    }
}

/// curl_global_init is not thread-safe in older versions: once, before the first handle.
private let globalInitialisation = curl_global_init(Int(CURL_GLOBAL_DEFAULT_FLAGS))

/// CURL_GLOBAL_ALL, a macro of two others: SSL and Win32.
private let CURL_GLOBAL_DEFAULT_FLAGS = 3

private func runLoop(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<TransferLoop>.fromOpaque(context).takeRetainedValue().run()
    return nil
}

extension Duration {
    /// "30 s", "0.2 s".
    var forPeople: String {
        let (whole, thousandths) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        return thousandths == 0 ? "\(whole) s" : "\(Double(milliseconds) / 1000) s"
    }
}
