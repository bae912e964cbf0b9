internal import ReindexCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A thread of our own for blocking calls of libpq, so that none of them holds a thread of the cooperative pool.
///
/// Works are done one after the other, in the order they came. The thread begins with the first one and ends with
/// ``stop()`` or with the last reference to this object, after the works that are queued.
final class ReaderThread: Sendable {
    private let queue = WorkQueue()

    deinit { queue.stop() }

    func stop() { queue.stop() }

    /// Does the work on the thread and suspends until it is done: one hop there and one back.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(SourceError) -> Value
    ) async throws(SourceError) -> Value {
        try await result(of: work).get()
    }

    /// The same for where errors have no type.
    func result<Value: Sendable>(
        of work: @escaping @Sendable () throws(SourceError) -> Value
    ) async -> Result<Value, SourceError> {
        await withCheckedContinuation { continuation in
            let isTaken = queue.append { continuation.resume(returning: Result(catching: work)) }
            if !isTaken { continuation.resume(returning: .failure(Self.stopped)) }
        }
    }

    /// Does the work on the thread some time; `false` where the thread has ended.
    func later(_ work: @escaping @Sendable () -> Void) -> Bool { queue.append(work) }

    private static let stopped = SourceError(
        .connectionLost, doing: "reading", message: "the reader is closed, or its thread could not be started")
}

/// Works that wait for their thread. A mutex and a condition, because the thread has to sleep between them.
@safe private final class WorkQueue: @unchecked Sendable {
    // Sendable because everything mutable is touched under the mutex only.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var works: [@Sendable () -> Void] = []
    private var isRunning = false
    private var isStopped = false

    init() {
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// - Returns: whether the work will be done.
    func append(_ work: @escaping @Sendable () -> Void) -> Bool {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        guard !isStopped else { return false }
        if !isRunning {
            guard start() else { return false }
            isRunning = true
        }
        works.append(work)
        unsafe pthread_cond_signal(condition)
        return true
    }

    func stop() {
        unsafe pthread_mutex_lock(mutex)
        isStopped = true
        unsafe pthread_cond_signal(condition)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Sleeps until there is work; nil once all is done after `stop`.
    private func next() -> (@Sendable () -> Void)? {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while works.isEmpty, !isStopped { unsafe pthread_cond_wait(condition, mutex) }
        return works.isEmpty ? nil : works.removeFirst()
    }

    private func doAll() {
        while let work = next() { work() }
    }

    /// The thread holds the queue, and not who filled it.
    private func start() -> Bool {
        let held = unsafe Unmanaged.passRetained(self)
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                #if canImport(Darwin)
                unsafe Unmanaged<WorkQueue>.fromOpaque(argument).takeRetainedValue().doAll()
                #else
                if let argument = unsafe argument {
                    unsafe Unmanaged<WorkQueue>.fromOpaque(argument).takeRetainedValue().doAll()
                }
                #endif
                return nil
            }, held.toOpaque())
        guard status == 0 else {
            unsafe held.release()
            return false
        }
        #if canImport(Darwin)
        if let thread = unsafe thread { unsafe pthread_detach(thread) }
        #else
        pthread_detach(thread)
        #endif
        return true
    }
}
