/// Why bytes are not JSON, in the words of the parser that OpenSearch uses.
struct JSONError: Error, Equatable {
    /// `json_parse_exception`, or `json_e_o_f_exception` where the text ends too early.
    let type: String
    let reason: String
}
