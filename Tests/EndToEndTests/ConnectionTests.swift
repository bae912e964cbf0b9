import Foundation
import Testing

/// The ways to OpenSearch: several addresses, TLS, a password.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct ConnectionTests {
    static let hasNginx = Servers.program("nginx") != nil && Servers.program("openssl") != nil
    static let noNginx = "no nginx or no openssl in PATH"

    @Test(arguments: RunTests.targets)
    func `a dead first address is passed over`(target: Servers.Target) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 2000)
            let dead = try Servers.freePort()
            let addresses = "http://127.0.0.1:\(dead),\(bench.openSearch),http://no-such-host.invalid:9200"
            try await bench.succeed("run", "notes", "--body-size", "16KiB", with: ["OPENSEARCH_URL": addresses])
            try await bench.expectNotes()
        }
    }

    @Test(.enabled(if: hasNginx, "\(noNginx)"), arguments: RunTests.targets)
    func `behind TLS with a password: the authority is required, and so is the password`(
        target: Servers.Target
    ) async throws {
        try await Workbench.use(target) { bench in
            try await bench.makeNotes(rows: 500)
            let proxy = try await TLSProxy.start(for: bench.openSearch, in: bench.folder)
            let address = "https://localhost:\(proxy.port)"
            let trusting = ["OPENSEARCH_URL": address, "OPENSEARCH_CA": proxy.authority.path]

            let untrusted = try await bench.reindex("run", "notes", with: ["OPENSEARCH_URL": address])
            #expect(untrusted.status == 77 && untrusted.errors.contains("certificate"), "\(untrusted.errors)")
            let anonymous = try await bench.reindex("run", "notes", with: trusting)
            #expect(anonymous.status == 77 && anonymous.errors.contains("401"), "\(anonymous.errors)")
            let secret = ["OPENSEARCH_USER": "shop", "OPENSEARCH_PASSWORD": "wrong-and-secret"]
            let wrong = try await bench.reindex("run", "notes", with: trusting.merging(secret) { $1 })
            #expect(wrong.status == 77 && !wrong.errors.contains("wrong-and-secret"), "\(wrong.errors)")
            #expect(try await bench.indices().isEmpty)

            let right = ["OPENSEARCH_USER": "shop", "OPENSEARCH_PASSWORD": "pässword:with%"]
            try await bench.succeed("run", "notes", with: trusting.merging(right) { $1 })
            try await bench.expectNotes()
            try Data("pässword:with%\n".utf8).write(to: bench.folder.appending(path: "secret"))
            let fromFile = ["OPENSEARCH_USER": "shop", "OPENSEARCH_PASSWORD_FILE": "secret", "OPENSEARCH_URL": address]
            try await bench.succeed("run", "notes", "--insecure", with: fromFile)
            try await bench.expectNotes()
            await proxy.stop()
        }
    }

    /// Options of the stand-in, or a fault script, and the exit code with words that the error must have.
    static let strangers: [([String], String?, Int32, String)] = [
        (["--distribution", "elasticsearch", "--version-number", "8.19.1"], nil, 65, "Elasticsearch 8.19.1"),
        (["--version-number", "1.3.20"], nil, 65, "OpenSearch 1.3.20; 2 or later is needed"),
        ([], "GET / html 200", 65, "answers 200 with an HTML page"),
        ([], "GET / status 404 nothing here", 65, "answers 404 with nothing here"),
        (["--user", "shop:secret"], nil, 77, "Unauthorized"),
        ([], "* * status 403", 77, "does not allow it"),
        ([], "* * nothing 100", 69, "Empty reply from server"),
    ]

    @Test(arguments: strangers.indices)
    func `what answers and is not an OpenSearch that will do is refused, and nothing is made`(number: Int) async throws
    {
        let (options, faults, exit, words) = Self.strangers[number]
        let sandbox = try await faults == nil ? Sandbox.start(options) : Sandbox.start(faults: faults ?? "")
        try await Workbench.use(.sandbox, at: sandbox.address) { bench in
            try await bench.makeNotes(rows: 5)
            let refused = try await bench.reindex("run", "notes")
            #expect(refused.status == exit && refused.errors.contains(words), "\(refused.status) \(refused.errors)")
            #expect(refused.errors.hasPrefix("error: ") && refused.output.isEmpty)
        }
        await sandbox.stop()
    }

    @Test func `a password command is run for PostgreSQL's password`() async throws {
        try await Workbench.use(.sandbox) { bench in
            try await bench.makeNotes(rows: 5)
            try await bench.sql(
                """
                do $$ begin create role password_required; exception when others then null; end $$;
                drop role if exists \(bench.database); create role \(bench.database) login password 'rot''ating' in role password_required;
                grant select on notes to \(bench.database);
                """)
            let more = [
                "PGHOST": "127.0.0.1", "PGUSER": bench.database, "DATABASE_PASSWORD_COMMAND": "printf \"rot'ating\\n\"",
            ]
            try await bench.succeed("run", "notes", with: more)
            try await bench.expectNotes()
            try await bench.sql("drop owned by \(bench.database); drop role \(bench.database)")
        }
    }
}

/// An nginx of one test: TLS with a certificate of its own authority, and basic authentication, in front of a server.
struct TLSProxy {
    let port: UInt16
    let authority: URL
    private let process: ChildProcess

    static func start(for address: String, in folder: URL) async throws -> TLSProxy {
        let port = try Servers.freePort()
        let script = """
            set -e
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-authority -keyout ca.key -out ca.pem 2>&1
            openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr 2>&1
            printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > san
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.pem 2>&1
            printf 'shop:%s\\n' "$(openssl passwd -apr1 'pässword:with%')" > users
            mkdir -p tmp && chmod 755 . && chmod 644 users server.key
            """
        try Data(script.utf8).write(to: folder.appending(path: "certificates.sh"))
        let made = await
            (try ChildProcess(
                "/bin/sh", ["certificates.sh"], environment: Servers.environment, in: folder)).wait()
        guard made.status == 0 else { throw Failure("openssl: \(made.output)") }
        let here = folder.path
        let configuration = """
            daemon off; master_process off; pid \(here)/nginx.pid; error_log \(here)/nginx.log;
            events {}
            http {
              access_log off; client_max_body_size 0; client_body_temp_path \(here)/tmp/a; proxy_temp_path \(here)/tmp/b;
              fastcgi_temp_path \(here)/tmp/c; uwsgi_temp_path \(here)/tmp/d; scgi_temp_path \(here)/tmp/e;
              server {
                listen 127.0.0.1:\(port) ssl; ssl_certificate \(here)/server.pem; ssl_certificate_key \(here)/server.key;
                auth_basic "shop"; auth_basic_user_file \(here)/users;
                location / { proxy_pass \(address); proxy_http_version 1.1; proxy_set_header Connection ""; }
              }
            }
            """
        try Data(configuration.utf8).write(to: folder.appending(path: "nginx.conf"))
        guard let nginx = Servers.program("nginx") else { throw Failure("no nginx") }
        let process = try ChildProcess(
            nginx, ["-p", here, "-e", "\(here)/nginx.log", "-c", "\(here)/nginx.conf"],
            environment: Servers.environment, in: folder)
        for _ in 0..<200 {
            if let answer = try? await Web.request(
                "GET", "https://localhost:\(port)/", trusting: folder.appending(path: "ca.pem")),
                answer.status == 401
            {
                return TLSProxy(port: port, authority: folder.appending(path: "ca.pem"), process: process)
            }
            try await Task.sleep(for: .milliseconds(25))
        }
        process.signal(SIGKILL)
        throw Failure("nginx does not answer: \(await process.wait().errors)")
    }

    func stop() async {
        process.signal(SIGTERM)
        _ = await process.wait()
    }
}
