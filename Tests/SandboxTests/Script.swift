import Foundation

@testable import Sandbox

/// One request of a script. `@` in its target and body stands for the prefix of the names that the script uses.
struct Step: Sendable, CustomStringConvertible {
    let method: String
    let target: String
    let body: String

    init(_ method: String, _ target: String, _ body: String = "") {
        (self.method, self.target, self.body) = (method, target, body)
    }

    /// A bulk request: each line ends with a newline.
    static func bulk(_ target: String, _ lines: String...) -> Step {
        Step("POST", target, lines.map { $0 + "\n" }.joined())
    }

    /// One document through `_bulk`, for what only its item shows.
    static func document(_ index: String, _ source: String) -> Step {
        .bulk("/_bulk?filter_path=items", #"{"index":{"_index":"\#(index)","_id":"42"}}"#, source)
    }

    var description: String { "\(method) \(target) \(body.prefix(300))" }

    func filled(_ prefix: String) -> Step {
        Step(
            method, target.replacingOccurrences(of: "@", with: prefix), body.replacingOccurrences(of: "@", with: prefix)
        )
    }

    var isBulk: Bool { target.contains("_bulk") }
}

/// Sends the steps of scripts to a sandbox without a socket.
struct InProcess {
    let service: Service

    init(_ service: Service = Service()) { self.service = service }

    @discardableResult
    func send(_ step: Step) -> Response {
        let type = step.body.isEmpty ? nil : step.isBulk ? "application/x-ndjson" : "application/json"
        return service.reply(to: Request(step.method, step.target, body: Array(step.body.utf8), contentType: type))
            .response
    }

    @discardableResult
    func send(_ method: String, _ target: String, _ body: String = "") -> JSON {
        let response = send(Step(method, target, body))
        return response.parsed
    }
}

extension Response {
    /// The body as JSON; null for one that is none.
    var parsed: JSON {
        var parser = JSONParser(bytes)
        return (try? parser.parseDocument()) ?? .null
    }
}

extension JSON {
    /// The value behind member names and places, such as `["items", 0, "index"]`.
    func at(_ path: JSON...) -> JSON? {
        var value: JSON? = self
        for step in path {
            if let place = step.int, case .number = step {
                value = value?.array.flatMap { $0.indices.contains(place) ? $0[place] : nil }
            } else {
                value = value?[step.text ?? ""]
            }
        }
        return value
    }
}
