import Testing

/// Every folder of `Cases`, against each target it names.
@Suite(.enabled(if: Servers.hasPostgres, "\(Servers.noPostgres)"))
struct CaseTests {
    @Test(arguments: EndToEndCase.for(.sandbox))
    func `on the stand-in`(each: EndToEndCase) async throws { try await each.run(against: .sandbox) }

    @Test(.enabled(if: Servers.hasOpenSearch2, "\(Servers.noOpenSearch2)"), arguments: EndToEndCase.for(.openSearch2))
    func `on OpenSearch 2`(each: EndToEndCase) async throws { try await each.run(against: .openSearch2) }

    @Test(.enabled(if: Servers.hasOpenSearch3, "\(Servers.noOpenSearch3)"), arguments: EndToEndCase.for(.openSearch3))
    func `on OpenSearch 3`(each: EndToEndCase) async throws { try await each.run(against: .openSearch3) }
}
