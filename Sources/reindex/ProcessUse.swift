internal import CMalloc

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What this process has used, by getrusage(2).
struct ProcessUse: Sendable {
    let cpuSeconds: Double
    let peakMemoryBytes: Int

    static var current: ProcessUse {
        var usage = rusage()
        #if canImport(Glibc)
        let (process, unit) = (__rusage_who_t(RUSAGE_SELF.rawValue), 1024)
        #else
        let (process, unit) = (RUSAGE_SELF, 1)
        #endif
        unsafe getrusage(process, &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        let microseconds = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        return ProcessUse(cpuSeconds: seconds + microseconds / 1_000_000, peakMemoryBytes: Int(usage.ru_maxrss) * unit)
    }

    /// Keeps freed memory for reuse: results of a megabyte come and go, and giving each back costs more than reading it.
    /// Source: `mallopt(3)`; measured in `docs/design.md`.
    static func keepFreedMemory() {
        reindex_keep_freed_memory(256 << 20, 64 << 20)
    }
}
