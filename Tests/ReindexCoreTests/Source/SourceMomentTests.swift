import ReindexCore
import Testing

@Suite struct SourceMomentTests {
    @Test func `only a snapshot that nobody was writing in is a moment`() {
        #expect(SourceMoment("745:745:") != nil)
        #expect(SourceMoment("745:745:") == SourceMoment("745:745:"))
        #expect(SourceMoment("745:745:") != SourceMoment("746:746:"))
        for other in ["745:746:", "745:747:745", "745:745:745", "", "745", ":745:", "745:745", nil] {
            #expect(SourceMoment(other) == nil, "\(other ?? "nil")")
        }
    }
}
