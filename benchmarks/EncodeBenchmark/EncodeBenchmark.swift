// How long the encoder takes for a row of the wide products, without PostgreSQL and without OpenSearch.
//
//   swift build -c release --product EncodeBenchmark && .build/release/EncodeBenchmark [ROUNDS]
//
// Prints the nanoseconds a row and the bytes a document of the best round; a round is 1,000 rows encoded 200 times.
import ReindexCore

@main enum EncodeBenchmark {
    static func main() throws {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 9
        let template = try DocumentTemplate(description: Products.description, rules: Products.rules)
        let storage = ProductRows(rowCount: 1000)
        let batch = RowBatch(
            fetched: FetchedRows(rows: storage), firstRow: 0, endRow: storage.rowCount,
            epoch: Epoch(version: 1_763_850_000_000_000), slice: 0, end: KeyPlace(values: [], text: []))
        let clock = ContinuousClock()
        var best = Duration.seconds(1_000_000)
        var byteCount = 0
        for _ in 0..<rounds {
            let elapsed = clock.measure {
                for _ in 0..<200 { byteCount = template.encode(batch).body.byteCount }
            }
            best = min(best, elapsed)
        }
        let nanoseconds = Double(best.components.attoseconds) / 1e9 + Double(best.components.seconds) * 1e9
        let perRow = nanoseconds / 200 / Double(storage.rowCount)
        print("products: \(Int(perRow)) ns a row, \(byteCount / storage.rowCount) bytes an item")
    }
}
