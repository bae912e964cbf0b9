#pragma once
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* mallopt(3): freed memory up to these sizes stays with the process. Other C libraries have no such setting. */
static inline void reindex_keep_freed_memory(int trim_threshold, int map_threshold) {
#ifdef __GLIBC__
    /* One arena for all threads: blocks of a megabyte that another thread gives back would else leave a hole in each. */
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TRIM_THRESHOLD, trim_threshold);
    mallopt(M_MMAP_THRESHOLD, map_threshold);
#else
    (void)trim_threshold;
    (void)map_threshold;
#endif
}
