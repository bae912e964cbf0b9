/// Whether bodies are compressed under `gzip: auto`: tried where the link is what requests wait for, and kept where more
/// documents arrive.
///
/// A request's time is the server's own (`took`) and the link's. Where the link has most of it, a window of compressed
/// bodies is compared with the window before it. States: plain → trying → compressed, or plain again for a while, twice
/// as long after each trial that gained too little: compressing costs three quarters of what the rest of the copy does.
package struct CompressionTrial: Sendable {
    package private(set) var compresses = false
    private let mayTry: Bool

    private var plainRate: Double?
    private var nextTrial = Duration.zero
    private var pause = Duration.seconds(60)
    private var window = Window()

    private struct Window {
        var began: Duration?
        var answers = 0
        var bytes = 0.0
        var seconds = 0.0
        var tookSeconds = 0.0
    }

    private static let answersOfWindow = 8
    private static let leastWindow = Duration.seconds(1)
    private static let leastGain = 1.15

    /// - Parameter mayTry: false on loopback, where the link is memory.
    package init(compresses: Bool, mayTry: Bool) {
        self.compresses = compresses
        self.mayTry = mayTry && !compresses
    }

    /// - Parameters:
    ///   - byteCount: of the documents, not of what was sent.
    ///   - latency: from the first byte sent to the last one received.
    ///   - took: the part of it that the server tells as its own; nil where it told none.
    /// - Returns: whether bodies are sent in another form from now on.
    package mutating func requestSucceeded(
        byteCount: Int, isCompressed: Bool, latency: Duration, took: Duration?, now: Duration
    ) -> Bool {
        guard mayTry, let took, isCompressed == compresses else { return false }
        guard let began = window.began else {
            // The first answer of a window opens it: its own time was spent before.
            window.began = now
            return false
        }
        window.answers += 1
        window.bytes += Double(byteCount)
        window.seconds += latency.seconds
        window.tookSeconds += min(took, latency).seconds
        guard window.answers >= Self.answersOfWindow, now - began >= Self.leastWindow else { return false }
        let rate = window.bytes / (now - began).seconds
        let linkShare = 1 - window.tookSeconds / window.seconds
        window = Window()
        if let plain = plainRate {
            plainRate = nil
            if rate >= plain * Self.leastGain {
                nextTrial = .seconds(Int64.max / 2)
                return false
            }
            compresses = false
            nextTrial = now + pause
            pause = min(pause * 2, .seconds(3600))
            return true
        }
        guard !compresses, linkShare > 0.5, now >= nextTrial else { return false }
        plainRate = rate
        compresses = true
        return true
    }
}
