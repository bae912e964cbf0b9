import ReindexCore
import Testing

@testable import PostgresRows

/// Block ranges of a plain table, on the server's own files.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct PhysicalOrderTests {
    private static let table = """
        create table t (id uuid primary key, n int not null, pad text) with (fillfactor = 50);
        insert into t select md5(n::text)::uuid, n, repeat('x', 100) from generate_series(1, 30000) n;
        delete from t where n % 10 = 0;
        update t set pad = 'moved' where n % 17 = 0;
        analyze t
        """

    private func read(_ reader: PostgresRowReader, _ range: KeyRange) async throws -> [Int] {
        _ = try await reader.open(range, in: .new(isExported: false))
        return try await reader.rest(rowCount: 777).map { $0.integer($1, 1) ?? -1 }
    }

    @Test func `rows come as they lie, and parts between blocks are the whole`() async throws {
        let database = try await TestDatabase(Self.table)
        let source = database.source(table: "t", key: ["id"])
        let reader = source.reader(try await source.describe())
        let whole = try await read(reader, KeyRange(start: .beginning, through: nil, order: .physical))
        let expected = try await database.run("select n from t order by ctid").split(separator: "\n").map { Int($0) }
        #expect(whole.map { $0 } == expected.compactMap { $0 } && whole.count > 20_000)
        let cuts = try await reader.cuts(5, of: KeyRange(start: .beginning, through: nil, order: .physical))
        #expect(cuts.count == 4)
        var parts: [[Int]] = []
        for (start, end) in zip([nil] + cuts.map { $0 as KeyPlace? }, cuts.map { $0 as KeyPlace? } + [nil]) {
            let start = start.map { KeyRange.Start.after($0) } ?? .beginning
            parts.append(try await read(reader, KeyRange(start: start, through: end, order: .physical)))
        }
        #expect(parts.flatMap { $0 } == whole)
        #expect(parts.allSatisfy { $0.count > whole.count / 10 }, "\(parts.map(\.count))")
        let half = try await reader.cuts(2, of: KeyRange(start: .after(cuts[0]), through: cuts[3], order: .physical))
        #expect(half.count == 1 && half[0].tuple.map { $0.block > cuts[0].tuple?.block ?? .max } == true)
        await reader.close()
    }

    @Test func `after any row it goes on with the next one`() async throws {
        let database = try await TestDatabase(Self.table)
        let source = database.source(table: "t", key: ["id"])
        let reader = source.reader(try await source.describe())
        let places = try await database.run("select ctid::text || ' ' || n from t order by ctid")
            .split(separator: "\n").map { $0.split(separator: " ") }
        for index in [0, 1, 57, 58, 59, 20_000, places.count - 2, places.count - 1] {
            let numbers = places[index][0].dropFirst().dropLast().split(separator: ",")
            let place = KeyPlace(TupleID(block: UInt32(numbers[0]) ?? 0, offset: UInt16(numbers[1]) ?? 0))
            let rest = try await read(reader, KeyRange(start: .after(place), through: nil, order: .physical))
            #expect(rest.count == places.count - 1 - index)
            #expect(rest.first == (index + 1 < places.count ? Int(places[index + 1][1]) : nil))
        }
        await reader.close()
    }

    @Test(
        arguments: [
            ("create table t (id int primary key)", true),
            ("create table t (id int primary key) partition by range (id)", false),
            ("create table t (id int primary key); create table c () inherits (t)", false),
        ])
    func `only a plain table is read so`(sql: String, isPossible: Bool) async throws {
        let database = try await TestDatabase(sql)
        let description = try? await database.source(table: "t", key: ["id"]).describe()
        #expect((description?.physicalReading.fileNode != nil) == isPossible)
    }

    @Test func `what was rewritten has another file`() async throws {
        let database = try await TestDatabase(Self.table)
        let source = database.source(table: "t", key: ["id"])
        let before = try await source.describe().physicalReading.fileNode
        #expect(before != nil)
        _ = try await database.run("vacuum t")
        #expect(try await source.describe().physicalReading.fileNode == before)
        _ = try await database.run("vacuum full t")
        #expect(try await source.describe().physicalReading.fileNode != before)
    }

    @Test func `who may read the columns alone is not read so, and every snapshot tells what it sees`() async throws {
        let database = try await TestDatabase("create table t (id int primary key, n int); insert into t values (1, 2)")
        let whole = try await database.source(table: "t", key: ["id"]).describe()
        #expect(whole.tellsTimeline && whole.physicalReading.fileNode != nil)
        _ = try await database.run("grant select (id, n) on t to \(database.role)")
        let source = database.source(table: "t", key: ["id"], settings: database.asRole)
        let description = try await source.describe()
        #expect(description.physicalReading.fileNode == nil)
        let reader = source.reader(description)
        _ = try await reader.open(.all, in: .new(isExported: false))
        let mark = try #require(await reader.mark())
        let origin = try #require(mark.origin)
        #expect(origin.hasPrefix("00000001 ") && mark.firstUnseen ?? 0 > 0)
        await reader.close()
    }
}
