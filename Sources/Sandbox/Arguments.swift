internal import FoundationEssentials

/// What the command was started with.
struct Arguments: Equatable {
    var port = 9200
    var portFile: String?
    var faultsFile: String?
    var maxContentLength = 100 << 20
    var distribution = "opensearch"
    var versionNumber = "2.19.6"
    var user: String?
    var isDiscarding = false
    var asksForHelp = false

    static let help = """
        opensearch-sandbox --port 9201

          --port N                 the port on 127.0.0.1; 0 takes a free one (9200)
          --port-file FILE         writes the port to FILE once it is open
          --faults FILE            a fault script; see docs/sandbox.md
          --max-content-length N   the most bytes of a body, after inflating (104857600)
          --user NAME:PASSWORD     asks for these credentials; also SANDBOX_USER
          --discard                a null sink: _bulk counts its items and stores nothing
          --distribution NAME      opensearch or elasticsearch
          --version-number X       the version that it claims to be (2.19.6)

        """

    /// What is wrong with the words; the text names the word.
    struct Problem: Error, Equatable { let text: String }

    init(_ words: [String], environment: [String: String] = [:]) throws(Problem) {
        user = environment["SANDBOX_USER"]
        var rest = words[...]
        while let word = rest.popFirst() {
            let sides = word.split(separator: "=", maxSplits: 1).map(String.init)
            func value() throws(Problem) -> String {
                if sides.count == 2 { return sides[1] }
                guard let next = rest.popFirst() else { throw Problem(text: "\(word) needs a value") }
                return next
            }
            func number() throws(Problem) -> Int {
                let text = try value()
                guard let number = Int(text), number >= 0 else {
                    throw Problem(text: "\(sides[0]) needs a number, not \(text)")
                }
                return number
            }
            switch sides.first {
            case "--port":
                port = try number()
                if port > 65_535 { throw Problem(text: "--port needs a number up to 65535") }
            case "--port-file": portFile = try value()
            case "--faults": faultsFile = try value()
            case "--max-content-length": maxContentLength = try number()
            case "--user": user = try value()
            case "--discard": isDiscarding = true
            case "--distribution":
                distribution = try value()
                if distribution != "opensearch", distribution != "elasticsearch" {
                    throw Problem(text: "--distribution is opensearch or elasticsearch")
                }
            case "--version-number": versionNumber = try value()
            case "--help", "-h": asksForHelp = true
            default: throw Problem(text: "unknown option \(word)")
            }
        }
    }

    /// The `Authorization` header of the user, if one is asked for.
    var credentials: String? { user.map { "Basic " + Data($0.utf8).base64EncodedString() } }
}
