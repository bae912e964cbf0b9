#include <libpq-fe.h>

// Swift imports no character constants: the parts of an error that PQresultErrorField knows, as numbers.
static const int diagnosticSQLState = PG_DIAG_SQLSTATE;
static const int diagnosticMessage = PG_DIAG_MESSAGE_PRIMARY;
static const int diagnosticHint = PG_DIAG_MESSAGE_HINT;
static const int diagnosticPosition = PG_DIAG_STATEMENT_POSITION;

#include <sys/ioctl.h>
#if defined(__APPLE__)
#include <sys/filio.h>
#endif

// Swift imports no variadic functions: the bytes that wait in a socket, or -1.
static inline int bytesWaiting(int socket) {
    int count = 0;
    return ioctl(socket, FIONREAD, &count) == 0 ? count : -1;
}
