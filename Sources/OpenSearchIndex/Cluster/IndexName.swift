internal import ReindexCore

/// Names of one index or alias in a path. OpenSearch decodes the path first and then looks for wildcards, lists and
/// date arithmetic in it: `*`, `a,b`, `-a` and `<a-{now}>` would mean other indices, whatever the encoding.
enum IndexName {
    /// The name as a path segment.
    /// - Throws: `refused(400, invalid_index_name_exception)` for a name that is not one of a single index or alias.
    static func segment(_ name: String, doing: String, address: String) throws(TargetError) -> String {
        if let fault = fault(of: name) {
            throw TargetError(
                .refused(status: 400, type: "invalid_index_name_exception"), doing: doing,
                message: "“\(ServerText.clean(name, limit: 100))” cannot be an index or alias: \(fault)",
                address: address)
        }
        return PercentEncoding.encode(name)
    }

    /// The rules of MetadataCreateIndexService.validateIndexOrAliasName that keep a name to one index.
    private static func fault(of name: String) -> String? {
        if name.isEmpty { return "it is empty" }
        if name == "." || name == ".." { return "it is “.” or “..”" }
        if name.utf8.count > 255 { return "it is longer than 255 bytes" }
        if let first = name.utf8.first, "_-+".utf8.contains(first) { return "it begins with _, - or +" }
        let forbidden = name.unicodeScalars.first {
            #"\/*?"<>|,#: "#.unicodeScalars.contains($0) || $0.properties.generalCategory == .control
        }
        return forbidden.map {
            "it contains “\($0.properties.generalCategory == .control ? "a control character" : String($0))”"
        }
    }
}
