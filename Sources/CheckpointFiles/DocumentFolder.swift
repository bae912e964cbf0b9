internal import ReindexCore

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The files of a ``FileDocumentStore``, one operation at a time. Blocking.
struct DocumentFolder: Sendable {
    let path: String

    /// Held open and locked by the run that works here.
    var holderPath: String { path + "/.holder" }
    /// Locked during each operation. Holds the highest counter of the documents that were removed.
    private var lockPath: String { path + "/.lock" }
    /// What is written before it is renamed; one is enough, for operations come one at a time.
    private var newPath: String { path + "/.new" }

    struct Document {
        let json: JSONValue
        let counter: Int64
    }

    /// Why an operation was not done.
    enum Failure: Error {
        case system(SystemError)
        /// A file that we did not write so.
        case unreadable(path: String)
        case conflict(String)
    }

    /// Makes the folder and those above it.
    func create() throws(SystemError) {
        let pieces = path.split(separator: "/", omittingEmptySubsequences: true)
        var made = path.hasPrefix("/") ? "" : "."
        for piece in pieces {
            made += "/" + piece
            try makeFolder(made)
        }
    }

    private func makeFolder(_ path: String) throws(SystemError) {
        if unsafe mkdir(path, 0o700) == 0 { return }
        let failure = SystemError("make \(path)")
        // One that is there already is what was wanted, also where the file system is read-only or may not be asked.
        if unsafe failure.code != EEXIST && access(path, F_OK) != 0 { throw failure }
    }

    /// Runs an operation while no other process runs one.
    /// - Parameter operation: gets the lock's file, which holds the highest counter removed.
    func exclusively<Result>(
        _ operation: (borrowing FileDescriptor) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let lock = try system { () throws(SystemError) in try FileDescriptor.open(lockPath, for: .lockFile) }
        _ = try system { () throws(SystemError) in try lock.lock(waits: true) }
        return try operation(lock)
    }

    func read(_ id: String) throws(Failure) -> Document? {
        let path = filePath(of: id)
        let bytes: [UInt8]
        do {
            bytes = try FileDescriptor.open(path, for: .readFile).readAll()
        } catch {
            if error.isMissing { return nil }
            throw .system(error)
        }
        guard let json = try? JSONValue(parsing: bytes), let counter = json["counter"]?.int,
            json["id"]?.string == id, let document = json["document"]
        else { throw .unreadable(path: path) }
        return Document(json: document, counter: Int64(counter))
    }

    func write(_ document: Document, as id: String) throws(Failure) {
        let json: JSONValue = ["counter": .integer(document.counter), "id": .string(id), "document": document.json]
        let bytes = json.bytes + [UInt8(ascii: "\n")]
        try system { () throws(SystemError) in
            try makeFolders(of: id)
            let file = try FileDescriptor.open(newPath, for: .replaceFile)
            try file.write(bytes)
            try file.sync()
            guard unsafe rename(newPath, filePath(of: id)) == 0 else { throw SystemError("rename \(newPath)") }
            try syncFolder(of: id)
        }
    }

    /// The counter is stored first: a document of this id that is written anew must not have a version again.
    func remove(_ id: String, counter: Int64, _ lock: borrowing FileDescriptor) throws(Failure) {
        let highest = max(counter, try highestRemoved(lock))
        do throws(SystemError) {
            // Longer numbers replace shorter ones, so that no torn write leaves a mix: the width is fixed.
            let digits = String(highest)
            try lock.write(Array((String(repeating: "0", count: 20 - digits.count) + digits + "\n").utf8))
            try lock.sync()
            guard unsafe unlink(filePath(of: id)) == 0 || errno == ENOENT else { throw SystemError("remove \(id)") }
            try syncFolder(of: id)
        } catch {
            throw .system(error)
        }
    }

    func highestRemoved(_ lock: borrowing FileDescriptor) throws(Failure) -> Int64 {
        let bytes: [UInt8]
        do {
            bytes = try lock.readAll()
        } catch {
            throw .system(error)
        }
        if bytes.isEmpty { return 0 }
        guard let number = Int64(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)) else {
            throw .unreadable(path: lockPath)
        }
        return number
    }

    private func filePath(of id: String) -> String {
        path + "/" + FileName.components(of: id).joined(separator: "/")
    }

    private func makeFolders(of id: String) throws(SystemError) {
        var made = path
        for component in FileName.components(of: id).dropLast() {
            let parent = made
            made += "/" + component
            try makeFolder(made)
            try FileDescriptor.open(parent, for: .folder).sync()
        }
    }

    private func syncFolder(of id: String) throws(SystemError) {
        let folder = [path] + FileName.components(of: id).dropLast()
        try FileDescriptor.open(folder.joined(separator: "/"), for: .folder).sync()
    }

    private func system<Result: ~Copyable>(_ calls: () throws(SystemError) -> Result) throws(Failure) -> Result {
        do {
            return try calls()
        } catch {
            throw .system(error)
        }
    }
}
