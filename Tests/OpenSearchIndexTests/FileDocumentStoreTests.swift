import Foundation
import ReindexCore
import Testing

@testable import CheckpointFiles

@Suite struct FileDocumentStoreTests {
    @Test func `the folder is for its owner alone, and so is each file`() async throws {
        try await withTemporaryFolder { path in
            let store = try FileDocumentStore(folder: path + "/deep/er")
            _ = try await store.put("run-a", ["a": 1], expected: nil)
            func mode(_ path: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            }
            #expect(try mode(path) == 0o700 && mode(path + "/deep/er") == 0o700)
            #expect(try mode(path + "/deep/er/run-a.json") == 0o600)
            #expect(store.place == "the folder \(path)/deep/er")
        }
    }

    @Test func `one run at a time holds a folder, and the other is told which`() async throws {
        try await withTemporaryFolder { path in
            let first = try FileDocumentStore(folder: path)
            let second = try FileDocumentStore(folder: path)
            try first.lock()
            let error = #expect(throws: StoreError.self) { try second.lock() }
            #expect(error?.kind == .conflict)
            #expect(error?.message.hasPrefix("it is locked by process \(getpid()) since 20") == true)
            // A status may be read meanwhile.
            #expect(try await second.get(["run-a"]).isEmpty)
            first.unlock()
            try second.lock()
        }
    }

    @Test func `a holder that is gone leaves no lock behind`() async throws {
        try await withTemporaryFolder { path in
            do {
                let gone = try FileDocumentStore(folder: path)
                try gone.lock()
            }
            try FileDocumentStore(folder: path).lock()
        }
    }

    @Test func `half of a new file, left by a crash, changes nothing`() async throws {
        try await withTemporaryFolder { path in
            let store = try FileDocumentStore(folder: path)
            let version = try await store.put("run-a", ["a": 1], expected: nil)
            try Data(#"{"counter":9,"id":"run-a","docu"#.utf8).write(to: URL(fileURLWithPath: path + "/.new"))
            #expect(try await store.get(["run-a"])["run-a"]?.version == version)
            _ = try await store.put("run-a", ["a": 2], expected: version)
            #expect(try await store.get(["run-a"])["run-a"]?.json == ["a": 2])
        }
    }

    @Test(arguments: ["", "{", "[]", #"{"counter":1,"id":"run-b","document":{}}"#, #"{"id":"run-a","document":{}}"#])
    func `a file that is not what was written is named, not overwritten`(content: String) async throws {
        try await withTemporaryFolder { path in
            let store = try FileDocumentStore(folder: path)
            _ = try await store.put("run-a", ["a": 1], expected: nil)
            try Data(content.utf8).write(to: URL(fileURLWithPath: path + "/run-a.json"))
            let error = await #expect(throws: StoreError.self) { _ = try await store.get(["run-a"]) }
            #expect(error?.kind == .failed && error?.message.contains(path + "/run-a.json is damaged") == true)
            #expect(await kindOfFailure { _ = try await store.put("run-a", [:], expected: nil) } == .failed)
            #expect(try String(contentsOfFile: path + "/run-a.json", encoding: .utf8) == content)
        }
    }

    @Test func `a folder that went away is a failure with its text`() async throws {
        try await withTemporaryFolder { path in
            let store = try FileDocumentStore(folder: path)
            try FileManager.default.removeItem(atPath: path)
            let error = await #expect(throws: StoreError.self) { _ = try await store.put("a", [:], expected: nil) }
            #expect(error?.kind == .failed)
            #expect(error?.message == "cannot open \(path)/.lock: No such file or directory")
        }
    }

    /// The device that is always full stands for a disk that is.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "this system has no /dev/full"))
    func `a full disk is waited for`() throws {
        let full = try FileDescriptor.open("/dev/full", for: .replaceFile)
        let error = #expect(throws: SystemError.self) { try full.write([1, 2, 3]) }
        let failure = FileDocumentStore.storeError(.system(try #require(error)), doing: "writing run-a")
        #expect(failure.kind == .unavailable && failure.message == "cannot write: No space left on device")
    }

    @Test func `a folder that may not be written to is told as such`() {
        for code in [EACCES, EPERM, EROFS] {
            let failure = FileDocumentStore.storeError(.system(SystemError("write", code: code)), doing: "writing")
            #expect(failure.kind == .notAllowed)
        }
    }

    @Test func `different ids have different files where case is ignored too`() {
        let ids = ["a", "A", "%41", "a%", "a.", ".a", "ä", "a/b", "a~b", String(repeating: "a", count: 201)]
        let paths = ids.map { FileName.components(of: $0).joined(separator: "/") }
        #expect(Set(paths.map { $0.lowercased() }).count == ids.count)
        let longest = FileName.components(of: String(repeating: "/", count: 512))
        #expect(longest.allSatisfy { $0.utf8.count <= 255 })
        #expect(FileName.components(of: "run-products.1_a") == ["run-products.1_a.json"])
    }
}
