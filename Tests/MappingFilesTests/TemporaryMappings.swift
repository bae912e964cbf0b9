import Foundation
import MappingFiles
import ReindexCore
import Testing

/// A mappings folder of a test's own, removed with it.
final class TemporaryMappings {
    let path: String
    var folder: MappingFolder { MappingFolder(path: path) }

    func mapping(named name: String = "products") throws -> Mapping { try folder.mapping(named: name) }

    init(_ files: [String: String] = [:]) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "mappings-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try write("body.json", #"{"settings": {"number_of_shards": 1}, "mappings": {}}"#)
        try write("canaries.ndjson", #"{"name": "all", "search": {"query": {"match_all": {}}}}"#)
        for (name, text) in files { try write(name, text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }

    func write(_ name: String, _ bytes: Data) throws {
        try bytes.write(to: URL(filePath: path).appending(path: name))
    }

    /// The errors of one mapping, a line each: `products.yaml:3:1 source.key: is missing (hint)`, without the folder's path.
    func errors(of name: String = "products") -> [String] {
        do throws(MappingErrors) {
            _ = try folder.mapping(named: name)
            return []
        } catch {
            return error.errors.map { text(of: $0) }
        }
    }

    func text(of error: MappingError) -> String {
        let field = error.field.map { "\($0): " } ?? ""
        let hint = error.hint.map { " (\($0))" } ?? ""
        return "\(error.place) \(field)\(error.message)\(hint)".replacing(path + "/", with: "")
    }
}

/// What every complete mapping has; tests add to it. Its last line is 3.
let smallest = """
    alias: products
    body: body.json
    source: {table: products, key: id}

    """

func mapping(_ text: String) throws -> Mapping {
    try TemporaryMappings(["products.yaml": text]).mapping()
}

func errors(in text: String) throws -> [String] {
    try TemporaryMappings(["products.yaml": text]).errors()
}
