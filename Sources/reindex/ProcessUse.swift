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
        unsafe getrusage(RUSAGE_SELF, &usage)
        let unit = 1024
        #else
        unsafe getrusage(RUSAGE_SELF, &usage)
        let unit = 1
        #endif
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        let microseconds = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        return ProcessUse(cpuSeconds: seconds + microseconds / 1_000_000, peakMemoryBytes: Int(usage.ru_maxrss) * unit)
    }

    /// Keeps freed memory for reuse: results of a megabyte come and go, and giving each back costs more than reading it.
    /// Source: `mallopt(3)`; measured in `docs/design.md`.
    static func keepFreedMemory() {
        #if canImport(Glibc)
        mallopt(M_TRIM_THRESHOLD, 256 << 20)
        mallopt(M_MMAP_THRESHOLD, 64 << 20)
        #endif
    }
}
