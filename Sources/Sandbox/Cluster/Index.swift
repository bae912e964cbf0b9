/// One index: its settings, mapping and aliases, and the shards that hold its documents.
final class Index {
    let name: String
    let uuid = Identifier.uuid()
    /// Milliseconds since 1970.
    let creationDate: Int
    var settings: IndexSettings
    var mapping: Mapping
    var aliases: [String: AliasOptions]
    let shards: [Shard]
    /// Documents that a null sink counted, see ``Discard``.
    var discardedCount = 0

    init(name: String, settings: IndexSettings, mapping: Mapping, aliases: [String: AliasOptions], now: Int) {
        self.name = name
        creationDate = now
        var complete = settings
        if complete["number_of_shards"] == nil { complete["number_of_shards"] = "1" }
        if complete["number_of_replicas"] == nil { complete["number_of_replicas"] = "1" }
        complete["creation_date"] = String(now)
        complete["provided_name"] = name
        complete["replication.type"] = "DOCUMENT"
        complete["uuid"] = uuid
        complete["version.created"] = "136408427"
        self.settings = complete
        self.mapping = mapping
        self.aliases = aliases
        shards = (0..<complete.numberOfShards).map { Shard(number: $0) }
    }

    /// The shard of a document, by OpenSearch's own hash of its routing or `_id`.
    func shard(forID id: String, routing: String?) -> Shard {
        let hash = Murmur3.hash(routing ?? id)
        // An index may be split up to 1,024 shards: its documents are routed as if it already were.
        var routingShards = shards.count
        while routingShards * 2 <= 1024 { routingShards *= 2 }
        let place = ((Int(hash) % routingShards) + routingShards) % routingShards
        return shards[place / (routingShards / shards.count)]
    }

    /// Makes writes visible to searches whose refresh is due.
    /// - Parameter now: milliseconds since 1970.
    func refreshIfDue(now: Int) {
        guard let interval = settings.refreshInterval else { return }
        for shard in shards { shard.refreshIfDue(now: now, interval: interval) }
    }

    func refresh() {
        for shard in shards { shard.refresh() }
    }

    /// The whole of `GET index`.
    func description(isFlat: Bool) -> JSON {
        [
            "aliases": aliasesJSON, "mappings": mapping.json, "settings": settings.json(isFlat: isFlat),
        ]
    }

    var aliasesJSON: JSON {
        .object(JSONObject(aliases.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: $0.value.json) }))
    }

    /// The block that forbids writing, if there is one.
    var writeBlock: APIError? {
        if settings["blocks.read_only_allow_delete"] == "true" {
            return blocked(
                429,
                "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block"
            )
        }
        if settings["blocks.read_only"] == "true" { return blocked(403, "FORBIDDEN/5/index read-only (api)") }
        if settings["blocks.write"] == "true" { return blocked(403, "FORBIDDEN/8/index write (api)") }
        return nil
    }

    private func blocked(_ status: Int, _ block: String) -> APIError {
        APIError(status, "cluster_block_exception", "index [\(name)] blocked by: [\(block)];")
    }
}

/// MurmurHash3 (x86, 32 bits) over UTF-16, little endian: how OpenSearch places documents.
enum Murmur3 {
    static func hash(_ text: String) -> Int32 {
        var bytes: [UInt8] = []
        for unit in text.utf16 {
            bytes.append(UInt8(truncatingIfNeeded: unit))
            bytes.append(UInt8(truncatingIfNeeded: unit >> 8))
        }
        var hash: UInt32 = 0
        var index = 0
        while index + 4 <= bytes.count {
            let block = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[index + $1]) << (8 * UInt32($1)) }
            hash ^= mixed(block)
            hash = rotated(hash, 13) &* 5 &+ 0xe654_6b64
            index += 4
        }
        let rest = (0..<bytes.count - index).reduce(UInt32(0)) { $0 | UInt32(bytes[index + $1]) << (8 * UInt32($1)) }
        if index < bytes.count { hash ^= mixed(rest) }
        hash ^= UInt32(bytes.count)
        hash = (hash ^ hash >> 16) &* 0x85eb_ca6b
        hash = (hash ^ hash >> 13) &* 0xc2b2_ae35
        return Int32(bitPattern: hash ^ hash >> 16)
    }

    private static func mixed(_ block: UInt32) -> UInt32 { rotated(block &* 0xcc9e_2d51, 15) &* 0x1b87_3593 }

    private static func rotated(_ value: UInt32, _ by: UInt32) -> UInt32 { value << by | value >> (32 - by) }
}
