/// Looks at what is asked of a run while its holder works: see ``RunControl``.
struct ControlWatch: Sendable {
    let store: any DocumentStore
    let alias: String
    let run: String
    let pace: RunPace
    let progress: Progress
    let clocks: Clocks
    let interval: Duration

    private var id: String { RunControl.id(alias: alias) }

    /// Until the task is cancelled.
    func keepLooking() async {
        while true {
            do { try await clocks.sleep(interval) } catch { return }
            await look()
        }
    }

    /// A store that cannot be read leaves everything as it is: what was asked for last still holds.
    func look() async {
        do throws(StoreError) {
            take(try await store.get([id])[id])
        } catch {
            return
        }
    }

    /// The run has ended: nobody is to find its wishes in a catch-up of its index. Best effort.
    func forget() async {
        guard let stored = try? await store.get([id])[id], (try? stored.json.decode(RunControl.self))?.run == run
        else { return }
        try? await store.remove(id, expected: stored.version)
    }

    private func take(_ stored: StoredDocument?) {
        var control: RunControl?
        if let stored {
            do {
                control = try stored.read(RunControl.self, id)
            } catch {
                progress.note("what is asked of the run cannot be read, and is not heeded: \(error.message)")
            }
        }
        if control?.run != run || control?.isEmpty == true { control = nil }
        pace.changed(to: control)
        progress.controlled(control)
    }
}
