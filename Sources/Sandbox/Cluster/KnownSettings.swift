/// The names of index settings that OpenSearch 2.19 has, and which of them an open index lets change.
enum KnownSettings {
    /// Refuses a name that OpenSearch would refuse, and a number that is none.
    static func check(_ name: String, _ value: JSON) throws(APIError) {
        let short = String(name.dropFirst("index.".count))
        guard names.contains(short) || families.contains(where: { short.hasPrefix($0) }) else {
            throw .illegalArgument(
                "unknown setting [\(name)] please check that any required plugins are installed, or check the breaking "
                    + "changes documentation for removed settings")
        }
        guard let least = counts[short], value != .null else { return }
        guard let number = value.int else {
            throw .illegalArgument(
                "Failed to parse value [\(value.text ?? "")] for setting [\(name)]",
                causedBy: APIError.cause("number_format_exception", "For input string: \"\(value.text ?? "")\""))
        }
        if number < least {
            throw .illegalArgument("Failed to parse value [\(number)] for setting [\(name)] must be >= \(least)")
        }
    }

    /// Whether only a closed index, or none, would take a change of this setting.
    static func isFixed(_ name: String) -> Bool {
        let short = String(name.dropFirst("index.".count))
        return fixed.contains(short) || short.hasPrefix("analysis.") || short.hasPrefix("sort.")
    }

    private static let counts = ["number_of_shards": 1, "number_of_replicas": 0]

    private static let fixed: Set<String> = [
        "number_of_shards", "number_of_routing_shards", "codec", "routing_partition_size", "soft_deletes.enabled",
        "uuid",
        "creation_date", "provided_name", "version.created", "store.type", "shard.check_on_startup", "replication.type",
    ]

    /// Settings whose names go on freely.
    private static let families = [
        "analysis.", "similarity.", "routing.allocation.include.", "routing.allocation.exclude.",
        "routing.allocation.require.",
        "search.slowlog.threshold.", "indexing.slowlog.threshold.", "merge.policy.", "merge.scheduler.",
        "merge.log_byte_size_policy.", "composite_index.", "remote_store.", "searchable_snapshot.", "lifecycle.",
        "plugins.",
        "knn", "opendistro.", "context.",
    ]

    private static let names: Set<String> = Set(
        """
        allocation.existing_shards_allocator allocation.max_retries analyze.max_token_count append_only.enabled
        auto_expand_replicas blocks.metadata blocks.read blocks.read_only blocks.read_only_allow_delete
        blocks.write check_pending_flush.enabled codec codec.compression_level composite_index compound_format
        creation_date data_path default_pipeline fielddata.cache final_pipeline flush_after_merge
        force_memory_term_dictionary format gc_deletes hidden highlight.max_analyzed_offset
        indexing.slowlog.level indexing.slowlog.reformat indexing.slowlog.source
        load_fixed_bitset_filters_eagerly mapper.dynamic mapping.coerce mapping.depth.limit
        mapping.field_name_length.limit mapping.ignore_malformed mapping.nested_fields.limit
        mapping.nested_objects.limit mapping.total_fields.limit max_adjacency_matrix_filters
        max_docvalue_fields_search max_inner_result_window max_ngram_diff max_refresh_listeners max_regex_length
        max_rescore_window max_result_window max_script_fields max_shingle_diff max_slices_per_pit
        max_slices_per_scroll max_terms_count merge.policy merge_on_flush.enabled
        merge_on_flush.max_full_flush_merge_wait_time merge_on_flush.policy number_of_replicas
        number_of_routing_shards number_of_shards optimize_auto_generated_id
        optimize_doc_id_lookup.fuzzy_set.enabled optimize_doc_id_lookup.fuzzy_set.false_positive_probability
        priority provided_name queries.cache.enabled query.default_field query.derived_field.enabled
        query.max_nested_depth query.parse.allow_unmapped_fields query_string.lenient recovery.type
        refresh_interval replication.type requests.cache.enable routing.allocation.enable
        routing.allocation.total_shards_per_node routing.rebalance.enable routing_partition_size
        search.concurrent.max_slice_count search.concurrent_segment_search.enabled
        search.concurrent_segment_search.mode search.default_pipeline search.idle.after search.slowlog.level
        search.throttled shard.check_on_startup soft_deletes.enabled soft_deletes.retention.operations
        soft_deletes.retention_lease.period sort.field sort.missing sort.mode sort.order store.fs.fs_lock
        store.hybrid.mmap.extensions store.hybrid.nio.extensions store.preload store.stats_refresh_interval
        store.type translog.durability translog.flush_threshold_size translog.generation_threshold_size
        translog.retention.age translog.retention.size translog.sync_interval
        unassigned.node_left.delayed_timeout unreferenced_file_cleanup.enabled use_compound_file uuid
        verified_before_close version.created warmer.enabled write.wait_for_active_shards
        """.split { $0.isWhitespace }.map(String.init))
}
