internal import ReindexCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The user's command that prints the password: for passwords that rotate, so it is run at each connect.
struct PasswordCommand {
    let command: String

    /// The first line of what the command prints.
    /// - Throws: `authentication` with the command's exit status, never with what it printed.
    func password() throws(SourceError) -> String {
        guard let pipe = unsafe popen(command, "r") else {
            throw failure("DATABASE_PASSWORD_COMMAND cannot be started")
        }
        var line: [UInt8] = []
        var isFirstLine = true
        // Read to the end, so that the command does not die of SIGPIPE behind its first line.
        while case let byte = unsafe getc(pipe), byte != EOF {
            if byte == Int32(UInt8(ascii: "\n")) { isFirstLine = false }
            if isFirstLine { line.append(UInt8(truncatingIfNeeded: byte)) }
        }
        let status = unsafe pclose(pipe)
        let signal = status & 0x7f
        guard signal == 0 else { throw failure("DATABASE_PASSWORD_COMMAND was ended by signal \(signal)") }
        let exitStatus = (status >> 8) & 0xff
        guard exitStatus == 0 else { throw failure("DATABASE_PASSWORD_COMMAND exited with status \(exitStatus)") }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard !line.isEmpty, !line.contains(0) else { throw failure("DATABASE_PASSWORD_COMMAND printed no password") }
        return String(decoding: line, as: UTF8.self)
    }

    private func failure(_ message: String) -> SourceError {
        SourceError(.authentication, doing: "connecting", message: message)
    }
}
