internal import ReindexCore

/// Why a command that works on a live index does not.
enum LiveRefusal: Error {
    /// The index does not give documents back as they were sent.
    case contentDiffers(String)
    /// `promote`: no run was left unpromoted.
    case nothingHeld(RunRecord?)
    /// `promote --index`: it was built by another mapping or index body.
    case otherMapping(String)
    /// `verify --index --repair`: it was built by another mapping, and does not say by which.
    case keepsNoMapping(String)
    /// `catch-up`, `verify --repair`: the fields in which the mapping differs from the one that the index was built with.
    case builtOtherwise(String, fields: [String])
}
