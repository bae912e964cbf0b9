/// How many rows to FETCH so that they become one body of the size wanted: from the mean seen so far.
struct FetchSize: Sendable {
    private let fixed: Int?
    private var bytesPerRow: Double?

    init(fixed: Int?) { self.fixed = fixed }

    mutating func saw(bytesPerRow seen: Double) {
        guard seen > 0 else { return }
        bytesPerRow = bytesPerRow.map { $0 * 0.8 + seen * 0.2 } ?? seen
    }

    /// 256 until something is known.
    func rowCount(forBytes byteCount: Int) -> Int {
        if let fixed { return fixed }
        guard let bytesPerRow else { return 256 }
        return min(max(1, Int(Double(byteCount) / bytesPerRow)), 20_000)
    }
}
