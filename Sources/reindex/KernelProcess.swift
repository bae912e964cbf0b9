internal import FoundationEssentials
internal import ReindexCore

/// What this machine's kernel knows of a process that held a run. Of other machines, boots and containers it knows nothing.
///
/// Source: proc(5). Where there is no /proc, nothing is known, and a holder is waited for as if it were elsewhere.
enum KernelProcess {
    /// This boot, and the namespace that process ids count in: a container has one of its own.
    static let boot: String? = {
        guard let boot = contents("/proc/sys/kernel/random/boot_id"),
            let namespace = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        else { return nil }
        return boot.split(whereSeparator: \.isNewline).joined() + " " + namespace
    }()

    /// When a process began, in ticks since the boot; nil where there is none, or one that has ended and is not waited for.
    static func beginning(of id: Int) -> String? {
        // The second field is the name in brackets, which may hold anything; the state follows it.
        guard let stat = contents("/proc/\(id)/stat"), let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[end...].split(separator: " ")
        guard fields.count > 20, fields[1] != "Z", fields[1] != "X" else { return nil }
        return String(fields[20])
    }

    static func isGone(_ holder: RunRecord.Holder) -> Bool {
        guard let boot, holder.boot == boot, let began = holder.began else { return false }
        return beginning(of: holder.pid) != began
    }

    private static func contents(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
