import Foundation

/// A PostgreSQL of a test's own, by `scripts/postgres`: it may be restarted, or be a replica.
final class OwnPostgres: Sendable {
    let folder: URL
    let environment: [String: String]
    private static let script = URL(filePath: #filePath).appending(path: "../../../../scripts/postgres").standardized

    /// - Parameter settings: further lines of postgresql.conf.
    static func start(settings: String = "") async throws -> OwnPostgres {
        let folder = FileManager.default.temporaryDirectory.appending(path: "reindex-postgres-\(UUID().uuidString)")
        return OwnPostgres(folder: folder, environment: try await start(folder, settings: settings))
    }

    private static func start(_ folder: URL, port: String? = nil, settings: String = "") async throws -> [String:
        String]
    {
        var environment = Servers.environment
        environment["POSTGRES_EXTRA"] = settings
        let process = try ChildProcess(
            "/bin/bash", [script.path, "start", folder.path] + (port.map { [$0] } ?? []), environment: environment,
            in: FileManager.default.temporaryDirectory)
        let result = await process.wait()
        guard let found = result.output.firstMatch(of: /PGHOST=(\S+) PGPORT=(\d+)/)?.output else {
            throw Failure("no PostgreSQL: \(result.errors)")
        }
        return ["PGHOST": String(found.1), "PGPORT": String(found.2)]
    }

    private init(folder: URL, environment: [String: String]) {
        self.folder = folder
        self.environment = environment
    }

    func restart() async throws {
        await halt()
        _ = try await Self.start(folder, port: environment["PGPORT"])
    }

    func stop() async {
        await halt()
        try? FileManager.default.removeItem(at: folder)
    }

    private func halt() async {
        let process = try? ChildProcess(
            "/bin/bash", [Self.script.path, "stop", folder.path], environment: Servers.environment,
            in: FileManager.default.temporaryDirectory)
        _ = await process?.wait()
    }

    /// A hot standby that follows this one, and cancels what stands in the way of its replay at once.
    func makeReplica() async throws -> OwnPostgres {
        let hba = folder.appending(path: "data/pg_hba.conf")
        let handle = try FileHandle(forWritingTo: hba)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("local replication all trust\n".utf8))
        try handle.close()
        let other = FileManager.default.temporaryDirectory.appending(path: "reindex-postgres-\(UUID().uuidString)")
        // As whoever owns the data: pg_basebackup keeps no owners, and PostgreSQL wants them right.
        let copy = """
            set -e
            mkdir -p "$1" && chmod a+rx "$1"
            own=(); if [ "$(id -u)" = 0 ]; then chown postgres "$1"; own=(setpriv --reuid=postgres --regid=postgres --clear-groups --); fi
            cd "$1"
            psql -XAtqc 'select pg_reload_conf()' postgres > /dev/null
            "${own[@]}" "$(dirname "$(readlink -f "$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb | tail -n 1)")")/pg_basebackup" \
                -h "$PGHOST" -p "$PGPORT" -U postgres -D "$1/data" -R -X stream -c fast
            printf '%s\n' "unix_socket_directories = '$1'" 'max_standby_streaming_delay = 0' 'hot_standby_feedback = off' >> "$1/data/postgresql.conf"
            """
        let process = try ChildProcess(
            "/bin/bash", ["-c", copy, "replica", other.path],
            environment: Servers.environment.merging(environment) { $1 }, in: FileManager.default.temporaryDirectory)
        let result = await process.wait()
        guard result.status == 0 else { throw Failure("no replica: \(result.errors)") }
        return OwnPostgres(folder: other, environment: try await Self.start(other))
    }
}
