internal import ReindexCore

/// `--tune-report`: a line each second with the rate and the settings in force, as CSV, written when the run ends.
struct TuneReport: Sendable {
    let progress: Progress

    private static let columns = [
        "seconds", "phase", "documents", "documents_per_second", "permits", "requests_in_flight", "body_bytes",
        "bytes_in_flight", "compressed", "fetch_rows", "limited_by", "throttled",
    ]

    /// Takes samples until the task is cancelled.
    func write(to path: String) async {
        var lines = [Self.columns.joined(separator: ",")]
        var before = progress.snapshot
        var began = ContinuousClock.now
        let start = began
        while true {
            do { try await ContinuousClock().sleep(for: .seconds(1)) } catch { break }
            let (now, at) = (progress.snapshot, ContinuousClock.now)
            let rate = Double(now.documents - before.documents) / (at - began).seconds
            let values: [Any] = [
                Int((at - start).seconds.rounded()), now.phase?.rawValue ?? "", now.documents, Int(rate), now.permits,
                now.requestsInFlight, now.bodyByteCount, now.bytesInFlight, now.isCompressed, now.fetchRowCount,
                now.limit?.rawValue ?? "", now.retries.throttledItems + now.retries.throttledRequests,
            ]
            lines.append(values.map { "\($0)" }.joined(separator: ","))
            (before, began) = (now, at)
        }
        do {
            try PrivateFile.save(lines.joined(separator: "\n") + "\n", to: path)
        } catch {
            Terminal.error(Message(.unexpected, "the tune report cannot be written to \(path)", "\(error)").text)
        }
    }
}
