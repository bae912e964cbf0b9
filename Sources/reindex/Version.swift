/// The tool's version, as `--version`, checkpoints and reports say it.
enum Version {
    static let current = "0.1.0"
}
