#ifndef REINDEX_CCURL_SHIM_H
#define REINDEX_CCURL_SHIM_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic, which Swift cannot call: one typed function
// for each type of argument that is used.

typedef size_t (*reindex_curl_write_callback)(char *, size_t, size_t, void *);

static inline CURLcode reindex_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode reindex_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode reindex_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode reindex_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode reindex_set_write_callback(CURL *easy, reindex_curl_write_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, callback);
}

static inline CURLcode reindex_set_header_callback(CURL *easy, reindex_curl_write_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, callback);
}

// Called before each request that is sent on a connection, a silent second try of libcurl's own too; since 7.80.
typedef int (*reindex_curl_prereq_callback)(void *context, char *, char *, int, int);
static inline CURLcode reindex_set_prereq_callback(CURL *easy, reindex_curl_prereq_callback callback, void *context) {
#if LIBCURL_VERSION_NUM >= 0x075000
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
#else
    return CURLE_OK;
#endif
}

// CURLOPT_PROTOCOLS_STR replaced CURLOPT_PROTOCOLS in 7.85.
static inline CURLcode reindex_set_http_only(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static inline CURLcode reindex_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode reindex_get_size(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode reindex_get_string(CURL *easy, CURLINFO info, const char **value) {
    return curl_easy_getinfo(easy, info, (char **)value);
}

typedef int (*reindex_curl_socket_callback)(CURL *, curl_socket_t, int, void *context, void *);
static inline CURLMcode reindex_set_socket_callback(CURLM *multi, reindex_curl_socket_callback callback, void *context) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
}

typedef int (*reindex_curl_timer_callback)(CURLM *, long milliseconds, void *context);
static inline CURLMcode reindex_set_timer_callback(CURLM *multi, reindex_curl_timer_callback callback, void *context) {
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
}

// The result of a finished transfer lies in a union.
static inline CURLcode reindex_message_result(const CURLMsg *message) { return message->data.result; }

#endif
