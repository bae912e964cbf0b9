/// What people ask of a run that is under way, under `control-<alias>`: `pause`, `unpause` and `throttle` write it by
/// compare-and-swap, from any machine, and the run's holder looks at it (``ControlWatch``).
///
/// A wish is for the run that it names: a later run of the same alias does not know it.
package struct RunControl: Sendable, Codable, Hashable {
    package static let currentFormat = 1

    package var format = RunControl.currentFormat
    /// The run that is meant.
    package var run: String
    package var pause: Pause?
    package var throttle: Throttle?

    package struct Pause: Sendable, Codable, Hashable {
        package var since: String
        /// The host that the command was given on.
        package var by: String

        /// For people: `paused since 2026-11-22T10:11:12Z by worker-3`.
        package var text: String { "paused since \(since) by \(by)" }
    }

    package struct Throttle: Sendable, Codable, Hashable {
        package var documentsPerSecond: Int
        package var since: String
        package var by: String

        /// For people: `throttled to 500 documents/s by worker-3, since 2026-11-22T10:11:12Z`.
        package var text: String { "throttled to \(documentsPerSecond) documents/s by \(by), since \(since)" }
    }

    /// What one command asks for.
    package enum Wish: Sendable, Hashable {
        case pause, unpause
        /// Documents a second; nil takes the limit away.
        case throttle(Int?)
    }

    package init(run: String) { self.run = run }

    /// Nothing is asked.
    package var isEmpty: Bool { pause == nil && throttle == nil }

    package static func id(alias: String) -> String { "control-\(alias)" }

    /// What holds after a wish; what was asked for already keeps its time and its host.
    package func granting(_ wish: Wish, by host: String, at time: String) -> RunControl {
        var control = self
        switch wish {
        case .pause: control.pause = pause ?? Pause(since: time, by: host)
        case .unpause: control.pause = nil
        case .throttle(nil): control.throttle = nil
        case .throttle(let rate?):
            guard throttle?.documentsPerSecond != rate else { break }
            control.throttle = Throttle(documentsPerSecond: rate, since: time, by: host)
        }
        return control
    }
}
