internal import Dispatch
internal import FoundationEssentials
package import ReindexCore
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Documents in a folder: for one machine, where the cluster should hold nothing but the data.
///
/// A document is a file `{"counter": n, "id": …, "document": …}`. It is written beside its place, synced, renamed over
/// it, and the folder is synced: a crash leaves the old one or the new one, and at most a temporary file that nobody
/// reads. Each operation holds `.lock`, so compare and write are one step for every process. The counter of a document
/// that is written anew goes on above that of any that was removed, so a version never means two contents.
///
/// A run holds ``lock()`` besides: one at a time works on a folder. Reading, for a status, needs no such lock.
///
/// The calls wait for the disk, so they are made on a queue's thread and not on the cooperative pool's.
package final class FileDocumentStore: DocumentStore {
    package let place: String
    private let folder: DocumentFolder
    private let queue = DispatchQueue(label: "reindex.checkpoints")
    private let holder = Mutex<FileDescriptor?>(nil)

    /// Makes the folder (0700) where it does not exist.
    package init(folder path: String) throws(StoreError) {
        place = "the folder \(path)"
        folder = DocumentFolder(path: path)
        do {
            try folder.create()
        } catch {
            throw Self.storeError(.system(error), doing: "making \(place)")
        }
    }

    // MARK: The documents

    package func get(_ ids: [String]) async throws(StoreError) -> [String: StoredDocument] {
        try await onQueue("reading \(ids.count == 1 ? ids[0] : "\(ids.count) documents")") {
            [folder] () throws(DocumentFolder.Failure) in
            try folder.exclusively { _ throws(DocumentFolder.Failure) in
                var found: [String: StoredDocument] = [:]
                for id in ids {
                    guard let document = try folder.read(id) else { continue }
                    found[id] = StoredDocument(json: document.json, version: Self.version(document.counter))
                }
                return found
            }
        }
    }

    package func put(
        _ id: String, _ json: JSONValue, expected: StoredVersion?
    ) async throws(StoreError) -> StoredVersion {
        let doing = "writing \(id)"
        try require(id, doing: doing)
        guard json.object != nil else { throw StoreError(.failed, doing: doing, message: "it is not a JSON object") }
        return try await onQueue(doing) { [folder] () throws(DocumentFolder.Failure) in
            try folder.exclusively { lock throws(DocumentFolder.Failure) in
                let present = try folder.read(id)
                try Self.require(expected, present)
                let removed = try folder.highestRemoved(lock)
                let counter = present?.counter ?? removed
                try folder.write(DocumentFolder.Document(json: json, counter: counter + 1), as: id)
                return Self.version(counter + 1)
            }
        }
    }

    package func remove(_ id: String, expected: StoredVersion?) async throws(StoreError) {
        let doing = "removing \(id)"
        try require(id, doing: doing)
        try await onQueue(doing) { [folder] () throws(DocumentFolder.Failure) in
            try folder.exclusively { lock throws(DocumentFolder.Failure) in
                guard let present = try folder.read(id) else { return }
                if let expected { try Self.require(expected, present) }
                try folder.remove(id, counter: present.counter, lock)
            }
        }
    }

    private func require(_ id: String, doing: String) throws(StoreError) {
        guard !id.isEmpty, id.utf8.count <= 512 else {
            throw StoreError(.failed, doing: doing, message: "an id has 1 to 512 bytes")
        }
    }

    private static func require(
        _ expected: StoredVersion?, _ present: DocumentFolder.Document?
    ) throws(DocumentFolder.Failure) {
        let found = present.map { version($0.counter) }
        guard found != expected else { return }
        func text(_ version: StoredVersion?) -> String { version.map { "version \($0.sequenceNumber)" } ?? "nothing" }
        throw .conflict("it holds \(text(found)) where \(text(expected)) was expected")
    }

    private static func version(_ counter: Int64) -> StoredVersion {
        StoredVersion(sequenceNumber: counter, primaryTerm: 1)
    }

    private func onQueue<Value: Sendable>(
        _ doing: String, _ work: @escaping @Sendable () throws(DocumentFolder.Failure) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(DocumentFolder.Failure) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(Self.storeError(error, doing: doing)))
                }
            }
        }
        return try result.get()
    }

    // MARK: The holder

    /// Takes the folder for a run, until ``unlock()`` or the end of the process, however it ends.
    /// - Throws: `conflict` with "locked by process … since …" where another run has it.
    package func lock() throws(StoreError) {
        let doing = "locking \(place)"
        let owner: String?
        do {
            owner = try takeOrFindOwner()
        } catch {
            throw Self.storeError(.system(error), doing: doing)
        }
        if let owner { throw StoreError(.conflict, doing: doing, message: "it is locked by \(owner)") }
    }

    /// - Returns: who has the lock, or nil when it is ours now.
    private func takeOrFindOwner() throws(SystemError) -> String? {
        let file = try FileDescriptor.open(folder.holderPath, for: .lockFile)
        guard try file.lock(waits: false) else {
            let owner = String(decoding: try file.readAll().prefix(100), as: UTF8.self)
            return owner.isEmpty ? "another process" : owner
        }
        try file.truncate(to: 0)
        try file.write(Array("process \(getpid()) since \(Date.now.ISO8601Format())".utf8))
        hold(file)
        return nil
    }

    /// Gives the folder back.
    package func unlock() { holder.withLock { $0 = nil } }

    private func hold(_ file: consuming FileDescriptor) {
        var file = Optional(file)
        holder.withLock { held in held = file.take() }
    }

    static func storeError(_ failure: DocumentFolder.Failure, doing: String) -> StoreError {
        switch failure {
        case .system(let error):
            StoreError(
                error.isNotAllowed ? .notAllowed : error.isFull ? .unavailable : .failed, doing: doing,
                message: error.text)
        case .unreadable(let path):
            StoreError(.failed, doing: doing, message: "\(path) is damaged, or not a file of reindex")
        case .conflict(let message):
            StoreError(.conflict, doing: doing, message: message)
        }
    }
}
