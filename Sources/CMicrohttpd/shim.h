#include <microhttpd.h>
#include <stdint.h>

/* Variadic functions do not come through to Swift: a daemon on 127.0.0.1 with the options that the sandbox uses.
   Microhttpd's defaults would read a body in pieces of some KB and cut the path at encoded characters, so the memory of
   a connection is set and the request line is handed over as it came. */
static inline struct MHD_Daemon *sandbox_start(
    unsigned int flags, const struct sockaddr *address, uint16_t port, MHD_AccessHandlerCallback handler, void *cls,
    void *(*begin)(void *, const char *, struct MHD_Connection *), MHD_RequestCompletedCallback completed,
    size_t connection_memory)
{
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_SOCK_ADDR, 0, (void *)address},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)begin, cls},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)completed, cls},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)connection_memory, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(flags, port, NULL, NULL, handler, cls, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

/* The port that a daemon got, 0 where it is not known. */
static inline uint16_t sandbox_port(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info == NULL ? 0 : info->port;
}
