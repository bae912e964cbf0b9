internal import CMalloc
internal import FoundationEssentials

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// `opensearch-sandbox`: starts the server and waits for a signal.
@main
enum SandboxCommand {
    static func main() {
        do throws(Arguments.Problem) {
            let process = ProcessInfo.processInfo
            let arguments = try Arguments(Array(process.arguments.dropFirst()), environment: process.environment)
            if arguments.asksForHelp {
                print(Arguments.help, terminator: "")
                return
            }
            try serve(arguments)
        } catch {
            report(error.text)
            exit(64)
        }
    }

    private static func serve(_ arguments: Arguments) throws(Arguments.Problem) {
        if arguments.isDiscarding { reindex_keep_freed_memory(64 << 20, 32 << 20) }
        let service = Service(
            distribution: arguments.distribution, versionNumber: arguments.versionNumber,
            maxContentLength: arguments.maxContentLength, faults: try faults(arguments),
            credentials: arguments.credentials,
            isDiscarding: arguments.isDiscarding)
        guard let server = Server.start(service, port: arguments.port) else {
            throw Arguments.Problem(text: "127.0.0.1:\(arguments.port) cannot be opened")
        }
        let stop = StopSignal.install()
        if let file = arguments.portFile {
            guard FileManager.default.createFile(atPath: file, contents: Data("\(server.port)\n".utf8)) else {
                throw Arguments.Problem(text: "\(file) cannot be written")
            }
        }
        print(
            "http://127.0.0.1:\(server.port)  opensearch-sandbox: a stand-in that keeps everything in memory, NOT for production"
        )
        flushOutput()
        stop.wait()
        server.close()
        exit(0)
    }

    private static func faults(_ arguments: Arguments) throws(Arguments.Problem) -> FaultScript {
        guard let file = arguments.faultsFile else { return FaultScript() }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Arguments.Problem(text: "\(file) cannot be read")
        }
        do {
            return try FaultScript(String(decoding: data, as: UTF8.self))
        } catch {
            throw Arguments.Problem(text: "\(file): \(error.reason)")
        }
    }

    private static func report(_ text: String) {
        let line = "opensearch-sandbox: \(text)\n"
        var bytes = Array(line.utf8)
        _ = unsafe write(STDERR_FILENO, &bytes, bytes.count)
    }

    /// Whoever waits for the line reads it from a pipe, which the standard output would fill a block before it sends.
    private static func flushOutput() { _ = fflush(nil) }
}
