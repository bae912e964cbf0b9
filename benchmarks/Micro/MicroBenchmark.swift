// How long the inner parts take, without PostgreSQL and without OpenSearch. `benchmarks/run micro` runs all of them.
//
//   MicroBenchmark list                    the names
//   MicroBenchmark time NAME [ROUNDS]      nanoseconds of CPU an item, of the median and the best round
//   MicroBenchmark repeat NAME TIMES       only runs it: what callgrind counts more for more times is the item's own
//
// What is printed is one line of JSON. Input is made of numbers that are the same each time. CPU time, because a busy
// machine takes the processor away for longer than a round.
#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@main enum MicroBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let name = arguments.dropFirst().first ?? ""
        let number = arguments.dropFirst(2).first.flatMap { Int($0) }
        switch arguments.first {
        case "list": for each in Benchmark.all { print(each.name) }
        case "time": time(try prepared(name), rounds: max(number ?? 9, 1))
        case "repeat":
            let work = try prepared(name)
            work.once()  // what is only set up once is behind it
            for _ in 0..<(number ?? 1) { work.once() }
            print("{\"items\":\(work.itemCount),\"bytes\":\(work.byteCount)}")
        default: throw Mistake(text: "list, time NAME [ROUNDS] or repeat NAME TIMES")
        }
    }

    private static func prepared(_ name: String) throws -> Work {
        guard let benchmark = Benchmark.all.first(where: { $0.name == name }) else {
            throw Mistake(text: "no benchmark named \(name)")
        }
        return try benchmark.prepare()
    }

    /// A round is as many times as take 20 ms.
    private static func time(_ work: Work, rounds: Int) {
        var times = 1
        while nanoseconds(of: times, work) < 20e6 { times *= 2 }
        let perItem = (0..<rounds).map { _ in nanoseconds(of: times, work) / Double(times * work.itemCount) }.sorted()
        print(
            "{\"items\":\(work.itemCount),\"bytes\":\(work.byteCount),\"median_ns\":\(perItem[rounds / 2]),"
                + "\"best_ns\":\(perItem[0])}")
    }

    private static func nanoseconds(of times: Int, _ work: Work) -> Double {
        let begin = cpuNanoseconds()
        for _ in 0..<times { work.once() }
        return cpuNanoseconds() - begin
    }

    private static func cpuNanoseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }

    struct Mistake: Error { let text: String }
}

/// Something to be measured, prepared only when it is.
struct Benchmark {
    let name: String
    let prepare: () throws -> Work

    static var all: [Benchmark] { encoding + escaping + bodies + responses + watermarks }
}

/// What one repetition does.
struct Work {
    let itemCount: Int
    /// Bytes that one repetition writes, or reads where it writes none; 0 where there are none.
    let byteCount: Int
    let once: () -> Void
}

/// Takes a result, so that the optimiser may not leave out what made it.
@inline(never) func keep<Value>(_ value: Value) { withExtendedLifetime(value) {} }
