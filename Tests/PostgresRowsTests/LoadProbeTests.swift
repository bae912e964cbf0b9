import Foundation
import ReindexCore
import Testing

@testable import PostgresRows

/// What the server's statistics views say to whom.
@Suite(.enabled(if: TestDatabase.isAvailable), .serialized) struct LoadProbeTests {
    @Test func `sessions that run a statement are counted, and only by who may see them`() async throws {
        let database = try await TestDatabase("create table t (id int primary key); grant select on t to public")
        let probe = PostgresLoadProbe(settings: database.settings())
        let before = try await probe.load()
        #expect(before.hiddenSessions == 0 && before.replicaLag == nil && before.whyNoLag != nil)
        let others = (0..<5).map { _ in Task { try await database.run("select pg_sleep(8)") } }
        var most = 0
        for _ in 0..<60 where most < 5 {
            most = max(most, try await probe.load().activeSessions)
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(most >= 5)
        let unprivileged = PostgresLoadProbe(settings: database.asRole)
        #expect(try await unprivileged.load().hiddenSessions >= 5)
        for other in others { _ = try await other.value }
        await probe.close()
        await unprivileged.close()
    }
}
