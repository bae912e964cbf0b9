#include <libpq-fe.h>

// Swift imports no character constants: the parts of an error that PQresultErrorField knows, as numbers.
static const int diagnosticSQLState = PG_DIAG_SQLSTATE;
static const int diagnosticMessage = PG_DIAG_MESSAGE_PRIMARY;
static const int diagnosticHint = PG_DIAG_MESSAGE_HINT;
static const int diagnosticPosition = PG_DIAG_STATEMENT_POSITION;
