import ReindexCore
import Synchronization

/// Documents with compare-and-swap in memory: what survives the processes of a test.
final class ScriptedStore: Sendable {
    private let documents = Mutex<[String: StoredDocument]>([:])
    private let next = Mutex<Int64>(0)

    func `for`(_ process: ScriptedProcess) -> Access { Access(store: self, process: process) }

    var ids: [String] { documents.withLock { $0.keys.sorted() } }
    subscript(id: String) -> JSONValue? { documents.withLock { $0[id]?.json } }

    /// Somebody else writes, whatever is there.
    func overwrite(_ id: String, _ change: (inout JSONValue) -> Void) {
        documents.withLock { documents in
            var json = documents[id]?.json ?? [:]
            change(&json)
            documents[id] = StoredDocument(json: json, version: version())
        }
    }

    private func version() -> StoredVersion {
        StoredVersion(
            sequenceNumber: next.withLock {
                $0 += 1
                return $0
            }, primaryTerm: 1)
    }

    fileprivate func put(_ id: String, _ json: JSONValue, expected: StoredVersion?) -> StoredVersion? {
        documents.withLock { documents in
            guard documents[id]?.version == expected else { return nil }
            let version = version()
            documents[id] = StoredDocument(json: json, version: version)
            return version
        }
    }

    fileprivate func get(_ ids: [String]) -> [String: StoredDocument] {
        documents.withLock { documents in documents.filter { ids.contains($0.key) } }
    }

    fileprivate func remove(_ id: String) { documents.withLock { $0[id] = nil } }

    /// The store as one process reaches it.
    struct Access: DocumentStore {
        let store: ScriptedStore
        let process: ScriptedProcess
        var place: String { "the scripted store" }

        func get(_ ids: [String]) async throws(StoreError) -> [String: StoredDocument] {
            try await call("get") { store.get(ids) }
        }

        func put(_ id: String, _ json: JSONValue, expected: StoredVersion?) async throws(StoreError) -> StoredVersion {
            let version = try await call("put \(id.prefix(8))") { store.put(id, json, expected: expected) }
            guard let version else { throw StoreError(.conflict, doing: "writing \(id)", message: "conflict") }
            return version
        }

        func remove(_ id: String, expected: StoredVersion?) async throws(StoreError) {
            try await call("remove") { store.remove(id) }
        }

        private func call<Value>(_ name: String, _ work: () -> Value) async throws(StoreError) -> Value {
            switch await process.called("store \(name)") {
            case .works: return work()
            case .fails(let isApplied, let isTransient):
                if isApplied { _ = work() }
                throw StoreError(isTransient ? .unavailable : .failed, doing: name, message: "scripted")
            }
        }
    }
}
