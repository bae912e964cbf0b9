import ReindexCore
import Testing

@testable import reindex

@Suite struct ReportPageTests {
    private let progress = Progress(
        clocks: Clocks(now: { .zero }, wallMicroseconds: { 0 }, sleep: { _ in }, random: { 0 }))

    private func report(_ message: String) -> Report {
        let mapping = Mapping(
            name: "shop", alias: "shop", body: .init(path: "shop.index.json", json: [:]),
            source: SourceRules(rows: .table("shop"), key: ["id"]), marks: SourceMarks(file: "", lines: [:]))
        return Report(mapping, failure: Message(.notPromoted, message), nil, progress.snapshot)
    }

    private func sample(_ second: Int) -> Timeline.Sample {
        Timeline.Sample(
            seconds: Double(second), phase: .copy, documents: second * 30_000, bytes: second * 28_000_000,
            requests: second * 30, sending: Double(second) * 3, permits: 4 + second % 3, refusals: second / 5)
    }

    @Test func `whatever a server or a mapping says stays text`() {
        let hostile = "</title><script>alert(1)</script>\u{1b}[31m<img src=x onerror='x'> & \"quoted\""
        let page = ReportPage(runs: [.init(report: report(hostile), samples: [])]).html
        #expect(!page.contains("<script>") && !page.contains("<img") && !page.contains("\u{1b}"))
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("&amp; &quot;quoted&quot;"))
    }

    @Test func `it is one page that loads nothing, with a chart for each measure`() {
        var done = report("the gate is closed")
        done.forecast = Forecast(
            documents: 1000, bytesSent: 1_000_000, indexBytes: 600_000, seconds: 2, connections: 2,
            oldestSnapshotSeconds: 2, basis: "the run before")
        done.actual = done.forecast
        let page = ReportPage(runs: [.init(report: done, samples: (0...30).map(sample))]).html
        #expect(page.components(separatedBy: "<svg").count == 6)
        #expect(page.contains("Forecast and what happened") && page.contains("600.0 kB"))
        #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("src="))
        #expect(page.contains("prefers-color-scheme:dark"))
        #expect(!page.contains("nan") && !page.contains("inf\""))
    }

    @Test func `times and numbers of any size have a scale`() {
        for factor in [0, 1, 1_000_000] {
            let samples = (0..<5).map { second in
                Timeline.Sample(
                    seconds: Double(second), phase: .copy, documents: second * factor, bytes: 0, requests: second,
                    sending: 0, permits: 1, refusals: 0)
            }
            let html = Charts(samples: samples).html
            #expect(html.components(separatedBy: "class=\"grid\"").count < 60)
            #expect(html.contains(factor == 1_000_000 ? "1,000,000" : factor == 1 ? ">1" : ">0"))
        }
    }
}
