import Foundation

/// nginx with TLS and basic authentication before a server, and the authority that vouches for it.
///
/// `Sendable` because nothing changes after `init`; the process is ended once.
final class TLSProxy: @unchecked Sendable {
    static let nginx = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx", "/opt/homebrew/bin/nginx"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    static let openssl = ["/usr/bin/openssl", "/usr/local/bin/openssl", "/opt/homebrew/bin/openssl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    let folder: URL
    let port: Int
    private let process = Process()

    var url: String { "https://127.0.0.1:\(port)" }
    var authority: String { folder.appendingPathComponent("ca.pem").path }
    /// One that vouches for nothing here.
    var otherAuthority: String { folder.appendingPathComponent("other.pem").path }

    init(before upstream: String) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("reindex-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        port = Int.random(in: 20_000..<30_000)
        try makeCertificates()
        try configure(upstream)
        process.executableURL = URL(fileURLWithPath: Self.nginx ?? "")
        process.arguments = ["-p", folder.path, "-c", "nginx.conf", "-e", "error.log"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        // nginx writes its number once it listens.
        let pidFile = folder.appendingPathComponent("nginx.pid").path
        let deadline = Date.now.addingTimeInterval(10)
        while !FileManager.default.fileExists(atPath: pidFile) {
            guard process.isRunning, Date.now < deadline else { throw CocoaError(.executableLoad) }
            usleep(10_000)
        }
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    private func makeCertificates() throws {
        for name in ["ca", "other"] {
            try run([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test \(name)", "-keyout",
                "\(name).key", "-out", "\(name).pem",
            ])
        }
        try run(["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=a", "-keyout", "a.key", "-out", "a.csr"])
        try Data("subjectAltName=IP:127.0.0.1".utf8).write(to: folder.appendingPathComponent("a.ext"))
        try run([
            "x509", "-req", "-in", "a.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "a.ext", "-out", "a.pem",
        ])
    }

    @discardableResult private func run(_ arguments: [String]) throws -> String {
        let output = Pipe()
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: Self.openssl ?? "")
        openssl.arguments = arguments
        openssl.currentDirectoryURL = folder
        openssl.standardError = FileHandle.nullDevice
        openssl.standardOutput = output
        try openssl.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return text
    }

    private func configure(_ upstream: String) throws {
        // Hashed, for a colon would end a password that stands there as it is.
        let hash = try run(["passwd", "-apr1", "s:cret ü"])
        try Data("alice:\(hash)".utf8).write(to: folder.appendingPathComponent("users"))
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path temp-\($0);" }
        let text = """
            daemon off;
            pid nginx.pid;
            events {}
            http {
                access_log off;
                \(temporary.joined(separator: "\n    "))
                server {
                    listen 127.0.0.1:\(port) ssl http2;
                    ssl_certificate \(folder.path)/a.pem;
                    ssl_certificate_key \(folder.path)/a.key;
                    auth_basic "search";
                    auth_basic_user_file \(folder.path)/users;
                    client_max_body_size 50m;
                    location / { proxy_pass \(upstream); proxy_http_version 1.1; }
                    location /forbidden { return 403; }
                }
            }
            """
        try Data(text.utf8).write(to: folder.appendingPathComponent("nginx.conf"))
    }
}
