/// In which order a copy reads the rows.
package enum RowOrder: String, Sendable, Hashable, Codable {
    /// By the key: whatever moves meanwhile, a place in that order means the same in every snapshot.
    case key
    /// Block by block, as the table lies on the disk (TID range scans): a place means the same only while no row moves, so
    /// rows may be missed or read twice where a copy takes several snapshots. The rounds after it put that right.
    case physical
}
