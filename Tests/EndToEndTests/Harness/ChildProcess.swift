import Foundation

/// A program that was started, with its output going to files: no pipe that could fill up.
final class ChildProcess: Sendable {
    let id: pid_t
    private let outputFile: URL
    private let errorFile: URL

    struct Result: Sendable {
        /// The exit code, or 128 and the signal that ended it, as a shell says it.
        let status: Int32
        let output: String
        let errors: String
    }

    /// Starts a program; `environment` replaces the parent's altogether.
    init(_ program: String, _ arguments: [String], environment: [String: String], in folder: URL) throws {
        let files = FileManager.default.temporaryDirectory.appending(path: "reindex-e2e-\(UUID().uuidString)")
        outputFile = files.appendingPathExtension("out")
        errorFile = files.appendingPathExtension("err")

        #if canImport(Glibc)
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #else
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputFile.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorFile.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        // A group of its own, and signals as a shell would leave them: what stops the tests is not for it.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // Who runs the tests in the background may ignore SIGINT, and a shell cannot trap what was ignored before it.
        var usual = sigset_t()
        sigemptyset(&usual)
        for number in [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&usual, number) }
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        // The shell enters the folder and becomes the program; glibc shows Swift no addchdir_np.
        let shell = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder.path, program] + arguments
        let argv = shell.map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var id: pid_t = 0
        let failure = posix_spawn(&id, "/bin/sh", &actions, &attributes, argv, envp)
        guard failure == 0 else { throw Failure("cannot start \(program): \(String(cString: strerror(failure)))") }
        self.id = id
    }

    /// Waits for its end on a thread of its own. Once only.
    func wait() async -> Result {
        let status = await withCheckedContinuation { continuation in
            Thread.detachNewThread { [id] in
                var status: Int32 = 0
                while waitpid(id, &status, 0) == -1 && errno == EINTR {}
                continuation.resume(returning: status)
            }
        }
        defer {
            try? FileManager.default.removeItem(at: outputFile)
            try? FileManager.default.removeItem(at: errorFile)
        }
        let signal = status & 0x7f
        return Result(
            status: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
            output: (try? String(decoding: Data(contentsOf: outputFile), as: UTF8.self)) ?? "",
            errors: (try? String(decoding: Data(contentsOf: errorFile), as: UTF8.self)) ?? "")
    }

    /// Until its end is waited for, one that has ended counts as running no more.
    var isRunning: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(id), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_signo == 0
    }

    func signal(_ number: Int32) { kill(id, number) }

    /// What it has written on standard error so far.
    var errorsSoFar: String { (try? String(decoding: Data(contentsOf: errorFile), as: UTF8.self)) ?? "" }
}

/// A step of a test that could not be made: not what the test is about.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
