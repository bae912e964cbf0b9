import Foundation

/// HTTP for the tests by the curl command: what the tool does with libcurl is looked at with something else.
enum Web {
    struct Answer: Sendable {
        let status: Int
        let body: String

        var json: Any { (try? JSONSerialization.jsonObject(with: Data(body.utf8))) ?? [String: Any]() }
        var object: [String: Any] { json as? [String: Any] ?? [:] }
    }

    static func request(
        _ method: String, _ url: String, body: String? = nil, trusting authority: URL? = nil
    ) async throws -> Answer {
        guard let curl = Servers.program("curl") else { throw Failure("no curl in PATH") }
        var arguments = ["-sS", "-X", method, "-w", "\n%{http_code}", "-H", "Content-Type: application/json"]
        if let authority { arguments += ["--cacert", authority.path] }
        var file: URL?
        if let body {
            let path = FileManager.default.temporaryDirectory.appending(path: "reindex-e2e-\(UUID().uuidString).body")
            try Data(body.utf8).write(to: path)
            arguments += ["--data-binary", "@\(path.path)"]
            file = path
        }
        defer { if let file { try? FileManager.default.removeItem(at: file) } }
        let process = try ChildProcess(
            curl, arguments + [url], environment: ["PATH": "/usr/bin:/bin"], in: FileManager.default.temporaryDirectory)
        let result = await process.wait()
        guard result.status == 0, let end = result.output.lastIndex(of: "\n") else {
            throw Failure("\(method) \(url): \(result.errors)")
        }
        let status = Int(result.output[result.output.index(after: end)...]) ?? 0
        return Answer(status: status, body: String(result.output[..<end]))
    }
}
