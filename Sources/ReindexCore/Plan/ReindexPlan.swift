/// Everything that is known before anything is touched: the mapping, both servers, and what follows from them.
package struct ReindexPlan: Sendable {
    package let mapping: Mapping
    package let source: SourceDescription
    package let cluster: ClusterDescription
    package let templates: [TemplateEffect]
    /// The indices that the aliases point at now.
    package let serving: [AliasPlacement]
    package let fingerprint: Fingerprint

    package init(
        mapping: Mapping, source: SourceDescription, cluster: ClusterDescription, templates: [TemplateEffect],
        serving: [AliasPlacement]
    ) {
        self.mapping = mapping
        self.source = source
        self.cluster = cluster
        self.templates = templates
        self.serving = serving
        fingerprint = Fingerprint(mapping: mapping, source: source, cluster: cluster)
    }

    /// A template's name for an index of this run, for asking which templates would act on it.
    package static func sampleIndex(alias: String) -> String {
        RunName.index(alias: alias, run: "20000101-000000-0000")
    }
}

extension ReindexPlan {
    /// What forbids to begin, as values; the first is told.
    package enum Refusal: Error, Sendable, Hashable {
        /// A template would put the new index behind an alias before it is proven.
        case templateAddsAlias(template: String, alias: String)
        /// The alias's name is an index.
        case aliasIsIndex(String)
        /// Twice the bytes expected do not fit below the flood-stage watermark.
        case diskTooSmall(needed: Int, free: Int)
        /// `order: physical` was asked for.
        case notPhysical(reason: String)
        /// `writers: versioned` is proven by the documents, and this index does not give them back.
        case notProvable(reason: String)
    }

    package var refusals: [Refusal] {
        var refusals: [Refusal] = []
        let names = Set([mapping.alias] + mapping.also)
        for template in templates {
            for alias in template.aliases where names.contains(alias) || template.aliases.count > 0 {
                refusals.append(.templateAddsAlias(template: template.name, alias: alias))
            }
        }
        if mapping.source.order == .physical, case .impossible(let reason) = source.physicalReading {
            refusals.append(.notPhysical(reason: reason))
        }
        if mapping.writers == .versioned, let why = whyContentDiffers { refusals.append(.notProvable(reason: why)) }
        return refusals
    }

    /// Documents and bytes that the planner's estimate makes likely; nil without one.
    package var estimate: (documents: Int, bytes: Int)? {
        guard let rows = source.estimatedRows else { return nil }
        // Names, quotes and an action line are about as much again as the values of a narrow row.
        let overhead = 60 + source.columns.reduce(0) { $0 + $1.name.utf8.count + 6 }
        return (rows, rows * ((source.estimatedRowWidth ?? 200) + overhead))
    }

    /// What is worth a second look, in sentences.
    package var warnings: [String] {
        source.warnings + orderWarnings + dynamicMappingWarnings + templateWarnings + diskWarnings
    }

    /// In which order a run that begins reads, and why.
    package var order: ReadingOrder { ReadingOrder(rules: mapping.source, source: source) }

    private var orderWarnings: [String] {
        switch order.order {
        case .key where !source.isOrderedByIndex:
            ["the rows are sorted by the key before the first one comes: no index gives that order more cheaply"]
        case .key: []
        case .physical: []
        }
    }

    /// Why the index will not give documents back as they were sent; nil where it will.
    package var whyContentDiffers: String? {
        if let pipeline = mapping.load.pipeline { return "the pipeline \(pipeline) changes documents" }
        if let template = templates.first(where: { $0.finalPipeline != nil }) {
            return
                "the final pipeline \(template.finalPipeline ?? "") of the template \(template.name) changes documents"
        }
        return IndexContent.whyNot(mapping.body.json)
    }

    private var dynamicMappingWarnings: [String] {
        let dynamic = mapping.body.json[path: ["mappings", "dynamic"]]
        guard dynamic != "strict", dynamic != .bool(false), dynamic != "false" else { return [] }
        let properties = mapping.body.json[path: ["mappings", "properties"]]?.object ?? [:]
        let open = source.columns.filter { column in
            guard case .base(let name) = column.type.underlying, ["json", "jsonb", "hstore"].contains(name) else {
                return false
            }
            let field = properties[column.name]
            return field?["enabled"] != .bool(false) && field?["type"] != "flat_object" && field?["dynamic"] == nil
                && !mapping.document.omit.contains(column.name)
        }
        guard !open.isEmpty else { return [] }
        let names = open.map(\.name).joined(separator: ", ")
        return [
            "the mapping is open (dynamic is neither strict nor false) and \(names) holds JSON: each new key becomes a field (at most 1,000), and a second type under one key is refused"
        ]
    }

    private var templateWarnings: [String] {
        templates.compactMap { template in
            var effects: [String] = []
            if let pipeline = template.finalPipeline {
                effects.append("the final pipeline \(pipeline), which bulk requests cannot switch off")
            }
            if let pipeline = template.defaultPipeline {
                effects.append("the default pipeline \(pipeline), which the load switches off")
            }
            if template.hasMappings { effects.append("mappings") }
            if let settings = template.settings.object, !settings.isEmpty { effects.append("settings") }
            guard !effects.isEmpty else { return nil }
            return "the template \(template.name) acts on the new index: \(effects.joined(separator: ", "))"
        }
    }

    private var diskWarnings: [String] {
        guard let free = cluster.freeDiskBytes, let total = cluster.totalDiskBytes, let bytes = estimate?.bytes else {
            return []
        }
        let limit = Double(total) * (1 - (cluster.highWatermark ?? 0.9))
        let left = Double(free) - Double(bytes) * 1.5
        guard left < limit else { return [] }
        return [
            "disk: about \(bytes * 3 / 2 / 1_000_000) MB are needed while merging, \(free / 1_000_000) MB are free on the fullest node, and OpenSearch allocates nothing above its high watermark"
        ]
    }
}
