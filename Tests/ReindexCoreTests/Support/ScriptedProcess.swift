import Synchronization

/// One process of the tool: every call of every seam passes here, so that a test can end it, or fail it, at any of them.
final class ScriptedProcess: Sendable {
    enum Fault: Sendable {
        /// From this call on nothing works any more; the call itself was done or not.
        case dies(isApplied: Bool)
        /// This call alone fails as a network does; it was done or not.
        case fails(isApplied: Bool)
    }

    enum Effect: Sendable { case works, fails(isApplied: Bool, isTransient: Bool) }

    private struct State {
        var calls: [String] = []
        var isDead = false
    }

    private let state = Mutex(State())
    private let fault: @Sendable (_ number: Int, _ name: String) -> Fault?
    /// Runs beside the call of this number, before it: what others do meanwhile.
    private let meanwhile: @Sendable (_ number: Int, _ name: String) async -> Void

    init(
        fault: @escaping @Sendable (_ number: Int, _ name: String) -> Fault? = { _, _ in nil },
        meanwhile: @escaping @Sendable (_ number: Int, _ name: String) async -> Void = { _, _ in }
    ) {
        self.fault = fault
        self.meanwhile = meanwhile
    }

    static var immortal: ScriptedProcess { ScriptedProcess() }

    /// Ends at the call of this number.
    static func dying(at number: Int, isApplied: Bool) -> ScriptedProcess {
        ScriptedProcess(fault: { $0 == number && $0 >= 0 && !$1.isEmpty ? .dies(isApplied: isApplied) : nil })
    }

    /// Ends at one call of this name: the first is 1.
    static func dying(at nth: Int, of name: String, isApplied: Bool = true) -> ScriptedProcess {
        let seen = Mutex(0)
        return ScriptedProcess(fault: { _, called in
            guard called == name else { return nil }
            let number = seen.withLock {
                $0 += 1
                return $0
            }
            return number == nth ? .dies(isApplied: isApplied) : nil
        })
    }

    static func failing(at number: Int, isApplied: Bool) -> ScriptedProcess {
        ScriptedProcess(fault: { $0 == number && !$1.isEmpty ? .fails(isApplied: isApplied) : nil })
    }

    /// The names of the calls so far.
    var calls: [String] { state.withLock(\.calls) }

    func called(_ name: String) async -> Effect {
        let number = state.withLock { state in
            state.calls.append(name)
            return state.calls.count - 1
        }
        await meanwhile(number, name)
        let fault = fault(number, name)
        return state.withLock { state in
            if state.isDead { return .fails(isApplied: false, isTransient: false) }
            switch fault {
            case nil: return .works
            case .dies(let isApplied):
                state.isDead = true
                return .fails(isApplied: isApplied, isTransient: false)
            case .fails(let isApplied): return .fails(isApplied: isApplied, isTransient: true)
            }
        }
    }
}
