import Foundation
import ReindexCore
import Testing

@testable import OpenSearchIndex

/// nginx and openssl come from the distribution; without them nothing here can be shown.
@Suite(
    .enabled(if: RealCluster.isThere, RealCluster.reason),
    .enabled(if: TLSProxy.nginx != nil && TLSProxy.openssl != nil, "nginx or openssl is not installed"))
struct TLSTests {
    private func proxy() throws -> TLSProxy { try TLSProxy(before: try #require(RealCluster.url)) }

    private func cluster(_ proxy: TLSProxy, _ change: (inout OpenSearchSettings) -> Void = { _ in }) throws
        -> OpenSearchCluster
    {
        var settings = OpenSearchSettings(
            urls: [proxy.url], user: "alice", password: "s:cret ü", caFile: proxy.authority)
        change(&settings)
        return OpenSearchCluster(try OpenSearchTransport(settings), retry: CallRetry(sleep: { _ in }))
    }

    @Test func `with the right authority and password everything works, large bodies too`() async throws {
        let proxy = try proxy()
        let cluster = try cluster(proxy)
        #expect(try await cluster.describeCluster().notes.isEmpty)
        let name = RealCluster.name("tls")
        try await RealCluster.withIndices([name]) { _ in
            try await cluster.createIndex(name, body: RealCluster.body(mappings: ["enabled": false]))
            try await cluster.updateAliases([.add(AliasPlacement(alias: name + "-w", index: name, isHidden: true))])
            let text = String(repeating: "x", count: 2 << 20)
            let body = bulkBody((0..<4).map { ("\($0)", #"{"t":"\#(text)"}"#) })
            for compresses in [false, true] {
                let reply = try await OpenSearchBulkSink(cluster.transport).send(
                    body, items: 0..<4,
                    to: BulkDestination(writerAlias: name + "-w", pipeline: nil, compresses: compresses), label: "t")
                #expect(reply.status == 200)
                #expect(try JSONValue(parsing: reply.body)["errors"] == false)
            }
            try await cluster.refresh(name)
            #expect(try await cluster.count(of: name) == 4)
        }
    }

    @Test func `an authority that did not sign is a TLS error, and so are the system's own`() async throws {
        let proxy = try proxy()
        for file in [proxy.otherAuthority, nil] {
            let cluster = try cluster(proxy) { $0.caFile = file }
            let error = await targetError { _ = try await cluster.describeCluster() }
            #expect(error?.kind == .tls)
            #expect(error?.message.contains("certificate") == true && error?.message.contains("s:cret") == false)
        }
    }

    @Test func `a name that the certificate does not hold is a TLS error`() async throws {
        let proxy = try proxy()
        let cluster = try cluster(proxy) { $0.urls = ["https://localhost:\(proxy.port)"] }
        #expect(await targetError { _ = try await cluster.describeCluster() }?.kind == .tls)
    }

    @Test func `an authority's file that is not there is a TLS error that names it`() async throws {
        let proxy = try proxy()
        let cluster = try cluster(proxy) { $0.caFile = "/nowhere/ca.pem" }
        let error = await targetError { _ = try await cluster.describeCluster() }
        #expect(error?.kind == .tls && error?.message.contains("/nowhere/ca.pem") == true)
    }

    @Test func `only who asks for it talks to a server that is not verified`() async throws {
        let proxy = try proxy()
        let cluster = try cluster(proxy) { ($0.caFile, $0.insecure) = (nil, true) }
        #expect(try await !cluster.describeCluster().uuid.isEmpty)
    }

    @Test func `a wrong password, or none, is an authentication error`() async throws {
        let proxy = try proxy()
        for user in ["alice", nil] {
            let cluster = try cluster(proxy) { ($0.user, $0.password) = (user, "wrong") }
            let error = await targetError { _ = try await cluster.describeCluster() }
            #expect(error?.kind == .authentication)
            #expect(error?.message == "an HTML page titled “401 Authorization Required”")
        }
    }

    @Test func `http to a port that speaks TLS, and https to one that does not, are told apart from absence`()
        async throws
    {
        let proxy = try proxy()
        let plain = try cluster(proxy) { $0.urls = ["http://127.0.0.1:\(proxy.port)"] }
        let error = await targetError { _ = try await plain.describeCluster() }
        #expect(error?.kind == .unsupported)
        #expect(error?.message.contains("The plain HTTP request was sent to HTTPS port") == true)
        let url = try #require(RealCluster.url).replacingOccurrences(of: "http://", with: "https://")
        let tls = try cluster(proxy) { $0.urls = [url] }
        #expect(await targetError { _ = try await tls.describeCluster() }?.kind == .tls)
    }

    @Test func `a refusal without words of OpenSearch's is summarised`() async throws {
        let proxy = try proxy()
        let cluster = try cluster(proxy)
        let error = await targetError { _ = try await cluster.index("forbidden") }
        #expect(error?.kind == .notAllowed && error?.message == "an HTML page titled “403 Forbidden”")
    }
}
