/// In which order a run reads the rows, and why: `source.order` and what `auto` makes of it.
///
/// The key's order goes on in any snapshot, so `auto` leaves it only where it is dear: the key jumps about a table that no
/// cache holds, or no index gives its order and the sort would not be done in memory. What moves between two snapshots of
/// the physical order is put right by the rounds after the copy.
package struct ReadingOrder: Sendable, Hashable {
    package let order: RowOrder
    /// For people: follows the order.
    package let reason: String

    private static let lowCorrelation = 0.5
    /// A smaller table is sorted in moments.
    private static let leastSort = 64 << 20

    init(rules: SourceRules, source: SourceDescription) {
        switch rules.order {
        case .key: (order, reason) = (.key, "as the mapping says")
        case .physical: (order, reason) = (.physical, "as the mapping says")
        case .auto:
            switch source.physicalReading {
            case .impossible(let reason): (order, self.reason) = (.key, "no other is possible: \(reason)")
            case .possible(let extent): (order, reason) = Self.choice(extent, source)
            }
        }
    }

    private static func choice(
        _ extent: PhysicalReading.TableExtent, _ source: SourceDescription
    ) -> (RowOrder, String) {
        guard let why = whyKeyIsDear(extent, source) else {
            return (.key, source.isOrderedByIndex ? "an index gives it" : "the table is small enough to be sorted")
        }
        return (.physical, why)
    }

    private static func whyKeyIsDear(_ extent: PhysicalReading.TableExtent, _ source: SourceDescription) -> String? {
        if let correlation = extent.correlation, abs(correlation) < lowCorrelation,
            extent.byteCount > extent.cacheByteCount
        {
            return
                "the key's order is not the table's (correlation \(hundredths(correlation))), and the table is larger than effective_cache_size"
        }
        if !source.isOrderedByIndex, extent.byteCount > leastSort {
            return "no index gives the key's order more cheaply than a sort of the table"
        }
        return nil
    }

    private static func hundredths(_ value: Double) -> String {
        let rounded = Int((abs(value) * 100).rounded())
        let digits = String(rounded % 100)
        return "\(value < 0 && rounded > 0 ? "-" : "")\(rounded / 100).\(digits.count < 2 ? "0" : "")\(digits)"
    }
}
