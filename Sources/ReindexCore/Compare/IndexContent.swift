/// Whether an index gives back what was sent to it, byte for byte.
package enum IndexContent {
    /// - Parameter body: settings and mappings, as in the mapping's body file or as read back.
    package static func isKeptAsSent(_ body: JSONValue) -> Bool { whyNot(body) == nil }

    /// What stands in the way, for people; nil where nothing does.
    package static func whyNot(_ body: JSONValue) -> String? {
        let source = body["mappings"]?["_source"]
        if source?["enabled"]?.bool == false { return "_source is not enabled" }
        if source?["excludes"] != nil || source?["includes"] != nil { return "_source leaves fields out" }
        let settings = body["settings"]?["index"] ?? body["settings"]
        for name in ["derived_source", "derived_source.enabled"] {
            let flat = body["settings"]?["index.\(name)"] ?? settings?[name]
            if flat?["enabled"]?.bool == true || flat?.bool == true || flat?.string == "true" {
                return "_source is derived"
            }
        }
        for name in ["final_pipeline"] {
            if let pipeline = (body["settings"]?["index.\(name)"] ?? settings?[name])?.string, pipeline != "_none" {
                return "the pipeline \(pipeline) changes documents"
            }
        }
        return nil
    }
}
