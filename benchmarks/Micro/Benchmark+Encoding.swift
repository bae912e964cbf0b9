import ReindexCore

extension Benchmark {
    /// Rows of the wide products, of a key alone, with children, and values of each type.
    static var encoding: [Benchmark] {
        let rows = [
            Benchmark(name: "row/products", prepare: products),
            Benchmark(name: "row/key-alone") { try columns([], 1000) },
            Benchmark(name: "row/with-children", prepare: withChildren),
        ]
        return rows + TypeSample.all.map { sample in Benchmark(name: "type/\(sample.name)") { try values(of: sample) } }
    }

    /// Text of 4 KiB by what in it needs a second look.
    static var escaping: [Benchmark] {
        [
            escaped("clean") { UInt8(ascii: "a") + UInt8($0.below(26)) },
            escaped("one-in-100") { $0.below(100) == 0 ? UInt8(ascii: "\"") : UInt8(ascii: "e") },
            escaped("one-in-10") { $0.below(10) == 0 ? UInt8(ascii: "\n") : UInt8(ascii: "e") },
            escaped("all-controls") { UInt8($0.below(32)) },
            escaped("not-ascii") { _ in 0xC3 },
        ]
    }

    private static func products() throws -> Work {
        let template = try DocumentTemplate(
            description: Products.description, rules: Products.rules, keyHash: DocumentHash(seed: 42))
        return encode(RowBatch(benchmarking: Products.rows(1000)), with: template, itemCount: 1000)
    }

    /// 32 columns of the type, so that the row's own share in a value is small.
    private static func values(of sample: TypeSample) throws -> Work {
        try columns([TypeSample](repeating: sample, count: 32), 100, itemCount: 3200)
    }

    private static func columns(_ samples: [TypeSample], _ rowCount: Int, itemCount: Int? = nil) throws -> Work {
        var random = Random(state: 42)
        let columns =
            [Column(name: "id", type: .base("int8"))]
            + samples.enumerated().map { Column(name: "c\($0)", type: $1.type) }
        let rows = (0..<rowCount).map { id -> [[UInt8]?] in
            [Binary.integer(Int64(id))] + samples.map { $0.value(&random) }
        }
        let template = try DocumentTemplate(
            description: SourceDescription(benchmarking: columns), rules: DocumentRules())
        return encode(
            RowBatch(benchmarking: FixedRows(rows)), with: template, itemCount: itemCount ?? rowCount)
    }

    private static func escaped(_ name: String, _ byte: @escaping (inout Random) -> UInt8) -> Benchmark {
        Benchmark(name: "escape/\(name)") {
            let text = TypeSample("text") { random in (0..<4096).map { _ in byte(&random) } }
            return try columns([text], 100)
        }
    }

    /// Parents with three rows of one child and two of another, which come in one result each.
    private static func withChildren() throws -> Work {
        var random = Random(state: 42)
        let parents = (0..<500).map { [Binary.integer(Int64($0)), Texts.words(4, &random)] as [[UInt8]?] }
        let columns = [Column(name: "id", type: .base("int8")), Column(name: "title", type: .base("text"))]
        let children = [("reviews", 3), ("offers", 2)].map { name, count in
            let columns = [
                Column(name: "parent", type: .base("int8")), Column(name: "rating", type: .base("int4")),
                Column(name: "body", type: .base("text")),
            ]
            let rows = (0..<500 * count).map { row -> [[UInt8]?] in
                [
                    Binary.integer(Int64(row / count)), Binary.integer(Int32(random.below(6))),
                    Texts.words(6, &random),
                ]
            }
            return (ChildDescription(name: name, columns: columns, parentColumns: [0]), FixedRows(rows))
        }
        let description = SourceDescription(benchmarking: columns, children: children.map(\.0))
        let template = try DocumentTemplate(description: description, rules: DocumentRules())
        let batch = RowBatch(benchmarking: FixedRows(parents), children: children.map(\.1))
        return encode(batch, with: template, itemCount: 500)
    }

    private static func encode(_ batch: RowBatch, with template: DocumentTemplate, itemCount: Int) -> Work {
        let encoded = template.encode(batch)
        precondition(encoded.rejections.isEmpty && encoded.replacedValues == 0, "values that are taken as they are")
        return Work(itemCount: itemCount, byteCount: encoded.body.byteCount) { keep(template.encode(batch)) }
    }
}
