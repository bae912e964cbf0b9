internal import FoundationEssentials

/// Small files, whole: a size limit is looked at before anything is read, and only regular files are.
enum BoundedFile {
    enum Failure: Error, Hashable {
        case missing, notAFile, unreadable
        case tooLarge(byteCount: Int, limit: Int)

        /// Follows "which".
        var message: String {
            switch self {
            case .missing: "is not there"
            case .notAFile: "is not a file"
            case .unreadable: "may not be read"
            case .tooLarge(let byteCount, let limit): "has \(byteCount) bytes, more than \(limit)"
            }
        }
    }

    static func read(_ path: String, atMost limit: Int) throws(Failure) -> [UInt8] {
        try check(path, atMost: limit)
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable }
        // It may have grown since its size was looked at.
        guard data.count <= limit else { throw .tooLarge(byteCount: data.count, limit: limit) }
        return [UInt8](data)
    }

    static func check(_ path: String, atMost limit: Int) throws(Failure) {
        // Symbolic links are followed: a Kubernetes ConfigMap is mounted as links.
        let target = URL(filePath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: target) else {
            throw FileManager.default.fileExists(atPath: target) ? .unreadable : .missing
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular else { throw .notAFile }
        let byteCount = (attributes[.size] as? any BinaryInteger).map { Int($0) } ?? 0
        guard byteCount <= limit else { throw .tooLarge(byteCount: byteCount, limit: limit) }
        guard FileManager.default.isReadableFile(atPath: target) else { throw .unreadable }
    }
}

/// Paths as the user would type them.
enum PathName {
    /// `mappings` and `products.yaml` make `mappings/products.yaml`; an absolute second path stays as it is.
    static func joined(_ folder: String, _ path: String) -> String {
        if path.hasPrefix("/") || folder.isEmpty || folder == "." { return path }
        return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }
}
