import Testing

@testable import ReindexCore

@Suite struct CatchUpChoiceTests {
    private func choice(
        _ asked: Mapping.CatchUpMethod, isPlain: Bool = true, hasChildren: Bool = false, isReplica: Bool = false,
        isVersioned: Bool = false,
        tellsTimeline: Bool = true
    ) -> CatchUpChoice {
        var mapping = Mapping.scripted
        mapping.catchUp = asked
        if isVersioned { mapping.writers = .versioned }
        if hasChildren { mapping.document.children = [.init(name: "c", query: "select 1", parent: ["k"])] }
        var source = SourceDescription.scripted
        source.server.isReplica = isReplica
        source.tellsTimeline = tellsTimeline
        if isPlain {
            source.physicalReading = .possible(
                .init(byteCount: 1, cacheByteCount: 1, fileNode: "1", correlation: nil))
        }
        return CatchUpChoice(mapping: mapping, source: source)
    }

    @Test func `a plain table's changes are found by who wrote them, anything else's by the documents`() {
        #expect(choice(.auto).method == .xmin)
        #expect(choice(.auto, isPlain: false).method == .content)
        #expect(choice(.auto, hasChildren: true).method == .content)
        #expect(choice(.auto, isReplica: true).method == .content)
        #expect(choice(.auto, tellsTimeline: false).method == .content)
        #expect(choice(.auto, isVersioned: true).method == .content)
    }

    @Test func `xmin is refused in favour of content where it would miss something`() {
        #expect(choice(.xmin).method == .xmin)
        let refused = choice(.xmin, hasChildren: true)
        #expect(refused.method == .content && refused.reason.contains("child"))
        #expect(choice(.xmin, isVersioned: true).method == .content)
    }

    @Test func `who wants the documents verified has them compared`() {
        var mapping = Mapping.scripted
        mapping.verify.contentShare = 0.01
        let choice = CatchUpChoice(mapping: mapping, source: .scripted)
        #expect(choice.method == .content && choice.reason.contains("verify.content"))
    }

    @Test func `what else is asked for is done`() {
        #expect(choice(.content).method == .content)
        #expect(choice(.none).method == .none)
        #expect(choice(.changedAt("updated_at"), isPlain: false).method == .changedAt("updated_at"))
    }
}
